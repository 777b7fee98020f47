"""Prices vectors with genai-prices: JSON on standard input, answers on standard output. Runs in the comparison's own venv.

Every question is put as well as the package can take it: its provider id, the request's time, the served tier as context.
"""

import json
import sys
import warnings
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from genai_prices import Usage, calc_price

PROVIDERS = {
    "gcp.gemini": "google", "gcp.vertex_ai": "google", "google": "google", "vertex": "google", "aws.bedrock": "aws", "aws": "aws",
    "azure.ai.openai": "azure", "azure": "azure", "x_ai": "x-ai", "xai": "x-ai", "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai", "voyage_ai": "voyageai",
}  # fmt: skip
KEYS = {
    "input_tokens": "input_tokens", "output_tokens": "output_tokens", "cache_read_tokens": "cache_read_tokens",
    "reasoning_tokens": "output_reasoning_tokens", "cache_write_tokens": "cache_write_tokens",
    "cache_write_5m_tokens": "cache_write_5m_tokens", "cache_write_1h_tokens": "cache_write_1h_tokens",
    "cache_write_30m_tokens": "cache_write_tokens", "input_audio_tokens": "input_audio_tokens",
    "output_audio_tokens": "output_audio_tokens", "cache_read_audio_tokens": "cache_audio_read_tokens",
    "input_image_tokens": "input_image_tokens", "output_image_tokens": "output_image_tokens",
    "web_search_requests": "web_searches", "file_search_requests": "storage_searches", "characters": "input_characters",
    "pages": "input_document_pages", "annotated_pages": "input_annotated_document_pages", "search_units": "rerank_searches",
    "citation_tokens": "output_citation_tokens",
}  # fmt: skip


def usage_of(said: dict[str, int]) -> Usage:
    """Its usage object; a count that it has no word for is an error, so that no count is lost in silence."""
    counts: dict[str, Decimal | int] = {}
    for name, count in said.items():
        if name == "audio_ms":
            counts["input_audio_seconds"] = counts["audio_seconds"] = Decimal(count) / 1000
        elif name not in KEYS:
            raise KeyError(f"no unit for {name}")
        else:
            counts[KEYS[name]] = max(count, counts.get(KEYS[name], 0))
    if counts.get("cache_write_5m_tokens", 0) + counts.get("cache_write_1h_tokens", 0):
        parts = counts.get("cache_write_5m_tokens", 0) + counts.get("cache_write_1h_tokens", 0)
        counts["cache_write_tokens"] = max(parts, counts.get("cache_write_tokens", 0))
    if "citation_tokens" in said:  # a part of the output there
        counts["output_tokens"] = said["output_tokens"] + said["citation_tokens"]
    if "annotated_pages" in said:
        counts["input_document_pages"] = max(said["annotated_pages"], said.get("pages", 0))
    return Usage(**counts)


def ask(vector: dict[str, Any]) -> dict[str, str]:
    """The amount, or the name of the error."""
    context = {"service_tier": vector["service_tier"], "speed": vector["speed"]}
    context = {name: value for name, value in context.items() if value and value != "batch"}
    if vector["batch"] or vector["service_tier"] == "batch":
        context["processing"] = "batch"
    try:
        found = calc_price(
            usage_of(vector["usage"]), vector["model"],
            provider_id=PROVIDERS.get(vector["provider"], vector["provider"]),
            genai_request_timestamp=datetime.fromisoformat(vector["at"]), price_context=context,
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001  # whatever it raises is its answer
        return {"error": f"{type(error).__name__}: {str(error)[:80]}"}
    return {"usd": format(found.total_price, "f")}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    answers = {vector["id"]: ask(vector) for vector in json.load(sys.stdin)}
    json.dump({"version": version("genai-prices"), "answers": answers}, sys.stdout)
