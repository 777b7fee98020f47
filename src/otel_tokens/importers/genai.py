"""Reads genai-prices' own objects: every provider, model, period, window, tier and unit. Imported when asked for, only here."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from importlib import import_module
from typing import Any, cast

from otel_tokens.importers.model import Card, Model, card, clean, timed
from otel_tokens.importers.trouble import UNREADABLE, Trouble

LEAVES = {
    "input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cache_read", "cache_write_mtok": "write",
    "cache_write_1h_mtok": "cache_write_1h", "input_audio_mtok": "input_audio", "output_audio_mtok": "output_audio",
    "cache_audio_read_mtok": "cache_read_audio", "input_image_mtok": "input_image", "output_image_mtok": "output_image",
    "cache_image_read_mtok": "cache_read_image", "input_video_mtok": "input_video", "output_video_mtok": "output_video",
    "output_reasoning_mtok": "reasoning", "output_citation_mtok": "citation", "input_mchars": "characters",
}  # fmt: skip
COUNTED = {  # per thousand there, per unit here
    "web_searches_kcount": "web_search", "storage_searches_kcount": "file_search", "requests_kcount": "request",
    "input_text_messages_kcount": "messages", "input_document_kpages": "pages",
    "input_annotated_document_kpages": "annotated_pages",
}  # fmt: skip
HOURS = {"audio_hours": "audio_ms", "input_audio_hours": None}  # the second repeats the first
TIERS = {
    ("service_tier", "flex"): "flex", ("service_tier", "priority"): "priority", ("service_tier", "fast"): "priority",
    ("processing", "batch"): "batch", ("speed", "fast"): "fast",
}  # fmt: skip
# `service_tier: default` repeats the standard card. `route` and `search_type` are said by the caller, never by an answer,
# so they cannot choose a card: the models that have them are marked unsure instead.
ASKED = {"route": "route not stated", "search_type": "search type not stated"}


def installed() -> Iterable[Any]:
    """The providers of the genai-prices that this Python finds. Raises ImportError where there is none."""
    return import_module("genai_prices.data").providers


def read(providers: Iterable[Any], trouble: Trouble) -> dict[str, dict[str, Model]]:
    """Provider id → model id → model, ids as genai-prices spells them."""
    return {provider.id: dict(_models(provider, trouble)) for provider in providers}


def _models(provider: Any, trouble: Trouble) -> Iterable[tuple[str, Model]]:
    for model in provider.models:
        try:
            yield model.id, _model(model, provider.id)
        except UNREADABLE as error:
            trouble.note(f"genai-prices: {provider.id} {model.id} is left out", error)


def _model(model: Any, provider: str) -> Model:
    names, dated = _names(model.match)
    stated: Any = model.prices
    rows = cast("list[Any]", stated) if isinstance(stated, list) else None
    dates: list[tuple[Any, Any]] = [(each.constraint, each.prices) for each in rows or ()] or [(None, model.prices)]
    prices: list[dict[str, Any]] = []
    windows: list[dict[str, Any]] = []
    for constraint, price in dates:
        if hasattr(constraint, "start_time"):
            hours = f"{constraint.start_time:%H:%M}-{constraint.end_time:%H:%M}"
            windows.append({"utc": [hours], **_card(price)})
        else:
            day = constraint.start_date.isoformat() + "T00:00:00Z" if constraint else None
            prices.append({"from": day, **_card(price), "tiers": {}})
    if windows:
        prices[-1]["windows"] = windows
    unsure = _variants(model, prices)
    return {
        "names": [name for name in names if name != model.id], "dated": dated, "prices": prices, "provider": provider,
        "file": model, "most": {"input": model.context_window or 0, "output": 0}, **({"unsure": unsure} if unsure else {}),
    }  # fmt: skip


def _variants(model: Any, prices: list[dict[str, Any]]) -> dict[str, str]:
    """Puts each tier's card into the period that it holds in, and says what an answer leaves open.

    A day there only says when somebody looked, so a card does not split a period.
    """
    for number, period in enumerate(prices):
        _tiers(model, period["tiers"], prices[number + 1]["from"][:10] if number + 1 < len(prices) else "9999")
    asked = {key for variant in model.price_variants or () for key in variant.when if key in ASKED}
    return {"*" if key == "route" else "web_search": ASKED[key] for key in asked}


def _tiers(model: Any, tiers: dict[str, Card], ends: str) -> None:
    days: dict[str, str] = {}
    for variant in model.price_variants or ():
        ((key, value),) = variant.when.items()
        tier = TIERS.get((key, value))
        since = variant.constraint.start_date.isoformat() if variant.constraint else ""
        again = (key, value) == ("service_tier", "fast") and tier in tiers  # the newer name of the same card
        if tier and not again and vars(variant.prices) and since < ends and days.get(tier, "") <= since:
            days[tier], tiers[tier] = since, _card(variant.prices)


def _card(price: Any) -> Card:
    found = card()
    stated: dict[str, Any] = price.__dict__
    for field, value in stated.items():
        if value is None or HOURS.get(field, "") is None:
            continue
        base = value.base if hasattr(value, "tiers") else value
        leaf, rate = _rate(field, base)
        found["rates"][leaf] = rate
        for step in getattr(value, "tiers", ()):
            found["above"].setdefault(step.start, {})[leaf] = _rate(field, step.price)[1]
    return found


def _rate(field: str, value: Decimal) -> tuple[str, Decimal]:
    if field in HOURS:
        return "audio_ms", timed(value / 60)
    if field in COUNTED:
        return COUNTED[field], clean(value / 1000)
    return LEAVES[field], clean(value)


def _names(clause: Any) -> tuple[list[str], bool]:
    """The exact names of a match rule, and whether it also takes a date after them. Likenesses are not names."""
    fields: dict[str, Any] = clause.__dict__
    if "or_" in fields:
        parts = [_names(each) for each in fields["or_"]]
        return [name for names, _ in parts for name in names], any(dated for _, dated in parts)
    if "equals" in fields:
        return [fields["equals"]], False
    return [], "regex" in fields and r"\d{4}" in fields["regex"]
