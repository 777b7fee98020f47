"""What the five cloud sellers share: one source completed by the other, and the gaps of a tier's card."""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from typing import Any

from otel_tokens.importers import kinds
from otel_tokens.importers.model import Card, Model, Rates, agree, copied, scaled, show
from otel_tokens.importers.report import Report

BASE = ("input", "output", "cache_read")
SPECIAL = ("input_audio", "input_image", "input_video", "cache_read_audio", "output_audio", "output_image", "output_video")
WRITES = ("write", "cache_write_5m", "cache_write_30m", "cache_write_1h", "cache_write_12h")
UNCACHED = "no cached rate published"
UNPUBLISHED = "rate of this tier unpublished"


def current(model: Model, day: str) -> int:
    """Which of the periods is in force on that day."""
    return max(number for number, period in enumerate(model["prices"]) if (period["from"] or "") <= day)


def merged(name: str, first: Model | None, second: Model | None, day: str, report: Report) -> Model:
    """The first source, completed from the second where both state the same; a disagreement is reported and the first stands."""
    if first is None or second is None:
        lone = copied(first or second or {})
        return {**lone, "kind": lone.get("kind") or kinds.of(name, lone), "confidence": lone.get("confidence", "single source")}
    model, other = copied(first), second["prices"][0]
    own = model["prices"][current(model, day)]
    model["kind"] = first.get("kind") or second.get("kind") or kinds.of(name, model)
    model["names"] = sorted({*first["names"], *second["names"]})
    model["unsure"] = {**second.get("unsure", {}), **first.get("unsure", {})}
    if not agree(own["rates"], other["rates"]):
        report.differ(name, show(own["rates"]), show(other["rates"]))
        return {**model, "confidence": "ruling"}
    complete(own, other)
    for tier, found in other["tiers"].items():
        complete(own["tiers"].setdefault(tier, {"rates": {}, "above": {}}), found)
    return {**model, "confidence": "sources agree"}


def complete(mine: Card, other: Card) -> None:
    """Adds what only the other has; bands only to a card that has none, or to the same bands."""
    for leaf, rate in other["rates"].items():
        mine["rates"].setdefault(leaf, rate)
    if not mine["above"]:
        mine["above"] = deepcopy(other["above"])
    for tokens, rates in mine["above"].items():
        for leaf, rate in other["above"].get(tokens, {}).items():
            rates.setdefault(leaf, rate)


def alike(one: Model, other: Model) -> bool:
    """Whether two standard cards state no different rate (one may say less than the other)."""
    mine, theirs = one["prices"][-1]["rates"], other["prices"][-1]["rates"]
    return all(mine[leaf] == theirs[leaf] for leaf in mine.keys() & theirs.keys())


def announced(model: Model, day: str) -> None:
    """A price that is announced for later moves the tiers by as much as the standard rates, when all of those move alike."""
    now = current(model, day)
    card = model["prices"][now]
    for later in model["prices"][now + 1 :]:
        shared = [leaf for leaf in BASE if leaf in card["rates"] and leaf in later["rates"]]
        ratios = {later["rates"][leaf] / card["rates"][leaf] for leaf in shared}
        if len(ratios) != 1:
            continue
        ratio = ratios.pop()
        for leaf, rate in card["rates"].items():
            later["rates"].setdefault(leaf, rate * ratio if leaf in (*BASE, *SPECIAL, *WRITES) else rate)
        for tier, found in card["tiers"].items():
            complete(later["tiers"].setdefault(tier, {"rates": {}, "above": {}}), tokens_only(scaled(found, ratio), found))


def tokens_only(moved: Card, found: Card) -> Card:
    """A moved card whose fees stay as they were: a search does not double with the tokens."""
    for leaf, rate in found["rates"].items():
        if leaf not in (*BASE, *SPECIAL, *WRITES):
            moved["rates"][leaf] = rate
    return moved


def finished(model: Model, same_cache: bool = False) -> Model:
    """Fills or marks what the tier cards of every period leave open, and drops a tier that has no price."""
    for period in model["prices"]:
        for tier, card in list(period["tiers"].items()):
            if any(leaf not in card["rates"] for leaf in ("input", "output") if leaf in period["rates"]):
                del period["tiers"][tier]
                continue
            _cached(period, card, same_cache)
            _special(period, card)
            _bands(period, card)
    return model


def _bands(period: Card, card: Card) -> None:
    """A tier's band without its main rates is no price."""
    for tokens, standard in period["above"].items():
        if any(leaf not in card["above"].get(tokens, {}) for leaf in BASE if leaf in standard):
            card["above"][tokens] = {}


def _cached(period: Card, card: Card, same_cache: bool) -> None:
    """A cached rate that a tier leaves out: the standard one where the vendor says so; else, as an estimate, the standard one
    in a tier that costs less (a discount raises no price) and the tier's input in one that costs more.
    """
    if "cache_read" not in period["rates"] or "cache_read" in card["rates"]:
        pairs = [(tokens, rates) for tokens, rates in card["above"].items() if rates and "cache_read" not in rates]
        for tokens, rates in pairs if same_cache else ():
            if rate := period["above"].get(tokens, {}).get("cache_read"):
                rates["cache_read"] = rate
        return
    for tokens, rates in ((None, card["rates"]), *card["above"].items()):
        standard = period["rates"] if tokens is None else period["above"].get(tokens, {})
        if "input" not in rates:
            continue
        cheaper = same_cache or card["rates"]["input"] < period["rates"]["input"]
        rates["cache_read"] = min(standard.get("cache_read", rates["input"]), rates["input"]) if cheaper else rates["input"]
        if same_cache and "cache_read_audio" in standard:
            rates.setdefault("cache_read_audio", standard["cache_read_audio"])
    if not same_cache:
        card["unsure"] = {**card.get("unsure", {}), "cache_read": f"cached {UNPUBLISHED}"}


def _special(period: Card, card: Card) -> None:
    """A modality or a cache write without a rate in a tier moves as its input or output does, as an estimate."""
    for leaf in (*SPECIAL, *WRITES):
        whole = "output" if leaf.startswith("output") else "cache_read" if leaf.startswith("cache_read") else "input"
        if leaf in period["rates"] and leaf not in card["rates"] and whole in period["rates"] and whole in card["rates"]:
            card["rates"][leaf] = period["rates"][leaf] * card["rates"][whole] / period["rates"][whole]
            card["unsure"] = {**card.get("unsure", {}), leaf: UNPUBLISHED}


def writes_are_input(model: Model) -> None:
    """Where a vendor bills cache writes as input, said so card by card: only for models that read a cache."""
    for rates in every_row(model):
        if "cache_read" in rates and not rates.keys() & set(WRITES):
            rates["cache_write"] = rates["input"]


def uncached(model: Model) -> None:
    """A cached rate that no page states is input's (the file's fallback), so what was read from a cache is an estimate."""
    if "output" in model["prices"][-1]["rates"] and "cache_read" not in model["prices"][-1]["rates"]:
        model["unsure"] = {"cache_read": UNCACHED, **model.get("unsure", {})}


def plain_text(model: Model) -> None:
    """Drops what repeats another rate: reasoning at the output rate, a modality at the rate of text."""
    same = [leaf for leaf in ("input_audio", "input_image", "input_video") if _as_text(model, leaf)]
    for each in every_card(model):
        if "input" in each["rates"]:
            each["rates"].pop("characters", None)  # the same text, counted otherwise
        for leaf in (*same, "reasoning"):
            if leaf != "reasoning" or each["rates"].get(leaf) == each["rates"].get("output"):
                each["rates"].pop(leaf, None)
        if "input_audio" in each["rates"]:
            each["rates"].pop("audio_ms", None)  # the same audio by the minute


def _as_text(model: Model, leaf: str) -> bool:
    return all(period["rates"].get(leaf) in (None, period["rates"].get("input")) for period in model["prices"])


def renamed_write(model: Model, leaf: str) -> None:
    """Gives cache writes without a stated lifetime the leaf of the one that they have."""
    for rates in every_row(model):
        if "write" in rates:
            rates[leaf] = rates.pop("write")


def every_card(model: Model) -> list[Card]:
    """The cards of all periods, and of their tiers."""
    return [card for period in model["prices"] for card in (period, *period["tiers"].values())]


def every_row(model: Model) -> list[Rates]:
    """The rates of all those cards, for short and for long input."""
    return [rates for card in every_card(model) for rates in (card["rates"], *card["above"].values())]


def by_tokens(model: Model) -> None:
    """An image that is billed by its tokens costs nothing beside them."""
    for period in model["prices"]:
        if "output_image" in period["rates"] or ("input_image" in period["rates"] and model.get("kind") == "image"):
            for card in (period, *period["tiers"].values()):
                card["rates"].pop("images", None)
            period["included"] = {"images": "billed by its tokens"}
            model["unsure"] = {leaf: why for leaf, why in model.get("unsure", {}).items() if leaf != "images"}


def ruled(special: dict[str, Any]) -> Model:
    """A model that is written out in the rulings: rates, and batch or others as shares of them where documented."""
    rates: Rates = {leaf: Decimal(rate) for leaf, rate in special["rates"].items()}
    period: dict[str, Any] = {"from": special.get("from"), "rates": rates, "above": {}, "tiers": {}}
    for tier, share in special.get("times", {}).items():
        period["tiers"][tier] = scaled(period, Decimal(share))
    return {
        "names": [], "dated": True, "kind": special.get("kind", ""), "prices": [period],
        "confidence": special.get("confidence", "ruling"), "source": special.get("source"),
    }  # fmt: skip


def skipped(key: str, rulings: dict[str, Any], report: Report) -> bool:
    """Whether a ruling leaves out a key of LiteLLM's: `skip` is a list of [regular expression, why]."""
    why = next((why for pattern, why in rulings["skip"] if re.search(pattern, key)), None)
    if why:
        report.left_out(key, why)
    return why is not None
