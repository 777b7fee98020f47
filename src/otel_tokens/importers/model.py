"""What both readers produce: a model with its rates by our leaves, in the units of the price files (docs/price-files.md).

A model is a dict: {"names": [...], "dated": bool, "kind": str, "prices": [period, …]} and, when known, "released", "uplift",
"unsure", "source", "confidence", "most" (what one request holds), "provider" (the source's own), "raw" (LiteLLM's entry), "file"
(genai-prices' object).
A period is a card with "from" (RFC 3339 or None), "tiers" {name: card} and maybe "windows", "minimums", "included".
A card is {"rates": {leaf: Decimal}, "above": {tokens: {leaf: Decimal}}} and maybe "unsure" {leaf: why}.
The leaf `write` stands for a cache write without a stated lifetime; a seller's ruling `write` names its leaf.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

Rates = dict[str, Decimal]
Card = dict[str, Any]
Model = dict[str, Any]

MILLION = Decimal(10**6)
DATE = re.compile(r"[-@](20\d\d-\d\d-\d\d|20\d{6})(?![0-9])")
SHORT_DATE = re.compile(r"-(?:\d{4}|\d{2}-20\d\d|\d{2}-\d{2})(?:$|[-:@])|@\d{3}$")
_TWELVE = Context(prec=12)
_NANO = Decimal("1e-9")


def clean(value: Decimal) -> Decimal:
    """Without the noise of a binary float, and a whole number of femto-dollars per unit (1e-9 of a million)."""
    return _TWELVE.plus(value).quantize(_NANO, ROUND_HALF_EVEN).normalize()


def timed(value: Decimal) -> Decimal:
    """A rate per minute: twelve digits, because a price per hour need not end."""
    return _TWELVE.plus(value).normalize()


def card(rates: Rates | None = None, above: dict[int, Rates] | None = None) -> Card:
    """A card of rates, and of those above some length of input."""
    return {"rates": rates or {}, "above": above or {}}


def scaled(found: Card, by: Decimal) -> Card:
    """The same with every rate multiplied."""
    return card(
        {leaf: rate * by for leaf, rate in found["rates"].items()},
        {tokens: {leaf: rate * by for leaf, rate in rates.items()} for tokens, rates in found["above"].items()},
    )


def agree(first: Rates, second: Rates) -> bool:
    """Whether both state the same input and output; the second may call an output by its modality."""
    if not {"input", "output"} & first.keys():
        shared = first.keys() & second.keys()
        return bool(shared) and all(close(first[leaf], second[leaf]) for leaf in shared)
    outputs = [second.get(leaf) or None for leaf in ("output", "output_audio", "output_image")]
    same_output = any(close(first.get("output") or None, each) for each in outputs)  # a free output may be left out
    return close(first.get("input"), second.get("input")) and same_output


def close(one: Decimal | None, other: Decimal | None) -> bool:
    """The same but for rounding: of a price per hour to one per second, of a price that is quoted in another unit."""
    if one is None or other is None:
        return one is other
    return abs(one - other) * 1000 <= max(one, other)


def cards(model: Model) -> Iterator[Card]:
    """Every card of a model: of its periods, their tiers and windows."""
    for period in model["prices"]:
        yield period
        yield from period["tiers"].values()
        yield from period.get("windows", ())


def same(one: Model, other: Model) -> bool:
    """Whether two models cost the same in every period, tier and band."""
    return one["prices"] == other["prices"]


def has_date(name: str) -> bool:
    """Whether a name says of itself which snapshot it is."""
    return bool(DATE.search(name) or SHORT_DATE.search(name))


def stem(name: str) -> str | None:
    """The name before a full date, if a date is the end of it."""
    found = DATE.search(name)
    return name[: found.start()] if found and found.end() == len(name) else None


def copied(model: Model) -> Model:
    """A copy whose prices may be changed; the source's own objects stay shared."""
    return {**model, "names": list(model["names"]), "prices": deepcopy(model["prices"])}


def show(rates: Rates) -> str:
    """Rates for a person to compare."""
    named = [f"{leaf} {format(Decimal(rate).normalize(), 'f')}" for leaf, rate in sorted(rates.items())]
    return ", ".join(named)
