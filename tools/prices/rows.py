"""How a model's entry is written into a price file: decimal strings, nothing empty, one model a line."""

from __future__ import annotations

import json
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any


def tidy(name: str, model: dict[str, Any], write: str, tiers: list[list[str]]) -> dict[str, Any]:
    """The entry as it is written: strings, no empty fields, aliases that a date suffix covers left out."""
    prices, following = [], None
    for price in reversed(model["prices"]):
        cards = {
            tier: card_of(found, price, write) for tier, found in sorted(price["tiers"].items()) if complete_enough(found, price)
        }
        standard = {"rates": plain(price["rates"], write), "above": steps(price["above"], write)}
        row = {"from": price["from"], "to": following, **standard, "tiers": cards, "unsure": model.get("unsure")}
        prices.insert(0, {key: value for key, value in row.items() if value})
        following = price["from"]
    covered = {alias for alias in model["aliases"] if model["dated"] and alias[:-11] == name and alias[-10:-8] == "20"}
    result = {
        "aliases": sorted({*model["aliases"]} - covered - {name}), "dated": model["dated"], "released": model.get("released"),
        "tier": next((tier for pattern, tier in tiers if fnmatchcase(name, pattern)), ""), "uplift": model.get("uplift"),
        "source": model.get("source"), "confidence": model["confidence"], "prices": prices,
    }  # fmt: skip
    return {key: value for key, value in result.items() if value}


def complete_enough(card: dict[str, Any], standard: dict[str, Any]) -> bool:
    """A tier without an input or output rate is no card."""
    return all(leaf in card["rates"] for leaf in ("input", "output") if leaf in standard["rates"])


def card_of(card: dict[str, Any], standard: dict[str, Any], write: str) -> dict[str, Any]:
    """A tier's card. A cached rate that its table leaves out is billed as input and marked, because no page decides it, and
    long context that it has not all rates for is said to have none.
    """
    rates, above = dict(card["rates"]), {tokens: dict(rates) for tokens, rates in card["above"].items()}
    unsure = None
    if "cache_read" in standard["rates"] and "cache_read" not in rates:
        unsure = {"cache_read": "cached rate of this tier unpublished"}
        for each in (rates, *above.values()):
            each["cache_read"] = each["input"]
    for tokens in {*standard["above"], *above}:
        if not {"input", "output", "cache_read"} & rates.keys() <= above.get(tokens, {}).keys():
            above[tokens] = {}
    result = {"rates": plain(rates, write), "above": steps(above, write), "unsure": unsure}
    return {key: value for key, value in result.items() if value}


def steps(above: dict[int, Any], write: str) -> list[dict[str, Any]]:
    return [{"tokens": tokens, "rates": plain(rates, write)} for tokens, rates in sorted(above.items())]


def plain(rates: dict[str, Decimal], write: str) -> dict[str, str]:
    return {write if leaf == "write" else leaf: format(rate.normalize(), "f") for leaf, rate in sorted(rates.items())}


def show(rates: dict[str, Decimal]) -> str:
    return "/".join(format(Decimal(rates.get(leaf, 0)).normalize(), "f") for leaf in ("input", "cache_read", "output"))


def written(data: dict[str, Any]) -> str:
    """One model a line: small, and a diff names the model that changed."""
    head = {key: value for key, value in data.items() if key != "models"}
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in head.items()]
    models = [f"{json.dumps(name)}:{json.dumps(model, separators=(',', ':'))}" for name, model in data["models"].items()]
    return "{" + ",\n".join(lines) + ',\n"models":{\n' + ",\n".join(models) + "\n}}\n"
