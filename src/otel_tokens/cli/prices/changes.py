"""What is different between two price books: models that came and went, cards and rates that changed."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from otel_tokens.cli.prices import exact, rows
from otel_tokens.price.book import Book
from otel_tokens.price.periods import instant
from otel_tokens.types import LEAF_PART

JSON = dict[str, Any]
Rows = dict[tuple[str, str, str, int, str], rows.Row]
Model = tuple[str, str]


def between(old: list[Book], old_at: int, new: list[Book], new_at: int) -> JSON:
    """Models added and removed, and every rate that changed, with by how many per cent."""
    before, after = snapshot(old, old_at), snapshot(new, new_at)
    was, now = ({key[:2]: row for key, row in each.items()} for each in (before, after))
    return {
        "added": [_model(now[key]) for key in sorted(now.keys() - was.keys())],
        "removed": [_model(was[key]) for key in sorted(was.keys() - now.keys())],
        **_cards(before, after, was.keys() & now.keys()),
        "changed": list(_changed(before, after, was.keys() & now.keys())),
    }


def announced(old: list[Book], new: list[Book], now: int) -> list[JSON]:
    """Rates that differ from an instant that is still to come on, at which a price of either book begins."""
    starts: dict[int, set[Model]] = {}
    for book, model, entry in (*rows.entries(old), *rows.entries(new)):
        for period in entry["prices"]:
            if (start := instant(period.get("from"), 0)) > now:
                starts.setdefault(start, set()).add((book.header["seller"], model))
    return [
        {**one, "from": exact.instant(start)}
        for start, models in sorted(starts.items())
        for one in _changed(snapshot(old, start, models), snapshot(new, start, models), models)
    ]


def snapshot(books: list[Book], when: int, only: Container[Model] | None = None) -> Rows:
    """Every card of every model at an instant."""
    return {
        row.key: row
        for book, model, entry in rows.entries(books)
        if only is None or (book.header["seller"], model) in only
        for row in rows.at(book, entry, when)
    }


def percent(old: int, new: int) -> str | None:
    """The change in per cent, to a tenth; None where there is nothing to compare with."""
    if not old:
        return None
    tenths = (abs(new - old) * 2000 + old) // (2 * old)
    sign = "-" if new < old else "+" if new > old else ""
    return f"{sign}{tenths // 10}.{tenths % 10}".removesuffix(".0")


def _changed(before: Rows, after: Rows, models: Container[Model]) -> Iterator[JSON]:
    for key in sorted(before.keys() | after.keys()):
        one, two = before.get(key), after.get(key)
        if key[:2] not in models or one is None or two is None:
            continue
        old, new = ({leaf: each.rates.get(leaf) for leaf in each.stated} for each in (one, two))
        for leaf in LEAF_PART:
            was, now = old.get(leaf), new.get(leaf)
            if was != now:
                yield {
                    **_card(two), "leaf": leaf, "unit": exact.unit(leaf),
                    "old": None if was is None else exact.rate(leaf, was), "new": None if now is None else exact.rate(leaf, now),
                    "change_percent": None if was is None or now is None else percent(was, now),
                }  # fmt: skip


def _cards(before: Rows, after: Rows, models: Container[Model]) -> JSON:
    """Cards that models of both books gained and lost: a service tier, a price for long input."""
    return {
        name: [_card(there[key]) for key in sorted(there.keys() - other.keys()) if key[:2] in models]
        for name, there, other in (("cards_added", after, before), ("cards_removed", before, after))
    }


def _card(row: rows.Row) -> JSON:
    over = row.over if row.over >= 0 else None
    return {**_model(row), "service_tier": row.service_tier, "over": over, "hours": row.window}


def _model(row: rows.Row) -> JSON:
    return {"seller": row.seller, "model": row.model}
