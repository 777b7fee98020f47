"""How a seller's file is written: decimal strings, nothing empty, one header field and then one model a line."""

from __future__ import annotations

import json
from typing import Any

from otel_tokens.importers.model import Card, Model, Rates, cards, stem

GENERATED = "otel_tokens.importers: change its rulings/{}.toml, then run `make prices`"
# Written in this order, copied from the rulings as they are. `fallbacks` is put together from its commented parts.
HEADER = (
    "currency", "service_tiers", "unmetered", "speeds", "geos", "fees", "unsure", "fallbacks", "uplifts", "regions", "prefixes",
    "suffixes", "calendars",
)  # fmt: skip
DEFAULTS: dict[str, Any] = {
    # Thinking is output, pixels in a prompt are input, a write with a stated lifetime is a write: no table of these sellers
    # prices them apart where it does not say so. A cached rate that is missing is input, and marked (see UNCACHED).
    "fallbacks": [
        ["reasoning", "output"], ["input_image", "input"], ["cache_write_5m", "cache_write"], ["cache_read", "input"],
        ["cache_read_image", "cache_read"],
    ],
    "service_tiers": {"auto": "standard", "default": "standard", "standard": "standard", "on_demand": "standard"},
}  # fmt: skip
UNCACHED = "no cached rate published"
FIRST = ("dated", "kind", "family", "released", "tier", "limits", "uplift", "source", "confidence", "prices")


def book(models: dict[str, Model], ruling: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """A file's content. `head`: generated_by, seller, version, source and verified_on."""
    fallbacks = [pair for each in ruling.get("fallbacks", ()) for pair in each["pairs"]]
    header = {
        **DEFAULTS,
        **{key: ruling[key] for key in HEADER if key in ruling},
        **({"fallbacks": fallbacks} if fallbacks else {}),
    }
    tiers = {tier for model in models.values() for period in model["prices"] for tier in period["tiers"]}
    if "service_tiers" not in ruling:
        speeds = set(header.get("speeds", ()))
        header["service_tiers"] = {**DEFAULTS["service_tiers"], **{tier: tier for tier in sorted(tiers - speeds)}}
    aliases, ambiguous = _aliases(models)
    unclear = {**ambiguous, **ruling.get("ambiguous", {})}
    write, fees = ruling.get("write", "cache_write"), frozenset(ruling.get("fees", ()))
    at = int(ruling.get("inclusive_at", 0))
    uncached = ["cache_read", "input"] in header["fallbacks"] and not fallbacks
    return {
        **head,
        **{key: header[key] for key in HEADER if header.get(key)},
        **({"ambiguous": unclear} if unclear else {}), "aliases": aliases,
        "models": {name: _model(_placed(models[name], header), write, fees, at, uncached) for name in sorted(models)},
    }  # fmt: skip


def _placed(model: Model, header: dict[str, Any]) -> Model:
    """Without a mark that no rule of the seller refers to."""
    return model if header.get("uplifts") else {**model, "uplift": False}


def _aliases(models: dict[str, Model]) -> tuple[dict[str, str], dict[str, str]]:
    """Alias → id, without what a date suffix covers; a name that means two prices goes into the second."""
    aliases: dict[str, str] = {}
    ambiguous: dict[str, str] = {}
    for name, model in sorted(models.items()):
        for alias in model["names"]:
            if alias in models or (model["dated"] and stem(alias) == name and alias[-10:-8] == "20"):
                continue
            other = aliases.setdefault(alias, name)
            if models[other]["prices"] != model["prices"]:
                ambiguous[alias] = f"{other} or {name}"
    return {alias: name for alias, name in sorted(aliases.items()) if alias not in ambiguous}, dict(sorted(ambiguous.items()))


def _model(model: Model, write: str, fees: frozenset[str], at: int, uncached: bool) -> dict[str, Any]:
    prices: list[dict[str, Any]] = []
    following: str | None = None
    for price in reversed(model["prices"]):
        card = _period(price, write, fees, at)
        row: dict[str, Any] = {
            "from": price["from"],
            "to": following,
            **card,
            "unsure": {**card["unsure"], **model.get("unsure", {}), **price.get("unsure", {})},
        }
        if uncached and not model.get("kind") and "input" in card["rates"] and "cache_read" not in card["rates"]:
            row["unsure"]["cache_read"] = UNCACHED
        row |= {key: price[key] for key in ("minimums", "included") if key in price}
        if "windows" in price:
            when = ("days", "utc", "except")
            row["windows"] = [
                {**{key: each[key] for key in when if key in each}, **_tidy(_period(each, write, fees, at))}
                for each in price["windows"]
            ]
        prices.insert(0, _tidy(row))
        following = price["from"]
    found = {**model, "prices": prices, "limits": model.get("limits") or _limits(model)}
    return {key: found[key] for key in FIRST if found.get(key)}


def _limits(model: Model) -> dict[str, int]:
    """The most that one request can hold, where a threshold makes it matter and the figure leaves room above it."""
    edges = [tokens for each in cards(model) for tokens in each["above"]]
    known = {part: most for part, most in model.get("most", {}).items() if most}
    return known if edges and known.get("input", 0) > max(edges) else {}


def _period(price: dict[str, Any], write: str, fees: frozenset[str], at: int) -> dict[str, Any]:
    tiers = price.get("tiers", {})
    tiered = {tier: _tier(found, price, write, fees, at) for tier, found in sorted(tiers.items()) if _whole(found, price)}
    above = {tokens: dict(rates) for tokens, rates in price["above"].items()}
    unsure: dict[str, str] = {}
    for rates in above.values():
        if "cache_read" in price["rates"] and "cache_read" not in rates and "input" in rates:
            rates["cache_read"], unsure["cache_read"] = rates["input"], "cached rate of long context unpublished"
    return {
        "rates": plain(price["rates"], write, fees),
        "above": _steps(above, write, fees, at),
        "tiers": tiered,
        "unsure": unsure,
    }


def _whole(card: Card, standard: Card) -> bool:
    """A tier without an input or output rate is no card."""
    return all(leaf in card["rates"] for leaf in ("input", "output") if leaf in standard["rates"])


def _tier(card: Card, standard: Card, write: str, fees: frozenset[str], at: int) -> dict[str, Any]:
    """A tier's card. A cached rate that its table leaves out is billed as input and marked, because no page decides it, and
    long context that it has not all rates for is said to have none.
    """
    rates, above = dict(card["rates"]), {tokens: dict(rates) for tokens, rates in card["above"].items()}
    unsure = dict(card.get("unsure", {}))
    if "cache_read" in standard["rates"] and "cache_read" not in rates and "input" in rates:
        unsure["cache_read"] = "cached rate of this tier unpublished"
        for each in (rates, *above.values()):
            if "input" in each:
                each["cache_read"] = each["input"]
    for tokens in {*standard["above"], *above}:
        if not {"input", "output", "cache_read"} & rates.keys() <= above.get(tokens, {}).keys():
            above[tokens] = {}
    return _tidy({"rates": plain(rates, write, fees), "above": _steps(above, write, fees, at), "unsure": unsure})


def _steps(above: dict[int, Rates], write: str, fees: frozenset[str], at: int) -> list[dict[str, Any]]:
    """`inclusive_at`: the number of tokens with which a seller's long context begins, where others begin above it."""
    return [
        {"tokens": tokens, **({"inclusive": True} if tokens == at else {}), "rates": plain(rates, write, fees)}
        for tokens, rates in sorted(above.items())
    ]


def plain(rates: Rates, write: str, fees: frozenset[str]) -> dict[str, str]:
    """Rates as a file has them, without the fees that its header states."""
    return {
        write if leaf == "write" else leaf: format(rate.normalize(), "f")
        for leaf, rate in sorted(rates.items())
        if leaf not in fees
    }


def _tidy(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value or key == "rates"}


def text(data: dict[str, Any]) -> str:
    """Small, and a diff names the model that changed."""
    head = {key: value for key, value in data.items() if key != "models"}
    lines = [f"{_json(key)}:{_json(value)}" for key, value in head.items()]
    models = [f"{_json(name)}:{_json(model)}" for name, model in data["models"].items()]
    return "{" + ",\n".join(lines) + ',\n"models":{\n' + ",\n".join(models) + "\n}}\n"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
