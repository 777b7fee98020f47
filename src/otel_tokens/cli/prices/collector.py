"""The table that the Collector's lookup processor prices foreign spans by: text cells, every one of them filled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from otel_tokens.cli.prices import exact, rows
from otel_tokens.price.book import Book

RATES = ("input", "output", "cache_read", "cache_write", "reasoning")
COLUMNS = (
    "key", *RATES, "threshold", *(f"{leaf}_above" for leaf in RATES), "status", "reason", "model_tier", "valid_from", "valid_to",
    "version",
)  # fmt: skip
ABSENT = "-1"
"""A rate that nobody states. A number, so that it can be compared; never 0, which would be free."""
NONE = "none"


def lines(books: list[Book], when: int) -> Iterator[list[str]]:
    """One row for each name of a model and each of its tiers; a price that one row cannot say has none, and the reason."""
    written: set[str] = set()
    for book, model, entry in rows.entries(books):
        cards: dict[str, list[rows.Row]] = {}
        for row in rows.at(book, entry, when):
            cards.setdefault(row.service_tier, []).append(row)
        priced = {tier: _cells(found) for tier, found in cards.items() if {"input", "output"} & found[0].rates.keys()}
        for name, tier in product(_names(book, model), priced):
            key = f"{book.header['seller']}|{name}|{tier}"
            if key not in written:
                written.add(key)
                yield [key, *priced[tier]]


def _names(book: Book, model: str) -> Iterator[str]:
    """The id, its aliases, and each with what may stand before it; a date behind it cannot be listed."""
    prefixes: list[str] = ["", *book.header.get("prefixes", ())]
    for name in (model, *(alias for alias, of in book.aliases.items() if of == model)):
        yield from (prefix + name for prefix in prefixes)


def _cells(found: list[rows.Row]) -> list[str]:
    base = found[0]
    longer = [row for row in found[1:] if row.window == base.window]
    reason = _reason(found, longer)
    rates = [_rate(base, leaf) for leaf in RATES] if not reason else [ABSENT] * len(RATES)
    above = [_rate(longer[0], leaf) for leaf in RATES] if longer and not reason else rates
    threshold = str(longer[0].over) if longer and not reason else "0"
    doubt = next((why for leaf, why in base.unsure.items() if leaf in RATES), "")
    status = "unpriced" if reason else "estimated" if doubt else "exact"
    return [
        *rates, threshold, *above, status, reason or doubt or NONE, base.tier,
        base.valid_from or "always", base.valid_to or "open", base.version,
    ]  # fmt: skip


def _reason(found: list[rows.Row], longer: list[rows.Row]) -> str:
    """Why one row cannot say the price."""
    if found[0].currency != "USD":
        return f"currency {found[0].currency}"
    if any(row.window != found[0].window for row in found):
        return "price depends on the hour"
    return "several lengths of input have their own price" if len(longer) > 1 else ""


def _rate(row: rows.Row, leaf: str) -> str:
    femto = row.rates.get(leaf)
    return ABSENT if femto is None else exact.rate(leaf, femto)
