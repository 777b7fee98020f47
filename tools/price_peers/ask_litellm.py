"""Prices vectors with LiteLLM: JSON on standard input, answers on standard output. Runs in the comparison's own venv.

Every question is put as well as the package can take it: its provider name, a usage object with all details, the served tier,
the region of the host, the batch calculator for a batch, and its billing clock at the time of the call.
"""

import json
import os
import sys
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOG"] = "CRITICAL"

import litellm
from litellm._internal_context import pinned_billing_time
from litellm.cost_calculator import batch_cost_calculator, default_video_cost_calculator, ocr_batch_cost
from litellm.llms.base_llm.ocr.transformation import OCRResponse, OCRUsageInfo
from litellm.types.llms.openai import ResponsesAPIResponse
from litellm.types.utils import ModelResponse, Usage

PROVIDERS = {
    "gcp.gemini": "gemini", "google": "gemini", "gcp.vertex_ai": "vertex_ai", "vertex": "vertex_ai", "aws.bedrock": "bedrock",
    "aws": "bedrock", "azure.ai.openai": "azure", "x_ai": "xai", "mistral_ai": "mistral", "moonshot_ai": "moonshot",
    "voyage_ai": "voyage", "fireworks": "fireworks_ai",
}  # fmt: skip
TOOLS = {"web_search_options": {}, "file_search": {"vector_store_ids": ["v"]}}
ALSO = {"cohere": ("cohere_chat",), "bedrock": ("bedrock_mantle",)}
"""One seller is several providers there: the second is asked when the first knows nothing."""


def cached_of(said: dict[str, int]) -> dict[str, int] | None:
    """What was read, by modality, where that is known."""
    heard = said.get("cache_read_audio_tokens", 0)
    return {"audio_tokens": heard, "text_tokens": said["cache_read_tokens"] - heard} if heard else None


def usage_of(said: dict[str, int]) -> Usage:
    """Its usage object: inclusive totals with all details that it knows."""
    ttls = {ttl: said.get(f"cache_write_{ttl}_tokens", 0) for ttl in ("5m", "30m", "1h", "12h")}
    written = max(said.get("cache_write_tokens", 0), sum(ttls.values()))
    prompt = {
        "cached_tokens": said.get("cache_read_tokens"), "audio_tokens": said.get("input_audio_tokens"),
        "image_tokens": said.get("input_image_tokens"), "cache_creation_tokens": written or None,
        "web_search_requests": said.get("web_search_requests"), "cached_tokens_details": cached_of(said),
        "cache_creation_token_details": {f"ephemeral_{ttl}_input_tokens": count or None for ttl, count in ttls.items()}
        if any(ttls.values()) else None,
    }  # fmt: skip
    answer = {
        "reasoning_tokens": said.get("reasoning_tokens"), "audio_tokens": said.get("output_audio_tokens"),
        "image_tokens": said.get("output_image_tokens"),
    }  # fmt: skip
    tokens_in, tokens_out = said.get("input_tokens", 0), said.get("output_tokens", 0)
    tools = {"server_tool_use": {"web_search_requests": said["web_search_requests"]}} if "web_search_requests" in said else {}
    return Usage(
        prompt_tokens=tokens_in, completion_tokens=tokens_out, total_tokens=tokens_in + tokens_out, **tools,
        prompt_tokens_details={name: count for name, count in prompt.items() if count} or None,
        completion_tokens_details={name: count for name, count in answer.items() if count} or None,
        cache_read_input_tokens=said.get("cache_read_tokens", 0), cache_creation_input_tokens=written,
    )  # fmt: skip


def places(host: str | None) -> dict[str, str]:
    """What a host says about the place, in its words."""
    if not host:
        return {}
    if host.endswith("api.openai.com"):
        region = host.removesuffix("api.openai.com").strip(".")
        return {"data_residency": region} if region else {}
    if "aiplatform" in host:
        region = host.split("-aiplatform", maxsplit=1)[0] if "-aiplatform" in host else host.split(".")[1]
        return {"vertex_location": "global" if region == "googleapis" else region}
    return {}


def by_unit(vector: dict[str, Any], model: dict[str, str]) -> float | None:
    """The price of what is not counted in tokens; None for a call that is."""
    said = vector["usage"]
    if "cache_storage_token_hours" in said:
        raise KeyError("no unit for cache storage")
    if "video_ms" in said:
        return default_video_cost_calculator(**model, duration_seconds=said["video_ms"] / 1000)
    if "audio_ms" in said:
        seconds = said["audio_ms"] / 1000
        return sum(litellm.cost_per_token(**model, call_type="transcription", audio_transcription_file_duration=seconds))
    if "characters" in said:
        return sum(litellm.cost_per_token(**model, call_type="speech", prompt_characters=said["characters"]))
    if "search_units" in said:
        units = {"search_units": said["search_units"]}
        return sum(litellm.cost_per_token(**model, call_type="rerank", rerank_billed_units=units))
    if "pages" in said or "annotated_pages" in said:
        info = OCRUsageInfo(pages_processed=said.get("pages", 0), pages_processed_annotation=said.get("annotated_pages"))
        body = OCRResponse(pages=[], model=vector["model"], usage_info=info)
        if vector["batch"]:
            return ocr_batch_cost(model["model"], model["custom_llm_provider"], info)[0]
        return sum(litellm.cost_per_token(**model, call_type="ocr", response=body))
    return None


def tool_calls(said: dict[str, int]) -> list[dict[str, Any]]:
    """OpenAI's tools are counted by the items of an answer."""
    kinds = {"web_search_call": said.get("web_search_requests", 0), "file_search_call": said.get("file_search_requests", 0)}
    return [{"type": kind, "id": f"{kind}-{number}", "status": "completed"} for kind in kinds for number in range(kinds[kind])]


def price(vector: dict[str, Any], provider: str) -> float:
    model = {"model": vector["model"], "custom_llm_provider": provider}
    found = by_unit(vector, model)
    if found is not None:
        return found
    usage, where = usage_of(vector["usage"]), places(vector["server_address"])
    for name in ("speed", "inference_geo"):
        if vector[name]:
            setattr(usage, name, vector[name])
    if "citation_tokens" in vector["usage"]:
        usage.citation_tokens = vector["usage"]["citation_tokens"]
    if vector["batch"] or vector["service_tier"] == "batch":
        return sum(batch_cost_calculator(usage=usage, **model, **where))
    searches = vector["usage"].get("web_search_requests", 0)
    if searches and model["custom_llm_provider"] == "xai":
        usage.server_side_tool_usage_details = {"web_search_calls": searches}
    body: Any = ModelResponse(model=vector["model"], usage=usage)
    if model["custom_llm_provider"] == "openai" and (calls := tool_calls(vector["usage"])):
        body = ResponsesAPIResponse(id="r", created_at=0, model=vector["model"], object="response", output=calls, usage=None)
        body.usage = usage
    return litellm.completion_cost(
        body, **model, **where, service_tier=vector["service_tier"], call_type="completion",
        standard_built_in_tools_params=TOOLS if tool_calls(vector["usage"]) else None,
    )  # fmt: skip


def ask(vector: dict[str, Any]) -> dict[str, str]:
    """The amount, or the name of the error."""
    provider = PROVIDERS.get(vector["provider"], vector["provider"])
    answer = answered(vector, provider)
    for other in ALSO.get(provider, ()) if "error" in answer else ():
        again = answered(vector, other)
        answer = answer if "error" in again else again
    return answer


def answered(vector: dict[str, Any], provider: str) -> dict[str, str]:
    try:
        with pinned_billing_time(datetime.fromisoformat(vector["at"])):
            found = price(vector, provider)
        return {"usd": format(Decimal(repr(round(found, 12))).normalize(), "f")}
    except Exception as error:  # noqa: BLE001  # whatever it raises is its answer
        return {"error": f"{type(error).__name__}: {str(error)[:80]}"}


if __name__ == "__main__":
    litellm.suppress_debug_info = True
    real, sys.stdout = sys.stdout, sys.stderr  # it likes to print
    answers = {vector["id"]: ask(vector) for vector in json.load(sys.stdin)}
    json.dump({"version": version("litellm"), "answers": answers}, real)
