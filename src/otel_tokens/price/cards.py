"""Which card a call is priced by: looked up once, kept for as long as it holds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from otel_tokens.types import Price, Served, Unpriced

from . import shelf
from .book import Book
from .periods import FOREVER, held
from .rates import Band, bands, doubts, terms

HITS, MISSES = 4096, 1024
NO_RATE_THEN = "no rate at that time"
NONE: Mapping[str, int] = MappingProxyType({})


class Card(NamedTuple):
    """Everything that one key of the cache resolves to, and how long it holds."""

    start: int
    end: int
    base: Band
    long: int
    """The input above which the base no longer applies."""
    above: tuple[Band, ...]
    unsure: Mapping[str, str]
    """Leaves whose rate is not certain, and why."""
    doubtful: frozenset[str]
    special: Special | None
    """What few calls have."""
    limits: tuple[int, int]
    """The most input and output tokens of one request; 0 = not known."""

    def band(self, input_tokens: int) -> Band:
        """The rates for a request of that size."""
        if input_tokens <= self.long:
            return self.base
        return next(band for band in reversed(self.above) if input_tokens > band.over)


class Special(NamedTuple):
    """Minimum charges, and what a contract makes of the list price."""

    minimums: Mapping[str, int]
    """What is billed at least of a leaf that was used."""
    deal: shelf.Deal | None
    listed: Card | None
    """The list price beside a private rate."""


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
    cards, misses = _cards, _misses  # an answer from books that are replaced meanwhile goes where nobody looks any more
    found = cards.get(key)
    if found is not None and found.start <= at < found.end:
        return found
    missed = misses.get(key)
    if missed is not None and missed[0] <= at < missed[1]:
        return missed[2]
    if len(cards) >= HITS:
        cards.clear()
    if len(misses) >= MISSES:
        misses.clear()
    start, end, answer = look_up(served, at)
    if isinstance(answer, Card):
        cards[key] = answer
    else:
        misses[key] = (start, end, answer)
    return answer


@shelf.when_changed
def forget() -> None:
    """Begins an empty cache: a book was changed."""
    global _cards, _misses
    _cards, _misses = {}, {}


def look_up(served: Served, at: int) -> tuple[int, int, Card | Unpriced]:
    """The answer of the first book in force that has a price for the model at that time, and how long it holds."""
    served = shelf.named(served)
    books = shelf.books(served.seller)
    reason, start, end = "unknown model" if books else "not in book", 0, FOREVER
    for place, book in enumerate(books):
        found = in_book(book, served, at)
        if found is None:
            reason, start, end = NO_RATE_THEN, at, at + 1
        elif isinstance(found, str):
            reason = found
        else:
            start, end, answer = found
            if book.origin == "overlay" and isinstance(answer, Card):
                answer = _beside(answer, books[place + 1 :], served, at)
            elif isinstance(answer, Card) and (deal := shelf.deal(served.seller, answer.base.price.model, at)):
                answer = _dealt(answer, deal)
                start, end = answer.start, answer.end
            return start, end, answer
    return start, end, Unpriced(reason)


def in_book(book: Book, served: Served, at: int) -> tuple[int, int, Card | Unpriced] | str | None:
    """One book's answer by itself, without any contract, and how long it holds; None: no price at that time; or why none."""
    found = book.find(served.model, served.host)
    if isinstance(found, str):
        return found
    model, entry = found
    now = held(entry, book.header, at)
    if now is None:
        return None
    how = terms(book.header, entry, now.card, served)
    if isinstance(how, str):
        return now.start, now.end, Unpriced(how)
    currency = book.header.get("currency", "USD")
    exchange = shelf.exchange(currency, at)
    if exchange is None:
        return now.start, now.end, Unpriced(f"no exchange rate for {currency}: state one in the overlay")
    how = how._replace(exchange=exchange.rate)
    start, end = max(now.start, exchange.start), min(now.end, exchange.end)
    base, *above = bands(book, {**entry, "id": model}, now, how)
    unsure = doubts(book, entry, now, how)
    minimums: Mapping[str, int] = now.period.get("minimums", NONE)
    special = Special(minimums, None, None) if minimums else None
    long = above[0].over if above else FOREVER
    limits = entry.get("limits", {})
    most = limits.get("input", 0), limits.get("output", 0)
    return start, end, Card(start, end, base, long, tuple(above), unsure, frozenset(unsure), special, most)


def _beside(private: Card, books: tuple[Book, ...], served: Served, at: int) -> Card:
    """The card of a contract, with the list price that it replaces."""
    for book in books:
        found = in_book(book, served, at)
        if isinstance(found, tuple) and isinstance(found[2], Card):
            return private._replace(special=Special(_minimums(private), None, found[2]))
    return private


def _dealt(card: Card, deal: shelf.Deal) -> Card:
    """The card of a list price with what the user pays of it, while both hold."""
    special = Special(_minimums(card), deal, None) if deal.times else card.special
    return card._replace(start=max(card.start, deal.start), end=min(card.end, deal.end), special=special)


def _minimums(card: Card) -> Mapping[str, int]:
    return card.special.minimums if card.special else NONE
