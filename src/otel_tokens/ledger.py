"""Running sums of everything that was spent, by label, without OpenTelemetry: an instrument in the path costs too much.

Exported as observable counters, so what was spent before a MeterProvider existed is kept, and sampling loses nothing.
One re-entrant lock: a finaliser may settle a call in the very thread that holds it.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from otel_tokens.guard import errors
from otel_tokens.types import TOKEN_LEAVES, Call, Cost, Price, Unpriced, Usage

MOST_KEYS = 5000
MOST_VALUES = 300
MOST_POINTS = 10_000
OTHER = "other"


class Key(NamedTuple):
    """The labels of one running sum; never None: `unattributed` and `unknown` are values."""

    team: str
    feature: str
    workflow: str
    agent: str
    customer: str
    seller: str
    model: str
    model_tier: str
    service_tier: str
    status: str
    reason: str
    hosting: str
    outcome: str
    usage: str


class Point(NamedTuple):
    """What the histograms record of one call, at collection."""

    key: Key
    operation: str
    provider: str
    request_model: str | None
    host: str | None
    port: int | None
    error_type: str | None
    seconds: float
    input_tokens: int | None
    output_tokens: int | None


class Row:
    """The sums of one key; money in femto-USD."""

    __slots__ = ("calls", "cost", "key", "listed", "parts", "premium", "reported", "saved", "table", "tokens", "unpriced")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.calls = self.cost = self.listed = self.reported = self.table = self.saved = self.premium = self.unpriced = 0
        self.parts: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()


lock = threading.RLock()
rows: dict[Key, Row] = {}
wasted: Counter[tuple[Key, str]] = Counter()
retries: Counter[tuple[Key, str]] = Counter()
carried: dict[tuple[str, str], list[int]] = {}
"""(workflow, agent) → femto-USD, tokens."""
seen_again: Counter[tuple[str, str]] = Counter()
on_poll: list[Callable[[], None]] = []
"""Told, while it runs, of a request that only asks for an earlier answer."""
overflow: Counter[str] = Counter()
outcomes: Counter[tuple[str, str]] = Counter()
cards: dict[tuple[Key, str], Price] = {}
"""The rate card in use for each (key without payer, version)."""
points: deque[Point] = deque(maxlen=MOST_POINTS)
counts: Counter[str] = Counter()
"""late, parentless."""
clock = {"overhead": 0.0}
"""Seconds of ours in the path of calls."""
unrooted = {"late": 0, "parentless": 0}
"""Femto-USD that no local root counts; with the roots' totals it makes the sum of all calls."""
_values: dict[str, set[str]] = {}


def add(key: Key, call: Call, cost: Cost | Unpriced, usage: Usage) -> Key:
    """Books one settled call; the key it was booked under."""
    with lock:
        row = rows.get(key)
        if row is None:
            key = _fold(key)
            row = rows.setdefault(key, Row(key))
        row.calls += call.count
        if isinstance(cost, Cost):
            _book(key, row, cost)
        leaves = cost.leaves if isinstance(cost, Cost) else None
        tokens = row.tokens
        for leaf, count in (leaves or usage.leaves() or {}).items():
            if leaf in TOKEN_LEAVES:
                tokens[leaf] += count
        if isinstance(cost, Unpriced):
            row.unpriced += (usage.input_tokens or 0) + (usage.output_tokens or 0)
    return row.key


def _book(key: Key, row: Row, cost: Cost) -> None:
    row.cost += cost.total
    parts = row.parts
    for leaf, amount in cost.parts.items():
        parts[leaf] += amount
    row.saved += cost.saved
    row.premium += cost.premium
    row.listed += cost.total if cost.list_total is None else cost.list_total
    if cost.table_total is not None:
        row.reported += cost.total
        row.table += cost.table_total
    if cost.price is not None:
        cards[key, cost.price.version] = cost.price


def point(key: Key, call: Call, usage: Usage) -> None:
    """Queues what the histograms record; the oldest point gives way when nobody collects, and is counted."""
    if len(points) == MOST_POINTS:
        errors["histogram queue full"] += 1
    points.append(Point(
        key, call.operation.name, call.seller, call.request_model, call.host, call.port, call.error_type, call.seconds,
        usage.input_tokens, usage.output_tokens,
    ))  # fmt: skip


def waste(key: Key, amount: int, reason: str) -> None:
    """Money without a result, once per call."""
    with lock:
        wasted[key, reason] += amount


def retried(key: Key, times: int, reason: str) -> None:
    """Attempts that repeat an earlier one."""
    with lock:
        retries[key, reason] += times


def carry(workflow: str, agent: str, amount: int, tokens: int) -> None:
    """Context that was sent before: femto-USD and tokens."""
    with lock:
        row = carried.setdefault((workflow, agent), [0, 0])
        row[0] += amount
        row[1] += tokens


def suppressed(layer: str, reason: str) -> None:
    """A call was seen again, and not counted again."""
    with lock:
        seen_again[layer, reason] += 1
    if reason == "poll":
        for told in on_poll:
            told()


def parentless(amount: int) -> None:
    """A call that no local root counts."""
    with lock:
        counts["parentless"] += 1
        unrooted["parentless"] += amount


def spent(seconds: float) -> None:
    """Time of ours in a call's path."""
    clock["overhead"] += seconds


def snapshot() -> Mapping[Key, Row]:
    """The rows at this moment; a copy of the table, not of the rows."""
    with lock:
        return dict(rows)


def total() -> int:
    """Femto-USD of all calls so far."""
    return sum(row.cost for row in snapshot().values())


def _fold(key: Key) -> Key:
    """A key that is new: each label value is capped, and so is the table; what does not fit is folded into `other`."""
    for name in ("team", "feature", "workflow", "agent", "customer", "model"):
        value = getattr(key, name)
        known = _values.setdefault(name, set())
        if value not in known:
            if len(known) >= MOST_VALUES:
                key = key._replace(**{name: OTHER})
                overflow[name] += 1
            else:
                known.add(value)
    for name in ("customer", "feature", "agent", "workflow", "team", "model"):
        if len(rows) < MOST_KEYS or key in rows:
            break
        key = key._replace(**{name: OTHER})
        overflow[name] += 1
    return key


def forget() -> None:
    """Back to zero: in a forked child, whose parent exports its own sums, and between tests."""
    globals()["lock"] = threading.RLock()
    for table in (rows, wasted, retries, carried, seen_again, overflow, outcomes, cards, points, counts, _values):
        table.clear()
    unrooted.update(late=0, parentless=0)
    clock.update(overhead=0.0)


os.register_at_fork(after_in_child=forget)
