"""How much of the two sources is in the book, and the names that a seller goes by."""

from __future__ import annotations

from typing import Any

from tools.prices.report import Report
from tools.prices.sources import Sources


def names(seller: str, where: dict[str, Any]) -> list[str]:
    """Every other name of a seller: what both sources call it and what people write."""
    found = {*where.get("genai", ()), *where.get("litellm", ()), *where.get("names", ())}
    return sorted({name for each in found for name in (each, each.replace("_", "-"), each.replace("-", "_"))} - {seller})


def lines(found: Sources, config: dict[str, Any], reports: list[Report]) -> list[str]:
    taken_first = {provider for where in config["sellers"].values() for provider in where.get("genai", ())}
    taken_second = {provider for where in config["sellers"].values() for provider in where.get("litellm", ())}
    first = sum(len(models) for models in found.genai.values())
    second = len(found.litellm)
    out_first = sum(len(models) for provider, models in found.genai.items() if provider not in taken_first)
    missing = sorted({model["provider"] for model in found.litellm.values()} - taken_second)
    out_second = sum(model["provider"] not in taken_second for model in found.litellm.values())
    omitted = sum(len(report.omitted) for report in reports)
    return [
        f"genai-prices: {first - out_first} of {first} models belong to a seller of the book",
        f"LiteLLM: {second - out_second} of {second} priced entries belong to a seller; {len(found.unpriced)} have no price",
        f"providers of LiteLLM without a seller: {', '.join(missing) or 'none'}",
        f"left out by rulings or for want of a rate: {omitted}",
    ]
