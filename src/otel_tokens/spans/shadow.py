"""A say before a span of somebody else's ends: shadows `end` on the instance, and leaves no trace behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import time_ns
from typing import Any, cast

from opentelemetry.context import Context

from otel_tokens.guard import shield

Before = Callable[[], None]


class Shadow:
    """Calls `before` once when the span ends, while attributes can still be written.

    While `held`, an end is only noted: its owner ends the span before our seam has seen the answer. `release()` makes up for it.
    A span that was held, and that its owner drops without ending it, is ended later by `end_orphans()`.
    """

    __slots__ = ("before", "ended", "held", "original", "released", "span")

    def __init__(self, span: Any, before: Before, *, held: bool = False) -> None:
        self.span, self.before, self.held = span, shield("span end")(before), held
        self.ended: int | None = None
        self.released: int | None = None
        self.original: Callable[[int | None], None] = span.end
        span.end = self.end

    def end(self, end_time: int | None = None) -> None:
        if self.held:
            self.ended = self.ended or end_time or time_ns()
            return
        self.released = None
        self.before()
        if cast("dict[str, Any]", vars(self.span)).get("end") == self.end:
            del self.span.end
        self.original(end_time)

    def release(self) -> None:
        """The span may end now; if its owner wanted that while it was held, it does."""
        self.held, self.released = False, time_ns()
        if self.ended is not None:
            self.end(self.ended)

    def __del__(self) -> None:
        if self.released is not None:
            orphans.append(self)  # not here: a finaliser may run while an exporter holds its lock


WATCHED = "_otel_tokens_watched"


def watch_end(span: Any, context: Context, before: Callable[[Any, Context, int | None], object]) -> None:
    """Has `before(span, context, end_time)` called once when the span ends. `before` must not raise.

    Cheap enough for every span: nothing here asks for the instance's `__dict__`, which would make one. A span whose class
    allows no attribute on the instance is not watched.
    """
    original, waiting = span.end, [context]

    def end(end_time: int | None = None) -> None:
        if span.end is end:
            del span.end
        if waiting:
            before(span, waiting.pop(), end_time)
            delattr(span, WATCHED)
        original(end_time)

    try:
        setattr(span, WATCHED, context)
        span.end = end
    except (AttributeError, TypeError):
        return


orphans: deque[Shadow] = deque()


@shield("span end")
def end_orphans() -> None:
    """Ends the released spans that were freed without an end: they would be lost, and what their calls cost with them."""
    while orphans:
        orphan = orphans.popleft()
        orphan.end(orphan.released)


def shadow(span: Any, before: Before, *, held: bool = False) -> Shadow | None:
    """None when the span's class allows no attribute on the instance."""
    try:
        return Shadow(span, before, held=held)
    except (AttributeError, TypeError):
        return None
