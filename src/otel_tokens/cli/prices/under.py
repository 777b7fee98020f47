"""What a call costs under books that are not in force: another folder's, or the bundled ones of another day."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from otel_tokens.price.book import Book
from otel_tokens.price.cards import Card
from otel_tokens.price.cost import INCONSISTENT, NO_USAGE, bill
from otel_tokens.price.periods import FOREVER, held
from otel_tokens.price.rates import bands, doubts, terms
from otel_tokens.types import Cost, Served, Unpriced, Usage


def pricer(books: list[Book], at: int) -> Callable[[Usage, Served], Cost | Unpriced]:
    """Prices calls by these books alone as if they had been made at that time: no overlay, no contract."""
    of: dict[str, Book] = {}
    for book in books:
        of.setdefault(book.header["seller"], book)

    def quote(usage: Usage, served: Served) -> Cost | Unpriced:
        leaves = usage.leaves()
        if leaves is None or not usage:
            return INCONSISTENT if leaves is None else NO_USAGE
        return _price(leaves, usage.input_tokens or 0, served)

    def _price(leaves: Mapping[str, int], size: int, served: Served) -> Cost | Unpriced:
        book = of.get(served.seller)
        if book is None:
            return Unpriced("not in book")
        return _in(book, leaves, size, served._replace(at=at))

    return quote


def _in(book: Book, leaves: Mapping[str, int], size: int, served: Served) -> Cost | Unpriced:
    found = book.find(served.model, served.host)
    if isinstance(found, str):
        return Unpriced(found)
    entry = {**found[1], "id": found[0]}
    now = held(entry, book.header, served.at)
    if now is None:
        return Unpriced("no rate at that time")
    how = terms(book.header, entry, now.card, served)
    if isinstance(how, str):
        return Unpriced(how)
    if book.header.get("currency", "USD") != "USD":
        return Unpriced("not in USD")
    least: Mapping[str, int] = now.period.get("minimums", {})
    base, *above = bands(book, entry, now, how)
    unsure = doubts(book, entry, now, how)
    card = Card(0, FOREVER, base, above[0].over if above else FOREVER, tuple(above), unsure, frozenset(unsure), None)
    return bill({leaf: max(count, least.get(leaf, 0)) for leaf, count in leaves.items()}, size, card)
