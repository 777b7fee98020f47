"""Calls whose answer comes by another request: background answers by response id, and batch results read line by line."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakSet

from otel_tokens.types import Call

MOST = 1000

_lock = threading.RLock()
_waiting: OrderedDict[str, Call] = OrderedDict()
_lines_read: OrderedDict[str, int] = OrderedDict()
_open: WeakSet[Call] = WeakSet()


def opened(call: Call) -> None:
    """Remembers an open stream, so that shutdown can settle what nobody ended."""
    _open.add(call)


def wait(call: Call) -> None:
    """Keeps a background call until a poll of ours sees its end. The oldest of a thousand gives way, as abandoned."""
    oldest = None
    with _lock:
        _waiting[call.response_id or ""] = call
        if len(_waiting) > MOST:
            oldest = _waiting.popitem(last=False)[1]
    if oldest is not None:
        oldest.settle("abandoned")


def take(ident: str) -> Call | None:
    """The waiting call with this response id, which is then no longer waiting."""
    with _lock:
        return _waiting.pop(ident, None)


def lines_read(results: str) -> int:
    """How many lines of a results file were counted already: reading it again counts nothing twice."""
    return _lines_read.get(results, 0)


def line_read(results: str, number: int) -> None:
    """Remembers that the first `number` lines of a results file are counted."""
    with _lock:
        _lines_read[results] = max(number, _lines_read.pop(results, 0))
        if len(_lines_read) > MOST:
            _lines_read.popitem(last=False)


def flush() -> None:
    """Settles everything that is still open, at shutdown."""
    with _lock:
        rest = [*_waiting.values(), *_open]
        _waiting.clear()
    for call in rest:
        call.left()


def forget() -> None:
    """In a forked child: what the parent opened is the parent's. The lock may have been held by another thread at the fork."""
    globals()["_lock"] = threading.RLock()
    _waiting.clear()
    _open.clear()
