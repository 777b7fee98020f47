"""Reads the figures of two price collections into our leaves: genai-prices (installed) and LiteLLM's JSON (from its wheel)."""

from __future__ import annotations

import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

# A model as read: {"names": [...], "dated": bool, "prices": [{"from": str | None, "rates": {...}, "above": {tokens: {...}},
# "tiers": {tier: {"rates": {...}, "above": {tokens: {...}}}}}]}. Rates are Decimals in the units of the price files.
Rates = dict[str, Decimal]
Model = dict[str, Any]

GENAI_LEAVES = {
    "input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cache_read", "cache_write_mtok": "write",
    "cache_write_1h_mtok": "cache_write_1h", "input_audio_mtok": "input_audio", "output_audio_mtok": "output_audio",
    "cache_audio_read_mtok": "cache_read_audio", "input_image_mtok": "input_image", "output_image_mtok": "output_image",
    "cache_image_read_mtok": "cache_read_image", "input_mchars": "characters", "audio_hours": "audio_ms",
}  # fmt: skip
GENAI_FEES = {
    "web_searches_kcount",
    "storage_searches_kcount",
    "input_audio_hours",
}  # fees are rulings; the last repeats audio_hours
GENAI_TIERS = {
    ("service_tier", "flex"): "flex", ("service_tier", "priority"): "priority", ("processing", "batch"): "batch",
    ("speed", "fast"): "fast",
}  # fmt: skip
LITELLM_LEAVES = {
    "input_cost_per_token": "input", "output_cost_per_token": "output", "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "write", "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write_12h", "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio", "cache_read_input_audio_token_cost": "cache_read_audio",
    "input_cost_per_image_token": "input_image", "output_cost_per_image_token": "output_image",
    "cache_read_input_image_token_cost": "cache_read_image",
}  # fmt: skip
LITELLM_TIERS = {None: "standard", "batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
LITELLM_KEY = re.compile(rf"^({'|'.join(LITELLM_LEAVES)})(?:_above_(\d+)k_tokens)?(?:_(batches|flex|priority|ultrafast))?$")


def genai(provider: str) -> dict[str, Model]:
    """The models of one provider of the installed genai-prices, by its own id."""
    from genai_prices.data import providers

    found = next(each for each in providers if each.id == provider)
    return {model.id: _genai_model(model) for model in found.models}


def _genai_model(model: Any) -> Model:
    names, dated = _names(model.match)
    rows = model.prices if isinstance(model.prices, list) else None
    periods = [(None, model.prices)] if rows is None else [(row.constraint, row.prices) for row in rows]
    tiers: dict[str, Any] = {}
    for variant in model.price_variants or ():
        ((key, value),) = variant.when.items()
        if tier := GENAI_TIERS.get((key, value)):
            tiers[tier] = _genai_rates(variant.prices)
    prices = []
    for constraint, price in periods:
        day = constraint.start_date.isoformat() + "T00:00:00Z" if constraint else None
        prices.append({"from": day, **_genai_rates(price), "tiers": {}})
    prices[-1]["tiers"] = tiers  # tiers are known for the price in force, not for what was before
    return {"names": [name for name in names if name != model.id], "dated": dated, "prices": prices}


def _genai_rates(price: Any) -> dict[str, Any]:
    rates: Rates = {}
    above: dict[int, Rates] = {}
    for field, value in vars(price).items():
        if value is None or field in GENAI_FEES:
            continue
        leaf = GENAI_LEAVES[field]
        base = value.base if hasattr(value, "tiers") else value
        rates[leaf] = base / 60 if leaf == "audio_ms" else base
        for step in getattr(value, "tiers", ()):
            above.setdefault(step.start, {})[leaf] = step.price
    return {"rates": rates, "above": above}


def _names(clause: Any) -> tuple[list[str], bool]:
    """The exact names of a match rule, and whether it also takes a date after them."""
    fields = vars(clause)
    if "or_" in fields:
        parts = [_names(each) for each in fields["or_"]]
        return [name for names, _ in parts for name in names], any(dated for _, dated in parts)
    if "equals" in fields:
        return [fields["equals"]], False
    return [], "regex" in fields and r"\d{4}" in fields["regex"]


def litellm(wheel_or_json: Path, provider: str, prefix: str = "") -> dict[str, Model]:
    """The models that LiteLLM lists for one provider, by name without `prefix`."""
    if wheel_or_json.suffix == ".whl":
        with zipfile.ZipFile(wheel_or_json) as wheel:
            text = wheel.read("litellm/model_prices_and_context_window_backup.json").decode()
    else:
        text = wheel_or_json.read_text()
    found = {
        name.removeprefix(prefix): _litellm_model(entry)
        for name, entry in json.loads(text, parse_float=Decimal).items()
        if entry.get("litellm_provider") == provider and name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }
    return {name: model for name, model in found.items() if model["prices"][0]["rates"]}


def _litellm_model(entry: dict[str, Any]) -> Model:
    cards: dict[str, dict[str, Any]] = {}
    for key, value in entry.items():
        if (matched := LITELLM_KEY.match(key)) and isinstance(value, int | Decimal):
            leaf, over, suffix = LITELLM_LEAVES[matched[1]], matched[2], matched[3]
            card = cards.setdefault(LITELLM_TIERS[suffix], {"rates": {}, "above": {}})
            rates = card["above"].setdefault(int(over) * 1000, {}) if over else card["rates"]
            if value:
                rates[leaf] = Decimal(value) * 10**6
    if (seconds := entry.get("input_cost_per_second")) and entry.get("mode") == "audio_transcription":
        cards.setdefault("standard", {"rates": {}, "above": {}})["rates"].setdefault("audio_ms", Decimal(seconds) * 60)
    if (character := entry.get("input_cost_per_character")) is not None:
        cards.setdefault("standard", {"rates": {}, "above": {}})["rates"]["characters"] = Decimal(character) * 10**6
    standard = cards.pop("standard", {"rates": {}, "above": {}})
    fee = (entry.get("search_context_cost_per_query") or {}).get("search_context_size_medium")
    uplift = any(key.startswith("regional_processing") for key in entry) or "us" in (entry.get("provider_specific_entry") or {})
    return {"prices": [{"from": None, **standard, "tiers": cards}], "uplift": uplift, "web_search": fee}
