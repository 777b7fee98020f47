"""The books in force, best first: what the user states, what was refreshed, what came with the release.

A change swaps in a whole new state at once; a book that cannot be read is told in `problems`, and the last good one stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from otel_tokens.types import Served

from . import book, overlay
from .book import Book
from .overlay import Deal, Exchange, Overlay

ORDER = ("provider", "overlay", "refreshed", "bundled")


class Refreshed(NamedTuple):
    """A price book that `otel-tokens prices refresh` wrote: where its files are, and its index."""

    folder: Path
    digests: dict[str, str]
    version: str
    timestamp: float


class State(NamedTuple):
    """What is in force. Replaced as a whole, so that a call sees one or the other."""

    order: tuple[str, ...] = ORDER
    path: Path | None = None
    overlay: Overlay | None = None
    refreshed: Refreshed | None = None
    problems: tuple[str, ...] = ()
    books: dict[str, tuple[Book, ...]] = {}  # noqa: RUF012 - every state that comes into force is given its own
    """Those of each seller that was asked for, best first."""


_state = State()
_started = False
_listeners: list[Callable[[], None]] = []


def when_changed(listener: Callable[[], None]) -> Callable[[], None]:
    """Calls `listener` whenever other books are in force."""
    _listeners.append(listener)
    return listener


def use(order: tuple[str, ...] = ORDER, path: str | Path | None = None) -> State:
    """From now on: this order, this overlay file. Never raises; what is wrong is in the state's `problems`."""
    global _started  # noqa: PLW0603 - the books are the process's, like the patches
    _started = True
    _swap(State(order, Path(path) if path else None))
    return look()


def look() -> State:
    """Reads the overlay and the refreshed book again. A file that is broken leaves the last good one in force."""
    problems: list[str] = []
    stated, refreshed = _state.overlay, _state.refreshed
    if _state.path is not None and "overlay" in _state.order:
        try:
            stated = overlay.read(_state.path)
        except (OSError, ValueError) as error:
            problems.append(f"{_state.path}: {error}; " + ("the last good one stays" if stated else "it is not used"))
    if "refreshed" in _state.order:
        try:
            refreshed = _refreshed(folder())
        except (OSError, ValueError, TypeError) as error:
            problems.append(f"{folder()}: {error}; run `otel-tokens prices refresh` again")
    _swap(_state._replace(overlay=stated, refreshed=refreshed, problems=tuple(problems)))
    return _state


def state() -> State:
    """What is in force; looked up at the first use where nobody said otherwise."""
    return _state if _started else use()


def _swap(new: State) -> None:
    global _state  # noqa: PLW0603 - see `use`
    _state = new._replace(books={})
    for listener in _listeners:
        listener()


def folder() -> Path:
    """Where a refreshed book is kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "otel-tokens" / "prices"


def files() -> list[Path]:
    """The files of the user's that what is in force depends on, whether or not they exist."""
    now = state()
    stated = [now.path] if now.path and "overlay" in now.order else []
    return stated + ([folder() / book.INDEX] if "refreshed" in now.order else [])


def timestamps() -> dict[str, float]:
    """Book → when its facts were last checked, Unix seconds; of an overlay, when its file was last written."""
    now = state()
    found = {"bundled": book.timestamp()}
    if now.refreshed:
        found["refreshed"] = now.refreshed.timestamp
    if now.overlay and now.path:
        found["overlay"] = now.overlay.written
    return found


def _refreshed(at: Path) -> Refreshed | None:
    """The refreshed book, if there is one and it is not older than the bundled one."""
    if not (at / book.INDEX).exists():
        return None
    index, files = book.at(at)
    if index["version"] < book.version():
        return None
    return Refreshed(files, index["sellers"], index["version"], index["timestamp"])


def books(seller: str) -> tuple[Book, ...]:
    """The seller's books, best first."""
    now = state()
    found = now.books.get(seller)
    if found is None:
        found = now.books[seller] = tuple(one for origin in now.order if (one := _book(now, origin, seller)) is not None)
    return found


def _book(now: State, origin: str, seller: str) -> Book | None:
    if origin == "overlay":
        listed = _book(now, "refreshed", seller) or book.bundled(seller)
        return now.overlay.book(seller, listed) if now.overlay else None
    if origin == "refreshed":
        return _checked(now.refreshed, seller) if now.refreshed and seller in now.refreshed.digests else None
    return book.bundled(seller) if origin == "bundled" else None


def _checked(found: Refreshed, seller: str) -> Book | None:
    """The seller's refreshed book; None, and a problem, where the file is not the one that was written."""
    global _state  # noqa: PLW0603 - see `use`
    problem: object = "it is not the file that was written"
    try:
        text = (found.folder / f"{seller}.json").read_bytes()
        if hashlib.sha256(text).hexdigest() == found.digests[seller]:
            return Book.parse(text.decode(), "refreshed", book.own_names(seller))
    except (OSError, ValueError) as error:
        problem = error
    _state = _state._replace(problems=(*_state.problems, f"refreshed prices of {seller}: {problem}; refresh them again"))
    return None


def named(served: Served) -> Served:
    """The call with the user's own words for its model and its service tier replaced by the seller's."""
    stated = state().overlay
    return served if stated is None else stated.named(served)


def deal(seller: str, model: str, at: int) -> Deal | None:
    """What the user pays of the list price at that time; None when nobody said."""
    stated = state().overlay
    return stated.deal(seller, model, at) if stated else None


def exchange(currency: str, at: int) -> Exchange | None:
    """What one unit of a currency was in USD; None when the overlay does not say."""
    stated = state().overlay
    return overlay.PAR if currency == "USD" else stated.exchange(currency, at) if stated else None


def used(origin: str) -> bool:
    """Whether a source of prices is used at all."""
    return origin in state().order


def first(stated: str, other: str) -> bool:
    """Whether the one source of a price comes before the other in the order."""
    order = state().order
    return stated in order and (other not in order or order.index(stated) < order.index(other))
