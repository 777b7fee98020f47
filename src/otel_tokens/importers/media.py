"""LiteLLM's prices of what is not a token: seconds, images, pixels, pages by query, characters."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from otel_tokens.importers.model import Card, clean, close, timed

SIZE = re.compile(r"(?:^|/)(\d{3,4})-?x-?(\d{3,4})(?:/|$)")
BY_SIZE = re.compile(r"^output_cost_per_(second|image)_(\d+(?:\.\d+)?[pkK]?)$")


def add(name: str, entry: dict[str, Any], standard: Card, unsure: dict[str, str]) -> None:
    """Adds to a card what an entry says per second, image, pixel or query; each leaf once, by the entry's own mode."""
    mode, rates = entry.get("mode"), standard["rates"]
    if mode in ("audio_transcription", "realtime"):
        _minutes(entry, ("input_cost_per_second", "output_cost_per_second"), rates, "audio_ms")
    if mode == "embedding":
        _minutes(entry, ("input_cost_per_audio_per_second",), rates, "audio_ms")
        _minutes(entry, ("input_cost_per_video_per_second",), rates, "video_ms")
    if mode == "video_generation":
        _minutes(entry, ("output_cost_per_second", "output_cost_per_video_per_second"), rates, "video_ms")
        _largest(entry, "second", rates, unsure, "video_ms")
    if mode in ("image_generation", "image_edit", "embedding"):
        _images(name, entry, rates, unsure)
    if query := entry.get("input_cost_per_query"):
        rates["search_units" if mode == "rerank" else "request"] = clean(Decimal(query))


def _minutes(entry: dict[str, Any], keys: tuple[str, ...], rates: dict[str, Decimal], leaf: str) -> None:
    if value := next((entry[key] for key in keys if entry.get(key)), None):
        rates.setdefault(leaf, timed(_unrounded(Decimal(value), entry.get("metadata") or {})))


def _unrounded(second: Decimal, metadata: dict[str, Any]) -> Decimal:
    """The price per minute behind a price per second: sold by the minute or the hour, and rounded when it was divided."""
    if minute := metadata.get("original_pricing_per_minute"):
        return Decimal(minute)
    if hour := metadata.get("original_pricing_per_hour"):
        return Decimal(hour) / 60
    minute, hour = round(second * 60, 4), round(second * 3600, 3)
    if close(minute, second * 60):
        return minute
    return hour / 60 if close(hour, second * 3600) else second * 60


def _images(name: str, entry: dict[str, Any], rates: dict[str, Decimal], unsure: dict[str, str]) -> None:
    value = entry.get("output_cost_per_image") or (None if "output_image" in rates else entry.get("input_cost_per_image"))
    pixel = entry.get("input_cost_per_pixel") or entry.get("output_cost_per_pixel")
    if value:
        rates["images"] = clean(Decimal(value))
    elif pixel and (size := SIZE.search(name)):  # a price per pixel means nothing where the name does not say how many
        rates["images"] = round(Decimal(pixel) * int(size[1]) * int(size[2]), 4).normalize()
    _largest(entry, "image", rates, unsure, "images")


def _largest(entry: dict[str, Any], unit: str, rates: dict[str, Decimal], unsure: dict[str, str], leaf: str) -> None:
    """Prices by size under one name: the name's own rate stays, and is an estimate once the sizes differ."""
    sizes = {found[2]: Decimal(value) for key, value in entry.items() if (found := BY_SIZE.match(key)) and found[1] == unit}
    if sizes and leaf not in rates:
        rates[leaf] = clean(max(sizes.values()) * (60 if unit == "second" else 1))
    if len({*sizes.values(), *([rates[leaf] / (60 if unit == "second" else 1)] if leaf in rates else [])}) > 1:
        unsure[leaf] = "size not stated"
