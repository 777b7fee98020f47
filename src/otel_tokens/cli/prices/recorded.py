"""Calls of a recorded run as questions to a price book: what their spans say they used, and how they were served."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from math import isfinite
from typing import Any, NamedTuple

from otel_tokens import price, semconv
from otel_tokens.cli.prices import counts, sold
from otel_tokens.leaves import TTLS
from otel_tokens.report.read import Span
from otel_tokens.report.totals import model
from otel_tokens.report.tree import kind_of
from otel_tokens.types import FEMTO, Cost, Served, Usage

NOT_COUNTED = {semconv.COST_PART + part: part for part in ("tool", "audio", "image", "request")}
"""Parts of a cost whose counts are not on the span."""
TOKENS = {
    semconv.INPUT_TOKENS: "input_tokens", semconv.OUTPUT_TOKENS: "output_tokens",
    semconv.CACHE_READ_TOKENS: "cache_read_tokens", semconv.CACHE_WRITE_TOKENS: "cache_write_tokens",
    semconv.CACHE_WRITE_TOKENS.replace("cache_write", "cache_creation"): "cache_write_tokens",
    semconv.REASONING_TOKENS: "reasoning_tokens",
}  # fmt: skip
OFF_BOOK = "billed otherwise than the book says for that time"


class Recorded(NamedTuple):
    """A call as its span tells it."""

    span: Span
    model: str
    seller: str
    billed: int | None
    """Femto-USD."""
    usage: Usage
    served: Served
    problem: str | None
    """Why it cannot be priced again, whatever the book says."""
    doubt: str | None = None


def calls(spans: list[Span]) -> Iterator[Recorded]:
    """Every call among the spans, once: a layer's span of somebody else's call is none."""
    for span in spans:
        if kind_of(span) == "call":
            yield _call(span)


def _call(span: Span) -> Recorded:
    said, problem = span.attributes, None
    billed = _femto(said.get(semconv.COST))
    try:
        seller, host = _seller(said)
        stated = {TOKENS[name]: said[name] for name in TOKENS if said.get(name) is not None}
        usage, _ = counts.read(stated)
    except ValueError as error:
        seller, host, usage, problem = str(said.get(semconv.SELLER) or semconv.UNKNOWN), None, Usage(), str(error)
    served = Served(seller, model(span), host, said.get(semconv.SERVICE_TIER) or None, at=span.start or 1)
    if not problem and (parts := [part for name, part in NOT_COUNTED.items() if said.get(name)]):
        problem = f"its span does not count what it was billed for as {' and '.join(parts)}"
    found = Recorded(span, model(span), seller, billed, usage, served, problem)
    return found if problem or billed is None or said.get(semconv.COST_STATUS) == "provider" else _faithful(found)


def _faithful(found: Recorded) -> Recorded:
    """With what a span leaves out (how long a cache write lives, speed, place) such that its own price comes out again.

    Where nothing fits, the amount was made by another book or by something that no span says.
    """
    tier, written = found.served.service_tier, found.usage.cache_write_tokens
    ways = [{"service_tier": tier}, *([{"service_tier": None, "speed": tier}] if tier else [])]
    lives: list[str | None] = [None, *(TTLS if written else ())]
    for way, life, geo in product(ways, lives, (None, "us")):
        usage = found.usage._replace(**{f"cache_write_{life}_tokens": written}) if life else found.usage
        served = found.served._replace(**way, geo=geo)
        cost = price.quote(usage, served)
        if isinstance(cost, Cost) and found.billed is not None and abs(cost.total - found.billed) <= max(cost.total // 10**12, 1):
            return found._replace(usage=usage, served=served)
    return found._replace(doubt=OFF_BOOK)


def _seller(said: dict[str, Any]) -> tuple[str, str | None]:
    stated, host = said.get(semconv.SELLER), said.get(semconv.SERVER_ADDRESS)
    if stated and stated != semconv.UNKNOWN:
        return str(stated), sold.place(str(host))[0] if host else None
    return sold.by(said.get(semconv.PROVIDER), str(host) if host else None)


def _femto(usd: object) -> int | None:
    """A recorded amount, exactly as far as its float says it."""
    if not isinstance(usd, int | float) or not isfinite(usd):
        return None
    return int((Decimal(repr(usd)) * FEMTO).to_integral_value())
