"""What was decided by hand: `rulings/<seller>.toml`, laid over the imported figures."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from otel_tokens.importers.model import Card, Model, card, scaled
from otel_tokens.importers.trouble import UNREADABLE, Trouble

HERE = Path(__file__).parent / "rulings"
HALF = Decimal("0.5")
SAID = ("released", "source", "unsure", "confidence", "kind", "dated", "family", "tier", "uplift", "limits")


@cache
def load(name: str) -> dict[str, Any]:
    """A ruling file by its name, empty when nothing had to be ruled."""
    path = HERE / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def apply(models: dict[str, Model], ruling: dict[str, Any], trouble: Trouble) -> dict[str, Model]:
    """The models under the rulings about single ones: `[models."ID"]`. One that a ruling no longer fits is left out."""
    for name, special in ruling.get("models", {}).items():
        if special.get("drop"):
            models.pop(name, None)
            continue
        try:
            _ruled(models, name, special)
        except UNREADABLE as error:
            models.pop(name, None)
            trouble.note(f"{name} is left out: the ruling about it does not fit", error)
    for pattern in ruling.get("uplift", ()):
        for name in [each for each in models if fnmatchcase(each, pattern)]:
            models[name]["uplift"] = True
    return models


def _ruled(models: dict[str, Model], name: str, special: dict[str, Any]) -> None:
    if "like" in special:
        models[name] = {**deepcopy(_plain(models[special["like"]])), "names": []}
    elif "times" in special:
        models[name] = _written_out(special)
    elif "prices" in special:
        models[name] = _stated(models.get(name, {"names": []}), special["prices"])
    if name not in models:
        raise KeyError(f"a ruling about a model that is not there: {name}")
    _finish(models[name], special)


def _plain(model: Model) -> Model:
    return {key: value for key, value in model.items() if key not in ("raw", "file")}


def _stated(model: Model, periods: list[dict[str, Any]]) -> Model:
    """A model whose periods are written out in the rulings in the form of the price files."""
    prices: list[dict[str, Any]] = []
    for number, period in enumerate(periods):
        found = {"from": period.get("from"), **_numbers(period)}
        for key in ("minimums", "included", "unsure"):
            found |= {key: period[key]} if key in period else {}
        if "windows" in period:
            found["windows"] = [{**window, **_numbers(window)} for window in period["windows"]]
        prices.append(found)
        if number and not found["from"]:
            raise ValueError("a later period without `from`")
    return {"dated": True, "confidence": "ruling", **model, "prices": prices}


def _numbers(found: dict[str, Any]) -> Card:
    """A card with Decimals; its tiers may be written as multiples (`times`), where the vendor publishes only those."""
    above = found.get("above", [])
    result: Card = card(_decimals(found["rates"]), {step["tokens"]: _decimals(step["rates"]) for step in above})
    tiers = {name: scaled(result, Decimal(by)) for name, by in found.get("times", {}).items()}
    for name, stated in found.get("tiers", {}).items():
        tiers[name] = _numbers(stated)
    return {**result, "tiers": tiers}


def _decimals(rates: dict[str, str]) -> dict[str, Decimal]:
    return {leaf: Decimal(rate) for leaf, rate in rates.items()}


def _written_out(special: dict[str, Any]) -> Model:
    """A model that neither source has, from the vendor's page: one card, its tiers as the page's multiples of it."""
    rates, long = _decimals(special["rates"]), dict(special.get("above", {}))
    tokens = long.pop("tokens", None)
    prices: list[dict[str, Any]] = []
    for row in (special, *([special["then"]] if "then" in special else [])):
        found = {"from": row.get("from"), **card(dict(rates), {tokens: _decimals(long)} if tokens else {})}
        prices.append({**found, "tiers": {tier: scaled(found, Decimal(times)) for tier, times in row["times"].items()}})
    return {"names": [], "dated": True, "kind": "", "prices": prices, "confidence": "vendor page"}


def _finish(model: Model, special: dict[str, Any]) -> None:
    """What a ruling says about one model, over whatever was imported."""
    model.update({key: special[key] for key in SAID if key in special})
    for period in model["prices"]:
        period["from"] = special.get("instants", {}).get(period["from"], period["from"])
    if "said" in special:  # `unsure` that adds to what the sources leave open
        model["unsure"] = {**model.get("unsure", {}), **special["said"]}
    dropped = special.get("drop_aliases", ())
    model["names"] = [name for name in model["names"] if name not in dropped] + special.get("aliases", [])
    last = model["prices"][-1]
    for key in ("minimums", "included"):
        for period in model["prices"] if key in special else ():
            period[key] = special[key]
    if "above" in special and "times" not in special:
        long = dict(special["above"])
        last["above"] = {long.pop("tokens"): _decimals(long)}
        last["tiers"]["batch"] = scaled(last, HALF)
    if "add" in special:  # rates that the sources lack
        for period in model["prices"]:
            period["rates"] |= _decimals(special["add"])
    if "flat_from" in special:
        flat = deepcopy(last) | {"from": special["flat_from"], "above": {}}
        for each in flat["tiers"].values():
            each["above"] = {}
        model["prices"].append(flat)
    if before := special.get("cache_read_before"):
        earlier = deepcopy(last)
        earlier["rates"]["cache_read"] = Decimal(before["rate"])
        earlier["tiers"]["batch"]["rates"]["cache_read"] = Decimal(before["batch"])
        last["from"] = before["until"]
        model["prices"].insert(0, earlier)
