"""Price books as rows: one for each seller, model, service tier, length of input and window of hours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from otel_tokens import price
from otel_tokens.cli.prices import exact
from otel_tokens.cli.screen import Problem
from otel_tokens.price import book as bundle
from otel_tokens.price.book import Book
from otel_tokens.price.periods import FOREVER, Held, instant
from otel_tokens.price.rates import STANDARD, Terms, bands, doubts

CHAT = "chat"
ALWAYS = "always"
FILE = "file"
DAYS = ("", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Row(NamedTuple):
    """One rate card of a model: what a unit of each leaf costs, in femto-USD of its currency."""

    seller: str
    model: str
    service_tier: str
    over: int
    """For requests with more input tokens than this; -1: any."""
    window: str
    """The hours of UTC that it holds in, `always` where it does not depend on the hour."""
    kind: str
    tier: str
    valid_from: str
    valid_to: str
    currency: str
    rates: Mapping[str, int]
    stated: frozenset[str]
    """The leaves whose rate is published, and not another's that is billed instead."""
    unsure: Mapping[str, str]
    source: str
    confidence: str
    version: str

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What tells it from every other row."""
        return self[:5]


def in_force(seller: str | None = None) -> list[Book]:
    """The books that calls are priced by, the best one of each seller first."""
    return [one for each in ([seller] if seller else price.sellers_known()) for one in price.books(each)]


def bundled(seller: str | None = None) -> list[Book]:
    """The books of this release alone."""
    sellers = [seller] if seller else sorted(bundle.index()["sellers"])
    return [found for each in sellers if (found := bundle.bundled(each)) is not None]


def read(path: Path) -> list[Book]:
    """A price file, or every price file of a directory. Raises Problem, with what to do, for what is none."""
    try:
        place = bundle.at(path)[1] if (path / bundle.INDEX).exists() else path
        files = sorted(place.glob("*.json")) if path.is_dir() else [path]
        found = [_file(file) for file in files if file.name != bundle.INDEX]
    except OSError as error:
        raise Problem(
            f"cannot read {error.filename}: {error.strerror}. Name a price file, a directory of them, or a date."
        ) from None
    except ValueError as error:
        raise Problem(f"{path / bundle.INDEX} is not the index of a price book: {error}") from None
    if not found:
        raise Problem(
            f"no price file in {path}: a directory of them has one <seller>.json for each seller (docs/price-files.md)."
        )
    return found


def _file(path: Path) -> Book:
    text = path.read_text("utf-8")
    try:
        header = Book.parse(text).header
        missing = sorted({"seller", "version"} - header.keys())
        if not missing:
            return Book.parse(text, FILE, bundle.own_names(header["seller"]))
        problem = f"it has no {' and no '.join(missing)}"
    except ValueError as error:
        problem = str(error)
    raise Problem(f"{path} is not a price file ({problem}): its form is in docs/price-files.md.")


def entries(books: Iterable[Book]) -> Iterator[tuple[Book, str, dict[str, Any]]]:
    """Every model of some books; of a model that two books of one seller have, the first."""
    seen: set[tuple[str, str]] = set()
    for book in books:
        for model in book:
            if (key := (book.header["seller"], model)) not in seen:
                seen.add(key)
                yield book, model, {**book.entry(model), "id": model}


def at(book: Book, entry: dict[str, Any], when: int) -> Iterator[Row]:
    """The rows of a model at an instant; nothing when it had no price then."""
    for period in entry["prices"]:
        if instant(period.get("from"), 0) <= when < instant(period.get("to"), FOREVER):
            yield from of_period(book, entry, period)


def of_period(book: Book, entry: dict[str, Any], period: dict[str, Any]) -> Iterator[Row]:
    """The rows of one period, inside each of its windows and outside all of them."""
    start, end = instant(period.get("from"), 0), instant(period.get("to"), FOREVER)
    outside = "other hours" if period.get("windows") else ALWAYS
    for window, card in ((outside, period), *((hours(each), each) for each in period.get("windows", ()))):
        for tier in (STANDARD, *card.get("tiers", ())):
            yield from _cards(book, entry, Held(start, end, period, card), tier, window)


def _cards(book: Book, entry: dict[str, Any], held: Held, tier: str, window: str) -> Iterator[Row]:
    how, header = Terms(tier), book.header
    own = held.card if tier == STANDARD else held.card["tiers"][tier]
    stated = {*header.get("fees", {}), *own["rates"], *(leaf for step in own.get("above", ()) for leaf in step["rates"])}
    for band in bands(book, entry, held, how):
        yield Row(
            header["seller"], entry["id"], tier, band.over, window, entry.get("kind", CHAT), entry.get("tier", "unknown"),
            held.period.get("from") or "", held.period.get("to") or "", header.get("currency", "USD"), band.rates,
            frozenset(stated), doubts(book, entry, held, how), band.price.source, entry.get("confidence", ""), header["version"],
        )  # fmt: skip


def hours(window: dict[str, Any]) -> str:
    """`mon-fri 01:00-04:00 06:00-10:00 UTC, not on cn`."""
    days: list[int] = window.get("days", [])
    run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    said = f"{DAYS[days[0]]}-{DAYS[days[-1]]} " if run else "".join(f"{DAYS[day]} " for day in days)
    holidays = f", not on {window['except']}" if window.get("except") else ""
    return f"{said}{' '.join(window['utc'])} UTC{holidays}"


def shown(row: Row, leaf: str) -> str:
    """The rate of a leaf as text, empty where there is none."""
    femto = row.rates.get(leaf)
    return "" if femto is None else exact.rate(leaf, femto)


def altered(folder: Path) -> list[str]:
    """The files of a book that are missing or are not what its index says."""
    index, place = bundle.at(folder)
    wrong: list[str] = []
    for seller, digest in index["sellers"].items():
        file = place / f"{seller}.json"
        if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            wrong.append(file.name)
    return wrong
