"""What a call costs under books that are not in force: another folder's, or the bundled ones of another day."""

from __future__ import annotations

from collections.abc import Callable

from otel_tokens.price import cards, cost
from otel_tokens.price.book import Book
from otel_tokens.types import Cost, Served, Unpriced, Usage

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
            return (cost.INCONSISTENT if leaves is None else cost.NO_USAGE).reason
        book = of.get(served.seller)
        if book is None:
            return "not in book"
        if book.header.get("currency", "USD") != "USD":
            return "not in USD"
        found = cards.in_book(book, served._replace(at=at), at)
        if not isinstance(found, tuple):
            return found or cards.NO_RATE_THEN
        card = found[2]
        answer = card if isinstance(card, Unpriced) else cost.by_card(usage, leaves, card)
        return answer.total if isinstance(answer, Cost) else answer.reason

    return quote
