"""Reads LiteLLM's price JSON (from its wheel or as a file): every family of cost keys. Never its code."""

from __future__ import annotations

import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.prices import media
from tools.prices.model import MILLION, Card, Model, card, clean

JSON = "litellm/model_prices_and_context_window_backup.json"
LEAVES = {
    "input_cost_per_token": "input", "output_cost_per_token": "output", "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "write", "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write_12h", "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio", "cache_read_input_audio_token_cost": "cache_read_audio",
    "input_cost_per_image_token": "input_image", "output_cost_per_image_token": "output_image",
    "cache_read_input_image_token_cost": "cache_read_image", "input_cost_per_video_token": "input_video",
    "output_cost_per_video_token": "output_video", "output_cost_per_reasoning_token": "reasoning",
    "citation_cost_per_token": "citation", "input_cost_per_character": "characters",
}  # fmt: skip
UNITS = {  # per unit there and here
    "ocr_cost_per_page": "pages", "annotation_cost_per_page": "annotated_pages", "input_cost_per_request": "request",
    "input_cost_per_text_message": "messages", "google_maps_grounding_cost_per_query": "maps",
}  # fmt: skip
TIERS = {
    None: "standard", "batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast",
    "balanced": "balanced", "decisions": "decisions",
}  # fmt: skip
KEY = re.compile(
    rf"^({'|'.join(sorted((*LEAVES, *UNITS), key=len, reverse=True))})(?:_above_(\d+)k_tokens)?"
    r"(?:_(batches|flex|priority|ultrafast|balanced|decisions))?$"
)
KINDS = {
    "chat": "", "responses": "", "completion": "", "embedding": "embedding", "rerank": "rerank", "image_generation": "image",
    "image_edit": "image", "video_generation": "video", "audio_transcription": "audio", "audio_speech": "audio",
    "realtime": "realtime", "ocr": "ocr", "moderation": "moderation", "search": "search", "evaluation": "decision",
    "decisions": "decision", "extraction": "extraction",
}  # fmt: skip
SIZES = {"low": "search_context_size_low", "medium": "search_context_size_medium", "high": "search_context_size_high"}


def read(wheel_or_json: Path) -> dict[str, Model]:
    """LiteLLM's key → model, for every entry that states a rate other than zero. `provider` is its `litellm_provider`."""
    return {name: model for name, model in every(wheel_or_json).items() if model["prices"][0]["rates"]}


def every(wheel_or_json: Path) -> dict[str, Model]:
    """The same with the entries that have no price: subscriptions, what you run yourself, templates."""
    if wheel_or_json.suffix == ".whl":
        with zipfile.ZipFile(wheel_or_json) as wheel:
            text = wheel.read(JSON).decode()
    else:
        text = wheel_or_json.read_text()
    entries: dict[str, dict[str, Any]] = json.loads(text, parse_float=Decimal)
    return {
        name: _model(name, entry)
        for name, entry in entries.items()
        if name != "sample_spec" and entry.get("mode", "") in {*KINDS, ""} and "litellm_provider" in entry
    }


def _model(name: str, entry: dict[str, Any]) -> Model:
    cards, unsure = _tokens(entry), {}
    standard = cards.setdefault("standard", card())
    _bands(entry, standard, unsure)
    media.add(name, entry, standard, unsure)
    _searches(name, entry, standard, unsure)
    if explicit := entry.get("explicit_cache_read_input_token_cost"):
        per_million = format(clean(Decimal(explicit) * MILLION), "f")
        unsure["cache_read"] = f"implicit cache; explicit cache reads cost {per_million}"
    period = {"from": None, **cards.pop("standard"), "tiers": cards}
    if windows := _off_peak(entry):
        period["windows"] = windows
    uplift = any(key.startswith("regional_processing") for key in entry) or "us" in (entry.get("provider_specific_entry") or {})
    return {
        "names": [], "dated": False, "kind": KINDS.get(entry.get("mode", ""), ""), "prices": [period], "uplift": uplift,
        "provider": entry["litellm_provider"], "raw": entry, "most": _most(entry),
        **({"unsure": unsure} if unsure else {}),
    }  # fmt: skip


def _most(entry: dict[str, Any]) -> dict[str, int]:
    """What one request can hold, 0 where it is not said."""
    found = {part: entry.get(f"max_{part}_tokens") for part in ("input", "output")}
    return {part: int(most) if isinstance(most, int | Decimal) else 0 for part, most in found.items()}


def _tokens(entry: dict[str, Any]) -> dict[str, Card]:
    """Standard and tier cards. A rate of zero is no rate: most of them stand where a field had to be filled."""
    cards: dict[str, Card] = {}
    for key, value in entry.items():
        if not (found := KEY.match(key)) or not isinstance(value, int | Decimal):
            continue
        name, over, suffix = found.groups()
        leaf = LEAVES.get(name) or UNITS[name]
        rate = clean(Decimal(value) * MILLION) if name in LEAVES else clean(Decimal(value))
        tier = cards.setdefault(TIERS[suffix], card())
        rates = tier["above"].setdefault(int(over) * 1000, {}) if over else tier["rates"]
        if rate:
            rates[leaf] = rate
    for tier in cards.values():
        tier["above"] = {tokens: rates for tokens, rates in tier["above"].items() if rates}
    return {name: tier for name, tier in cards.items() if tier["rates"] or name == "standard"}


def _bands(entry: dict[str, Any], standard: Card, unsure: dict[str, str]) -> None:
    """`tiered_pricing`: the first range is the card, the later ones begin above their lower end."""
    for band in entry.get("tiered_pricing") or ():
        if "range" not in band:  # a search by how many results it may return; the first band is the default
            standard["rates"].setdefault("request", clean(Decimal(band["input_cost_per_query"])))
            unsure["request"] = "number of results not stated"
            continue
        start = int(band["range"][0])
        rates = standard["above"].setdefault(start, {}) if start else standard["rates"]
        for key, value in band.items():
            if key in LEAVES and value:
                rates[LEAVES[key]] = clean(Decimal(value) * MILLION)
    standard["above"] = {tokens: rates for tokens, rates in standard["above"].items() if rates}


def _searches(name: str, entry: dict[str, Any], standard: Card, unsure: dict[str, str]) -> None:
    sizes = entry.get("search_context_cost_per_query") or {}
    fees = {size: clean(Decimal(sizes[key])) for size, key in SIZES.items() if sizes.get(key)}
    if not fees:
        return
    by_request = entry["litellm_provider"] == "perplexity" and "deep-research" not in name  # which counts its searches
    leaf = "request" if by_request else "web_search"
    standard["rates"][leaf] = fees.get("low" if by_request else "medium") or next(iter(fees.values()))
    if len(set(fees.values())) > 1:
        unsure[leaf] = "search context size not stated"


def _off_peak(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The hours in which another card holds. Weekdays are taken as UTC days, as the hours are."""
    found = entry.get("off_peak_pricing") or {}
    rates = {LEAVES[key]: clean(Decimal(value) * MILLION) for key, value in found.items() if key in LEAVES and value}
    windows = []
    for window in found.get("windows", ()):
        hours = window["hours_utc"]
        windows.append({"days": window["weekdays"], "utc": [hours] if isinstance(hours, str) else hours, **card(dict(rates))})
    return windows
