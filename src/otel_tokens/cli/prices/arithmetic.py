"""Every line of a price, and every rule that decided it, read from the same book that priced the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from otel_tokens import price
from otel_tokens.cli.prices import exact, rows
from otel_tokens.price import shelf
from otel_tokens.price.book import Book
from otel_tokens.price.periods import Held, held
from otel_tokens.price.rates import ONE, STANDARD, Terms, fraction, terms
from otel_tokens.types import LEAF_PART, TOKEN_LEAVES, Cost, Price, Served, Usage

JSON = dict[str, Any]
ORDER = {leaf: place for place, leaf in enumerate(LEAF_PART)}


class Found(NamedTuple):
    """Where in which book a model's price stands."""

    book: Book
    entry: JSON
    held: Held | None
    served: Served
    """As the book understands it: with your own words for models and tiers replaced."""


def find(served: Served, card: Price | None = None) -> Found | None:
    """What the best book that has the model says of it; with a card, the book that it is from."""
    asked = shelf.named(served)
    for book in price.books(asked.seller):
        found = book.find(asked.model, asked.host)
        if not isinstance(found, str) and (card is None or book.origin == card.origin):
            entry = {**found[1], "id": found[0]}
            return Found(book, entry, held(entry, book.header, asked.at), asked)
    return None


def lines(cost: Cost) -> list[JSON]:
    """Count × rate = amount, for every kind of unit that was used; then what a contract takes off the list price."""
    rates = _rates(cost)
    counted = cost.leaves or {}
    discounted = cost.list_total is not None and cost.price is not None and cost.price.origin != "overlay"
    parts = {leaf: counted[leaf] * rates[leaf] for leaf in cost.parts} if discounted else cost.parts
    off = {"leaf": "discount", "count": None, "rate": None, "unit": "", "amount": exact.usd(cost.total - (cost.list_total or 0))}
    found: list[JSON] = [
        {
            "leaf": leaf, "count": counted.get(leaf), "rate": exact.rate(leaf, rates[leaf]) if leaf in rates else None,
            "unit": exact.unit(leaf), "amount": exact.usd(amount),
        }
        for leaf, amount in sorted(parts.items(), key=lambda part: ORDER[part[0]])
    ]  # fmt: skip
    return [*found, off] if discounted else found


def notes(usage: Usage, cost: Cost, found: Found) -> list[str]:
    """Why these rates: name, period, hours, tier, place, length, fallbacks, doubts, contract."""
    book, entry, now, asked = found
    if now is None or cost.price is None:
        return []
    how = terms(book.header, entry, now.card, asked)
    if isinstance(how, str):
        return [how]
    said = [*_name(found), *_hours(now), *_tier(how, asked), *_place(found, how), *_length(usage, cost.price, found)]
    return [*said, *_fallbacks(cost, found, how), *_least(usage, cost, now), *_doubts(cost), *_contract(cost)]


def missing(cost: Cost) -> list[str]:
    """What is not in the amount."""
    rates, used = _rates(cost), cost.leaves or {}
    said = ["taxes, free quotas and credits"]
    if cost.list_total is None:
        said.append("what a contract of yours says: state it in an overlay")
    if "request" in rates and "request" not in used:
        said.append(f"the fee of {exact.rate('request', rates['request'])} for each request: say requests=1")
    if "cache_storage" in rates and "cache_storage" not in used:
        said.append("keeping a cache, billed by token-hours: say cache_storage_token_hours=…")
    return said


def near(served: Served) -> JSON:
    """Names like the one that is not in the book, and other sellers that have it: to look at, never to price by."""
    names = {name.lower(): name for book in price.books(served.seller) for name in (*book, *book.aliases)}
    like = [names[name] for name in get_close_matches(served.model.lower(), names, 5, 0.6)]
    elsewhere = [
        seller
        for seller in price.sellers_known()
        if seller != served.seller and any(not isinstance(book.find(served.model), str) for book in price.books(seller))
    ]
    return {"names": like, "sellers": elsewhere}


def _rates(cost: Cost) -> Mapping[str, int]:
    return cost.price.rates if cost.price else {}


def _name(found: Found) -> Iterator[str]:
    asked, ident, aliases = found.served.model, found.entry["id"], found.book.aliases
    if asked != ident:
        yield f"{asked} is {ident}" + (": an alias" if aliases.get(asked) == ident else ": the same model, decorated or dated")


def _hours(now: Held) -> Iterator[str]:
    if now.period.get("windows"):
        inside = now.card is not now.period
        yield f"hours: {rows.hours(now.card)}" if inside else "hours: outside every window of special hours"
    if now.doubt:
        yield f"estimated: {now.doubt}"


def _tier(how: Terms, asked: Served) -> Iterator[str]:
    if asked.speed and how.tier == asked.speed:
        yield f"speed {asked.speed}: its own rates"
    elif asked.batch:
        yield "batch: its own rates"
    elif asked.service_tier and asked.service_tier.lower() != how.tier:
        yield f"service tier {asked.service_tier} is billed as {how.tier}"
    elif how.tier != STANDARD:
        yield f"service tier {how.tier}: its own rates"


def _place(found: Found, how: Terms) -> Iterator[str]:
    if how.uplift != ONE:
        place = found.served.host if _by_host(found, how) else found.served.geo
        times, by = how.uplift
        yield f"× {exact.decimal(times, by)} on every token rate: {place}"


def _by_host(found: Found, how: Terms) -> bool:
    rules = found.book.header.get("uplifts", ())
    return found.served.geo is None or any("hosts" in rule and fraction(rule["times"]) == how.uplift for rule in rules)


def _length(usage: Usage, card: Price, found: Found) -> Iterator[str]:
    base, size = price.card(found.served, 0), usage.input_tokens or 0
    for step in base.above if isinstance(base, Price) else ():
        least = f"{'at least' if step.inclusive else 'more than'} {step.tokens:,}"
        if card.rates == step.rates:
            yield f"long context: {size:,} input tokens are {least}, so the whole request has the rates for that"
        elif size <= step.tokens - step.inclusive:
            yield f"{least} input tokens would have other rates for the whole request"


def _fallbacks(cost: Cost, found: Found, how: Terms) -> Iterator[str]:
    card = found.held.card if found.held else {}
    row = card if how.tier == STANDARD else card.get("tiers", {}).get(how.tier, {})
    fees: JSON = {**found.book.header.get("fees", {}), **card.get("rates", {})}
    for leaf in cost.parts:
        if leaf in row.get("rates", {}):
            continue
        if leaf in TOKEN_LEAVES:
            yield f"{leaf} has no rate of its own: the seller bills it at the rate shown"
        elif leaf in found.book.header.get("fees", {}) and leaf not in card.get("rates", {}) and leaf in fees:
            yield f"{leaf}: the seller's fee for every model"


def _least(usage: Usage, cost: Cost, now: Held) -> Iterator[str]:
    used = usage.leaves() or {}
    for leaf, least in now.period.get("minimums", {}).items():
        if 0 < used.get(leaf, 0) < least:
            yield f"{leaf}: at least {least:,} are billed, {used[leaf]:,} were used"
    for leaf, why in now.period.get("included", {}).items():
        if leaf in cost.parts:
            yield f"{leaf} is free: {why}"


def _doubts(cost: Cost) -> Iterator[str]:
    if cost.status == "estimated" and cost.reason:
        yield f"estimated: {cost.reason}"


def _contract(cost: Cost) -> Iterator[str]:
    if cost.list_total is not None:
        yield f"your overlay: {exact.usd(cost.total)} instead of {exact.usd(cost.list_total)} at list prices"
