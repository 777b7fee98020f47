"""What a node of the tree sums up: money in femto-USD, tokens, calls, and what could not be priced."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Self

from otel_tokens import semconv
from otel_tokens.report.read import Span

FEMTO = 10**15
REJECTED = "rejected"
NOT_PRICED = "not priced"


@dataclass(slots=True)
class Totals:
    """Sums over calls; every field adds. `cost` is a lower bound when something is unpriced."""

    cost: int = 0
    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0
    saved: int = 0
    premium: int = 0
    wasted: int = 0
    retries: int = 0
    failed: int = 0
    abandoned: int = 0
    priced: int = 0
    estimated: int = 0
    unpriced: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    """(where, model, reason) → calls; where is the seller, or the host when nobody is known to sell there."""

    def __iadd__(self, other: Totals) -> Self:
        for name in self.__slots__:
            mine = getattr(self, name)
            mine += getattr(other, name)
            setattr(self, name, mine)
        return self

    @property
    def usd(self) -> float | None:
        """The cost in USD; None when there were calls and not one could be priced."""
        return self.cost / FEMTO if self.priced or not self.unpriced else None

    @property
    def status(self) -> str:
        """`exact`, `estimated`, `lower bound` (something is unpriced) or `unpriced` (all of it is)."""
        if self.unpriced:
            return "lower bound" if self.priced else "unpriced"
        return "estimated" if self.estimated else "exact"

    @property
    def cache_share(self) -> float | None:
        """The share of the input that was read from a cache."""
        return self.cached / self.input if self.input else None


def of_call(span: Span) -> Totals:
    """What one call adds: its self cost, and nothing that another span says again."""
    said = span.attributes
    status = said.get(semconv.COST_STATUS)
    reason = str(said.get(semconv.COST_REASON) or (NOT_PRICED if status is None else ""))
    usd = said.get(semconv.COST)
    cost = femto(usd)
    found = Totals(
        cost=cost,
        calls=1,
        input=count(said.get(semconv.INPUT_TOKENS)),
        output=count(said.get(semconv.OUTPUT_TOKENS)),
        cached=count(said.get(semconv.CACHE_READ_TOKENS)),
        written=count(said.get(semconv.CACHE_WRITE_TOKENS)),
        reasoning=count(said.get(semconv.REASONING_TOKENS)),
        saved=femto(said.get(semconv.CACHE_SAVED)),
        premium=femto(said.get(semconv.CACHE_PREMIUM)),
        wasted=cost if said.get(semconv.WASTED_REASON) else 0,
        retries=max(0, count(said.get(semconv.ATTEMPTS)) - 1) + (1 if count(said.get(semconv.RETRY)) > 1 else 0),
        failed=said.get(semconv.OUTCOME) == "failed",
        abandoned=said.get(semconv.OUTCOME) == "abandoned",
    )
    if usd is not None and status != "unpriced":
        found.priced = 1
        found.estimated = int(status == "estimated")
    elif reason != REJECTED:
        found.unpriced[where(span), model(span), reason] = 1
    return found


def where(span: Span) -> str:
    """The seller, or the host when nobody is known to sell there."""
    said = span.attributes
    seller = str(said.get(semconv.SELLER) or semconv.UNKNOWN)
    if seller != semconv.UNKNOWN or not said.get(semconv.SERVER_ADDRESS):
        return seller
    port = said.get(semconv.SERVER_PORT)
    return f"{said[semconv.SERVER_ADDRESS]}:{port}" if port else str(said[semconv.SERVER_ADDRESS])


def model(span: Span) -> str:
    """The model as served, else as asked for."""
    said = span.attributes
    return str(said.get(semconv.RESPONSE_MODEL) or said.get(semconv.REQUEST_MODEL) or semconv.UNKNOWN)


def femto(usd: Any) -> int:
    """A float of USD as an integer of femto-USD; what is no amount is none."""
    return round(usd * FEMTO) if isinstance(usd, int | float) and isfinite(usd) else 0


def count(value: Any) -> int:
    """A count; what is none is 0."""
    return int(value) if isinstance(value, int | float) and isfinite(value) else 0
