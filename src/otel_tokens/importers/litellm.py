"""Reads LiteLLM's price JSON (from its wheel or as a file): every family of cost keys. Never its code."""

from __future__ import annotations

import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from otel_tokens.importers import media
from otel_tokens.importers.model import MILLION, Card, Model, card, clean
from otel_tokens.importers.trouble import UNREADABLE, Trouble

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


def text(wheel_or_json: Path) -> str:
    """The price JSON, of a wheel without unpacking it."""
    if wheel_or_json.suffix != ".whl":
        return wheel_or_json.read_text("utf-8")
    with zipfile.ZipFile(wheel_or_json) as wheel:
        return wheel.read(JSON).decode()


def release(wheel_or_json: Path) -> str:
    """Which release a wheel is by its name; empty for anything else."""
    name = wheel_or_json.name
    return name.split("-")[1] if name.startswith("litellm-") and name.endswith(".whl") else ""


def read(found: str, trouble: Trouble) -> dict[str, Model]:
    """LiteLLM's key → model, those included that have no rate: subscriptions, what you run yourself, templates.

    `provider` is its `litellm_provider`.
    """
    entries: dict[str, dict[str, Any]] = json.loads(found, parse_float=Decimal)
    models: dict[str, Model] = {}
    for name, entry in entries.items():
        try:
            if name != "sample_spec" and entry.get("mode", "") in {*KINDS, ""} and "litellm_provider" in entry:
                models[name] = _model(name, entry)
        except UNREADABLE as error:
            trouble.note(f"LiteLLM: {name} is left out", error)
    return models


def _model(name: str, entry: dict[str, Any]) -> Model:
    cards: dict[str, Card] = _tokens(entry)
    unsure: dict[str, str] = {}
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
    sizes: dict[str, Any] = entry.get("search_context_cost_per_query") or {}
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
    found: dict[str, Any] = entry.get("off_peak_pricing") or {}
    rates = {LEAVES[key]: clean(Decimal(value) * MILLION) for key, value in found.items() if key in LEAVES and value}
    windows: list[dict[str, Any]] = []
    for window in found.get("windows", ()):
        hours = window["hours_utc"]
        windows.append({"days": window["weekdays"], "utc": [hours] if isinstance(hours, str) else hours, **card(dict(rates))})
    return windows
