"""One call is one call, however many layers made a span for it: by response id, else by equal usage at the same time."""

from __future__ import annotations

import threading
from collections import deque

KEPT = 1000
SLACK = 1_000_000
"""Nanoseconds by which the ends of two spans may be in the wrong order."""
Counts = tuple[int | None, int | None]
"""Input and output tokens."""


class Seen:
    """A call that was counted, and the scopes that have told of it: each tells of it once."""

    __slots__ = ("counts", "ended", "id", "scopes")

    def __init__(self, ident: str | None, counts: Counts, ended: int, scope: str) -> None:
        self.id, self.counts, self.ended = ident, counts, ended
        self.scopes: tuple[str, ...] = (scope,)


class Once:
    """The calls that were counted lately, whoever saw them."""

    def __init__(self, kept: int | None = KEPT) -> None:
        self.lock = threading.RLock()
        self.calls: deque[Seen] = deque(maxlen=kept)

    def counted(self, ident: str | None, counts: Counts, ended: int, scope: str) -> Seen:
        """A call was counted; it ended at `ended`, Unix nanoseconds."""
        seen = Seen(ident, counts, ended, scope)
        self.calls.append(seen)
        return seen

    def was_counted(self, ident: str | None, counts: Counts, started: int, ended: int, scope: str) -> bool:
        """Whether a span of `scope` tells of a call that was counted already; then that call is taken for this scope.

        The same response id is the same call, unless one scope says it of other counts: some servers draw ids from a hat.
        Where one side has no id it is the same when it ended while the span was open and both say the same counts, or the
        span says none. Two ids that differ are two calls.
        """
        with self.lock:
            calls = self.calls.copy()
            if ident and any(call.id == ident and (scope not in call.scopes or call.counts == counts) for call in calls):
                return True
            for call in reversed(calls):
                if (ident and call.id) or scope in call.scopes or not started <= call.ended <= ended + SLACK:
                    continue
                if counts in ((None, None), call.counts):
                    call.scopes, call.id = (*call.scopes, scope), call.id or ident
                    return True
        return False

    def forget(self) -> None:
        """Starts anew."""
        self.calls.clear()


once = Once()
"""Of this process."""
