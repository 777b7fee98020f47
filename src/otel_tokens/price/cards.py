"""Which rates applied: the model's price at that instant, for the tier, speed and place that served it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from otel_tokens.types import FEMTO, LEAF_PART, TOKEN_LEAVES, Price, Served, Threshold, Unpriced

from .book import Book, book_of

STANDARD = "standard"
FLAT = LEAF_PART.keys() - TOKEN_LEAVES - {"audio_ms", "characters"}
"""Leaves whose fee is the same in every tier and at every length, unless a tier states its own."""
PER_MILLION = TOKEN_LEAVES | {"characters"}
TIER_LABELS = frozenset({"balanced", "batch", "fast", "flex", "performance", "priority", "reserved", "scale", "ultrafast"})
FRESH = {"cache_read": "input", "cache_read_audio": "input_audio", "cache_read_image": "input_image"}
WRITES = tuple(leaf for leaf, part in LEAF_PART.items() if part == "cache_write")
FOREVER = 1 << 63
HITS, MISSES = 4096, 1024


class Band(NamedTuple):
    """The rates for one range of input sizes, ready to multiply."""

    over: int
    """It applies to requests with more input than this."""
    price: Price
    rates: dict[str, int]
    gains: tuple[tuple[str, int], ...]
    """What a unit of each cached leaf costs less than a fresh one."""
    premiums: tuple[tuple[str, int], ...]
    """What a unit of each written leaf costs more than a fresh one."""


class Card(NamedTuple):
    """Everything that one key of the cache resolves to, and how long it holds."""

    start: int
    end: int
    base: Band
    above: tuple[Band, ...]
    long: int
    """The input above which the base no longer applies."""
    unsure: Mapping[str, str]
    """Leaves whose rate is not certain, and why."""
    doubtful: frozenset[str]

    def band(self, input_tokens: int) -> Band:
        return next((band for band in reversed(self.above) if input_tokens > band.over), self.base)


_Key = tuple[str, str, str | None, str | None, bool, str | None, str | None]
_cards: dict[_Key, Card] = {}
_misses: dict[_Key, tuple[int, int, Unpriced]] = {}


def card(served: Served, input_tokens: int) -> Price | Unpriced:
    """The rate card of a request of that size: its `rates` are the ones that apply, long context and uplifts included."""
    found = resolve(served)
    return found if isinstance(found, Unpriced) else found.band(input_tokens).price


def resolve(served: Served) -> Card | Unpriced:
    """The card, from a bounded cache that knows until when each answer holds. `at` 0 means now."""
    key = served[:-1]  # everything but the time
    at = served[-1] or time.time_ns()
    found = _cards.get(key)
    if found is not None and found.start <= at < found.end:
        return found
    missed = _misses.get(key)
    if missed is not None and missed[0] <= at < missed[1]:
        return missed[2]
    if len(_cards) >= HITS:
        _cards.clear()
    if len(_misses) >= MISSES:
        _misses.clear()
    start, end, answer = _look_up(served, at)
    if isinstance(answer, Card):
        _cards[key] = answer
    else:
        _misses[key] = (start, end, answer)
    return answer


def forget() -> None:
    """Empties the cache: a book was changed."""
    _cards.clear()
    _misses.clear()


def _look_up(served: Served, at: int) -> tuple[int, int, Card | Unpriced]:
    book = book_of(served.seller)
    if book is None:
        return 0, FOREVER, Unpriced("not in book")
    found = book.find(served.model)
    if isinstance(found, str):
        return 0, FOREVER, Unpriced(found)
    model, entry = found
    for period in entry["prices"]:
        start, end = instant(period.get("from"), 0), instant(period.get("to"), FOREVER)
        if start <= at < end:
            answer = _choose(book, served, entry, period)
            if isinstance(answer, str):
                return start, end, Unpriced(answer)
            tier, uplift = answer
            return start, end, _build(book, {**entry, "id": model}, period, tier, uplift)
    return 0, FOREVER, Unpriced("no rate at that time")


def _choose(book: Book, served: Served, entry: dict[str, Any], period: dict[str, Any]) -> tuple[str, tuple[int, int]] | str:
    """The name of the tier's card and the uplift as a fraction, or why there is none."""
    said = served.service_tier or STANDARD
    tier: str | None = book.data["service_tiers"].get(said)
    refusal = f"no rate for service tier {said if said in TIER_LABELS else 'other'}"
    if served.batch:
        if tier not in (STANDARD, "batch"):
            return refusal
        tier = "batch"
    if served.speed and served.speed != STANDARD:
        if tier != STANDARD or served.speed not in book.data.get("speeds", ()):
            return "no rate for this speed"
        tier, refusal = served.speed, "no rate for this speed"
    if tier is None or (tier != STANDARD and tier not in period.get("tiers", ())):
        return "no rate for service tier batch" if tier == "batch" else refusal
    return _uplift(book, served, entry, tier)


def _uplift(book: Book, served: Served, entry: dict[str, Any], tier: str) -> tuple[str, tuple[int, int]] | str:
    if "geos" in book.data and served.geo and served.geo not in book.data["geos"]:
        return "no rate for this geography"
    for rule in book.data.get("uplifts", ()):
        place = served.host if "hosts" in rule else served.geo
        if entry.get("uplift") and place in rule.get("hosts", rule.get("geos", ())):
            whole, _, part = rule["times"].partition(".")
            return tier, (int(whole + part), 10 ** len(part))
    return tier, (1, 1)


def _build(book: Book, entry: dict[str, Any], period: dict[str, Any], tier: str, uplift: tuple[int, int]) -> Card:
    row: dict[str, Any] = period if tier == STANDARD else period["tiers"][tier]
    fees = {**book.data["fees"], **{leaf: rate for leaf, rate in period["rates"].items() if leaf in FLAT}}
    fallbacks: list[list[str]] = book.data["fallbacks"]
    base = _rates({**fees, **row["rates"]}, fallbacks, uplift)
    above = tuple(
        Threshold(step["tokens"], step.get("inclusive", False), _rates({**fees, **step["rates"]}, fallbacks, uplift))
        for step in row.get("above", ())
    )

    def price(rates: Mapping[str, int], steps: tuple[Threshold, ...]) -> Price:
        return Price(
            seller=book.data["seller"], model=entry["id"], service_tier=tier, rates=rates, above=steps,
            valid_from=period.get("from"), valid_to=period.get("to"),
            source=entry.get("source") or book.data["source"], version=book.data["version"],
        )  # fmt: skip

    unsure: dict[str, str] = {**book.data["unsure"], **period.get("unsure", {}), **row.get("unsure", {})}
    if always := unsure.pop("*", None):
        unsure = {**dict.fromkeys(LEAF_PART, always), **unsure}
    bands = tuple(_band(step.tokens - step.inclusive, price(step.rates, ())) for step in above)
    return Card(
        start=instant(period.get("from"), 0), end=instant(period.get("to"), FOREVER), base=_band(-1, price(base, above)),
        above=bands, long=bands[0].over if bands else FOREVER,
        unsure=unsure, doubtful=frozenset(unsure),
    )  # fmt: skip


def _band(over: int, price: Price) -> Band:
    rates = dict(price.rates)
    gains = ((leaf, rates[whole] - rates[leaf]) for leaf, whole in FRESH.items() if leaf in rates and whole in rates)
    premiums = ((leaf, rates[leaf] - rates["input"]) for leaf in WRITES if leaf in rates and "input" in rates)
    return Band(over, price, rates, tuple(gain for gain in gains if gain[1]), tuple(more for more in premiums if more[1]))


def _rates(stated: dict[str, str], fallbacks: list[list[str]], uplift: tuple[int, int]) -> dict[str, int]:
    rates = {leaf: femto(leaf, rate) for leaf, rate in stated.items()}
    for leaf, other in fallbacks:
        if leaf not in rates and other in rates:
            rates[leaf] = rates[other]
    times, by = uplift
    return {leaf: rate * times // by if leaf in TOKEN_LEAVES else rate for leaf, rate in rates.items()}


def femto(leaf: str, rate: str) -> int:
    """Femto-USD per unit of a leaf. A file states USD per million tokens or characters, per minute of audio, else per unit.

    Exact, but for the millisecond of audio, which is rounded to a femto-USD (a part in 10⁸ or less).
    """
    whole, _, part = rate.partition(".")
    amount = int(whole + part) * FEMTO
    amount, rest = divmod(amount, 10 ** len(part) * (10**6 if leaf in PER_MILLION else 60_000 if leaf == "audio_ms" else 1))
    if rest and leaf != "audio_ms":
        raise ValueError(f"rate {rate} of {leaf} is finer than a femto-USD")
    return amount


def instant(moment: str | None, otherwise: int) -> int:
    """Unix nanoseconds of an RFC 3339 instant."""
    if moment is None:
        return otherwise
    from datetime import datetime

    return int(datetime.fromisoformat(moment).timestamp()) * 10**9
