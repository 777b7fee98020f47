"""What a call costs under books that are not in force: another folder's, or the bundled ones of another day."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otel_tokens.price.book import Book
from otel_tokens.price.periods import held
from otel_tokens.price.rates import bands, terms
from otel_tokens.types import Served, Usage

Pricer = Callable[[Usage, Served], int | str]
"""Femto-USD, or the reason why there is no price."""


def pricer(books: list[Book], at: int) -> Pricer:
    """Prices calls by these books alone as if they had been made at that time: no overlay, no contract."""
    of: dict[str, Book] = {}
    for book in books:
        of.setdefault(book.header["seller"], book)

    def quote(usage: Usage, served: Served) -> int | str:
        leaves = usage.leaves()
        if leaves is None or not usage:
            return "inconsistent usage" if leaves is None else "no usage"
        book = of.get(served.seller)
        return _in(book, leaves, usage.input_tokens or 0, served._replace(at=at)) if book else "not in book"

    return quote


def _in(book: Book, leaves: Mapping[str, int], size: int, served: Served) -> int | str:
    found = book.find(served.model, served.host)
    if isinstance(found, str):
        return found
    entry = {**found[1], "id": found[0]}
    now = held(entry, book.header, served.at)
    if now is None:
        return "no rate at that time"
    how = terms(book.header, entry, now.card, served)
    if isinstance(how, str):
        return how
    if book.header.get("currency", "USD") != "USD":
        return "not in USD"
    least: Mapping[str, int] = now.period.get("minimums", {})
    rates = next(band.rates for band in reversed(bands(book, entry, now, how)) if size > band.over)
    if missing := [leaf for leaf in leaves if leaf not in rates]:
        return f"no rate for {missing[0]}"
    return sum(rates[leaf] * max(count, least.get(leaf, 0)) for leaf, count in leaves.items())
