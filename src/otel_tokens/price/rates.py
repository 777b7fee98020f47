"""From what a price file says to a card of integers: the tier that served, the uplift of the place, every length of input."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from otel_tokens.types import FEMTO, LEAF_PART, TOKEN_LEAVES, Price, Served, Threshold

from .book import Book, Entry
from .periods import Held

STANDARD = "standard"
TIMED = frozenset({"audio_ms", "video_ms"})
PER_MILLION = TOKEN_LEAVES | {"characters", "cache_storage"}
FLAT = LEAF_PART.keys() - PER_MILLION - TIMED
"""Leaves whose fee is the same in every tier and at every length, unless a tier states its own."""
SAID: dict[str, str] = dict.fromkeys(("auto", "default", "on_demand", "standard", "standard_only"), STANDARD)
"""How the only tier of a seller that lists none may be called, and the ordinary speed."""
TIER_LABELS = frozenset({"balanced", "batch", "fast", "flex", "performance", "priority", "reserved", "scale", "ultrafast"})
FALLBACKS = [["reasoning", "output"], ["cache_write", "cache_write_5m"]]
"""Of a seller that states none: thinking is output everywhere."""
FRESH = {"cache_read": "input", "cache_read_audio": "input_audio", "cache_read_image": "input_image"}
WRITES = tuple(leaf for leaf, part in LEAF_PART.items() if part == "cache_write" and leaf in TOKEN_LEAVES)

Fraction = tuple[int, int]
ONE: Fraction = (1, 1)


class Band(NamedTuple):
    """The rates for one range of input sizes, ready to multiply."""

    over: int
    """It applies to requests with more input than this."""
    price: Price
    rates: dict[str, int]
    gains: tuple[tuple[str, int], ...]
    """What a unit of each cached leaf costs less than a fresh one."""
    premiums: tuple[tuple[str, int], ...]
    """What a unit of each written leaf costs more than a fresh one, and what keeping it costs."""


class Terms(NamedTuple):
    """How one call is billed: the name of the tier's card, the uplift of its place, what one unit of the currency is in USD."""

    tier: str
    uplift: Fraction = ONE
    exchange: Fraction = ONE


def terms(header: Entry, entry: Entry, card: Entry, served: Served) -> Terms | str:
    """The terms of a call, or the reason why the file has none for it."""
    said = (served.service_tier or STANDARD).lower()
    if reason := header.get("unmetered", {}).get(said):
        return str(reason)
    tier = header.get("service_tiers", {}).get(said) or SAID.get(said) or (said if said == "batch" else None)
    refusal = f"no rate for service tier {said if said in TIER_LABELS else 'other'}"
    if served.batch:
        if tier not in (STANDARD, "batch"):
            return refusal
        tier = "batch"
    if served.speed and served.speed not in SAID:
        if tier != STANDARD or served.speed not in header.get("speeds", ()):
            return "no rate for this speed"
        tier, refusal = served.speed, "no rate for this speed"
    if tier is None or (tier != STANDARD and tier not in card.get("tiers", ())):
        return "no rate for service tier batch" if tier == "batch" else refusal
    if "geos" in header and served.geo and served.geo not in header["geos"]:
        return "no rate for this geography"
    return Terms(tier, uplift(header, served) if entry.get("uplift") else ONE)


def uplift(header: Entry, served: Served) -> Fraction:
    """What the place multiplies the token rates by: the first rule that fits its host or its geography."""
    for rule in header.get("uplifts", ()):
        for place, patterns in ((served.host, rule.get("hosts", ())), (served.geo, rule.get("geos", ()))):
            if place and place not in rule.get("except", ()) and any(fnmatchcase(place, each) for each in patterns):
                return fraction(rule["times"])
    return ONE


def fraction(text: str) -> Fraction:
    """A decimal number as an exact fraction. Raises ValueError for anything else."""
    whole, _, part = text.partition(".")
    return int(whole + part), 10 ** len(part)


def bands(book: Book, entry: Entry, now: Held, how: Terms) -> tuple[Band, ...]:
    """The card's rates, the ordinary ones first, then one band for each threshold."""
    header = book.header
    row: Entry = now.card if how.tier == STANDARD else now.card["tiers"][how.tier]
    free = dict.fromkeys(now.period.get("included", ()), "0")
    fees = {**header.get("fees", {}), **free, **{leaf: rate for leaf, rate in now.card["rates"].items() if leaf in FLAT}}
    fallbacks: list[list[str]] = header.get("fallbacks", FALLBACKS)

    def price(rates: Mapping[str, int], steps: tuple[Threshold, ...]) -> Price:
        return Price(
            seller=header["seller"], model=entry["id"], service_tier=how.tier, rates=rates, above=steps,
            valid_from=now.period.get("from"), valid_to=now.period.get("to"),
            source=entry.get("source") or header.get("source", ""), version=header["version"], origin=book.origin,
        )  # fmt: skip

    base = in_femto({**fees, **row["rates"]}, fallbacks, how)
    above = tuple(
        Threshold(step["tokens"], step.get("inclusive", False), in_femto({**fees, **step["rates"]}, fallbacks, how))
        for step in row.get("above", ())
    )
    return (_band(-1, price(base, above)), *(_band(step.tokens - step.inclusive, price(step.rates, ())) for step in above))


def doubts(book: Book, entry: Entry, now: Held, how: Terms) -> dict[str, str]:
    """Leaf → why a cost with it is an estimate."""
    row: Entry = now.card if how.tier == STANDARD else now.card["tiers"][how.tier]
    levels = (book.header, entry, now.period, row)
    unsure: dict[str, str] = {leaf: why for level in levels for leaf, why in level.get("unsure", {}).items()}
    converted = "converted at a rate of the overlay" if how.exchange != ONE else None
    always = now.doubt or unsure.pop("*", None) or converted
    return {**dict.fromkeys(LEAF_PART, always), **unsure} if always else unsure


def _band(over: int, price: Price) -> Band:
    rates = dict(price.rates)
    gains = ((leaf, rates[whole] - rates[leaf]) for leaf, whole in FRESH.items() if leaf in rates and whole in rates)
    premiums = [(leaf, rates[leaf] - rates["input"]) for leaf in WRITES if leaf in rates and "input" in rates]
    if "cache_storage" in rates:
        premiums.append(("cache_storage", rates["cache_storage"]))
    return Band(over, price, rates, tuple(gain for gain in gains if gain[1]), tuple(more for more in premiums if more[1]))


def in_femto(stated: Mapping[str, str], fallbacks: list[list[str]], how: Terms) -> dict[str, int]:
    """Rates as they are written → femto-USD per unit, fallbacks filled in, uplift and exchange applied, in this order."""
    rates = {leaf: femto(leaf, rate) for leaf, rate in stated.items()}
    for leaf, other in fallbacks:
        if leaf not in rates and other in rates:
            rates[leaf] = rates[other]
    times, by = how.uplift
    usd, unit = how.exchange
    return {leaf: (rate * times // by if leaf in TOKEN_LEAVES else rate) * usd // unit for leaf, rate in rates.items()}


def femto(leaf: str, rate: str) -> int:
    """Femto-USD per unit of a leaf, from USD per million tokens or characters, per minute of sound or film, else per unit.

    Exact, but for the millisecond, which is rounded to a femto-USD (a part in 10⁸ or less). Raises ValueError for a finer rate.
    """
    whole, by = fraction(rate)
    amount, rest = divmod(whole * FEMTO, by * (10**6 if leaf in PER_MILLION else 60_000 if leaf in TIMED else 1))
    if rest and leaf not in TIMED:
        raise ValueError(f"rate {rate} of {leaf} is finer than a femto-USD")
    return amount
