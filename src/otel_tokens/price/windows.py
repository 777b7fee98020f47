"""What a pool of one's own GPUs cost while calls ran and while none did: windows of time whose parts add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from otel_tokens.types import FEMTO, TOKEN_LEAVES

from .overlay import Pool

HOUR = 3_600 * 10**9
DEFAULT_K = 160
"""Time to read the weights ÷ time to prefill one token, of a pool that states no `k`: between the 185 and the 138 that were
simulated for an 8B model on one H100 and a 70B one on four (docs/why/pools.md)."""
CACHED = frozenset(leaf for leaf in TOKEN_LEAVES if leaf.startswith("cache_read"))
OUTPUT = frozenset(leaf for leaf in TOKEN_LEAVES if leaf == "reasoning" or leaf.startswith("output"))
FRESH = TOKEN_LEAVES - CACHED - OUTPUT - {"citation"}


class Tokens(NamedTuple):
    """What decides a call's share: tokens that had to be computed, that were there, that were written one by one."""

    fresh: int = 0
    cached: int = 0
    output: int = 0

    @classmethod
    def of(cls, leaves: Mapping[str, int] | None) -> Tokens:
        """The three counts of disjoint leaves; leaves that are not tokens have no share."""
        counted = (leaves or {}).items()
        return cls(*(sum(count for leaf, count in counted if leaf in kind) for kind in (FRESH, CACHED, OUTPUT)))

    def plus(self, more: Tokens) -> Tokens:
        return Tokens(self.fresh + more.fresh, self.cached + more.cached, self.output + more.output)


class Rates(NamedTuple):
    """Femto-USD per token."""

    fresh: int
    cached: int
    output: int


def worth(pool: Pool, nanos: int) -> int:
    """Femto-USD of a pool for so long: USD per GPU-hour × GPUs × share × time, rounded down."""
    usd, by = pool.usd_per_gpu_hour or (0, 1)
    part, of = pool.share
    return FEMTO * usd * pool.gpus * part * nanos // (by * of * HOUR)


def rates(pool: Pool, amount: int, tokens: Tokens, busy: int, load: int) -> Rates | None:
    """What a token costs when `amount` is shared by weight; None when nothing has a weight.

    Weight = fresh + c × cached + r × output with r = 1 + K ÷ N, where N = load ÷ busy is how many calls ran on average
    while one did. Rounded down, so that the calls that are told these rates never cost more than `amount` together.
    """
    c, by = pool.cached_weight
    k = pool.k or DEFAULT_K
    unit = (load * by, load * c, by * (load + k * busy))  # all three × the same denominator: no fraction is needed
    weight = sum(each * count for each, count in zip(unit, tokens, strict=True))
    return Rates(*(amount * each // weight for each in unit)) if weight and amount else None


class Meter:
    """One pool, as this process sees it: who runs now, and what the open window has seen. Sums only, so it never grows.

    Times are nanoseconds of one monotonic clock. Not locked.
    """

    __slots__ = (
        "allocated", "at", "busy", "end", "ever_busy", "ever_load", "idle", "load", "origin", "pool", "rates", "running",
        "start", "tokens",
    )  # fmt: skip

    def __init__(self, pool: Pool, now: int) -> None:
        self.pool = pool
        self.origin = self.start = self.at = now
        self.end = now + pool.window_seconds * 10**9
        self.running = self.busy = self.load = self.ever_busy = self.ever_load = 0
        self.tokens = Tokens()
        self.allocated = self.idle = 0
        """Femto-USD of the windows that have settled: together what the pool cost."""
        self.rates: Rates | None = None
        """Of the last settled window in which a call ended."""

    def enter(self, now: int) -> None:
        """A call begins."""
        self.advance(now)
        self.running += 1

    def leave(self, tokens: Tokens, now: int) -> None:
        """A call ended, having used this."""
        self.advance(now)
        self.running -= 1
        self.tokens = self.tokens.plus(tokens)

    def change(self, pool: Pool, now: int) -> None:
        """The pool has another price from now on: what was until now is settled at the old one."""
        self.advance(now)
        self._run(now)
        self._settle()
        self.pool, self.origin, self.end = pool, now, now + pool.window_seconds * 10**9

    def advance(self, now: int) -> None:
        """Time goes on: every window that has ended by now is settled.

        A window in which calls ran and none ended has nobody to bill: it runs on, by whole windows, until one ends.
        """
        length = self.pool.window_seconds * 10**9
        while now >= self.end:
            self._run(self.end)
            if any(self.tokens) or not self.running:
                self._settle()
            self.end += max(1, (now - self.end) // length) * length  # nothing happened until now: the rest is one window
        self._run(now)

    def _run(self, until: int) -> None:
        since, running = self.at, self.running
        if until > since:
            self.at = until
            if running:
                self.busy += until - since
                self.ever_busy += until - since
                self.load += running * (until - since)
                self.ever_load += running * (until - since)

    def _settle(self) -> None:
        """Allocated and idle: exactly what the window cost. Time in which nobody ended who could be billed is idle."""
        wall, busy = self.at - self.start, min(self.busy, self.at - self.start)
        cost = worth(self.pool, self.at - self.origin) - worth(self.pool, self.start - self.origin)  # so that no rounding adds up
        share = cost if self.pool.idle == "absorb" else cost * busy // wall if wall else 0
        told = rates(self.pool, share, self.tokens, self.busy, self.load)
        if told is None:
            share = 0
        else:
            self.rates = told
        self.allocated += share
        self.idle += cost - share
        self.start, self.busy, self.load, self.tokens = self.at, 0, 0, Tokens()
