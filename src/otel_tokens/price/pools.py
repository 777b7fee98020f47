"""GPUs of one's own: what a call to them costs, by the best of four methods that there are facts for; never as exact.

A static rate card; the last settled window's rates, with output weighed by how many calls ran at once; the engine's own
timings, for a call that ran alone. Without a price per hour or a card a call has no cost of its own, which is not the same
as none. A process sees only its own calls: docs/pools.md says what follows from that.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from time import perf_counter_ns
from typing import NamedTuple

from otel_tokens.types import Cost, Price, Served, Unpriced, Usage

from . import cost, shelf
from .overlay import Pool
from .rates import STANDARD
from .windows import CACHED, FRESH, OUTPUT, Meter, Rates, Tokens, rates, worth

WINDOW = "pool: window rate, provisional"
TIMED = "pool: engine timings"
UNSETTLED = Unpriced("pool has no settled window yet")
ALLOCATED, IDLE = "allocated", "idle"

meters: dict[str, Meter] = {}
"""Of every pool in force. Empty where there is none, so that a call elsewhere pays for one look."""
_lock = threading.RLock()
_forked = False


class Ticket(NamedTuple):
    """A call that runs in a pool: since when, and how busy the pool had ever been by then."""

    meter: Meter
    at: int
    busy: int
    load: int


def opened(seller: str) -> Ticket | None:
    """A call to a seller begins; None where that is no pool."""
    with _lock:
        meter = meters.get(seller)
        if meter is None:
            return None
        now = perf_counter_ns()
        meter.enter(now)
        return Ticket(meter, now, meter.ever_busy, meter.ever_load)


def closed(ticket: Ticket, usage: Usage) -> None:
    """The call ended, however."""
    tokens = Tokens.of(usage.leaves())
    with _lock:
        ticket.meter.leave(tokens, perf_counter_ns())


def quote(ticket: Ticket, usage: Usage, served: Served, engine_seconds: float | None = None) -> Cost | Unpriced:
    """What a call that is about to end costs: by the engine's timings, the last settled window, the static card.

    The engine's timings are believed of a call that ran alone, in a pool that nobody else has a share of.
    """
    meter, leaves = ticket.meter, usage.leaves()
    pool = meter.pool
    if not leaves or pool.usd_per_gpu_hour is None or pool.zero_marginal:
        return cost.quote(usage, served)
    with _lock:
        now = perf_counter_ns()
        meter.advance(now)
        alone = meter.ever_load - ticket.load == meter.ever_busy - ticket.busy and pool.share[0] == pool.share[1]
        told = meter.rates
    took = round((engine_seconds or 0) * 1e9)
    if alone and 0 < took <= now - ticket.at:
        amount = worth(pool, took)
        by_time = rates(pool, amount, Tokens.of(leaves), 1, 1)
        if by_time is not None:
            return _whole(_by_token(pool, leaves, served, by_time, TIMED), amount)
    if told is not None:
        return _by_token(pool, leaves, served, told, WINDOW)
    return cost.quote(usage, served) if pool.rates else UNSETTLED


def _by_token(pool: Pool, leaves: Mapping[str, int], served: Served, told: Rates, method: str) -> Cost | Unpriced:
    """Every token at the rate of its kind; an estimate by a method that its reason names."""
    kinds = zip((FRESH, CACHED, OUTPUT), told, strict=True)
    each = {leaf: rate for kind, rate in kinds for leaf in kind if leaf in leaves}
    if other := next((leaf for leaf in leaves if leaf not in each), None):
        return Unpriced(f"no rate for {other}")
    parts = {leaf: each[leaf] * count for leaf, count in leaves.items()}
    stated = shelf.state().overlay
    price = Price(
        seller=pool.name, model=served.model, service_tier=STANDARD, source=f"pool {pool.name}", origin="overlay",
        version=stated.label if stated else "", rates={"input": told.fresh, "cache_read": told.cached, "output": told.output},
    )  # fmt: skip
    saved = (told.fresh - told.cached) * Tokens.of(leaves).cached
    return Cost(sum(parts.values()), parts, price, "estimated", method, saved, leaves=leaves)


def _whole(found: Cost | Unpriced, amount: int) -> Cost | Unpriced:
    """The same with what rounding left over, which the largest part takes."""
    if isinstance(found, Unpriced):
        return found
    largest = max(found.parts, key=lambda leaf: found.parts[leaf])
    parts = {**found.parts, largest: found.parts[largest] + amount - found.total}
    return found._replace(total=amount, parts=parts)


def capacity() -> dict[tuple[str, str], int]:
    """(Pool, `allocated` or `idle`) → femto-USD of its settled windows, of the pools that this process speaks for.

    A forked child speaks for none: its parent does.
    """
    found: dict[tuple[str, str], int] = {}
    with _lock:
        for name, meter in meters.items():
            if meter.pool.emit and meter.pool.usd_per_gpu_hour and not _forked:
                meter.advance(perf_counter_ns())
                found[name, ALLOCATED], found[name, IDLE] = meter.allocated, meter.idle
    return found


@shelf.when_changed
def follow() -> None:
    """Other pools may be in force: time runs from now on for those that are new, and at the new price for those that changed."""
    stated = shelf.state().overlay
    pools: Mapping[str, Pool] = stated.pools if stated else {}
    with _lock:
        now = perf_counter_ns()
        for name in [name for name in meters if name not in pools]:
            del meters[name]
        for name, pool in pools.items():
            if name not in meters:
                meters[name] = Meter(pool, now)
            elif meters[name].pool != pool:
                meters[name].change(pool, now)


def forget() -> None:
    """Every pool from zero. The calls of before belong to meters that nobody reads any more."""
    with _lock:
        now = perf_counter_ns()
        for name, meter in meters.items():
            meters[name] = Meter(meter.pool, now)


def _after_fork() -> None:
    """A child begins without calls; the lock may have been held by another thread at the fork."""
    globals().update(_lock=threading.RLock(), _forked=True)
    forget()


os.register_at_fork(after_in_child=_after_fork)
