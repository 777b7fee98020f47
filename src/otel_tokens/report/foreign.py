"""Spans of files that others wrote: put into our words, each call priced by our book and counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from otel_tokens import adopt, bill, price, record, semconv
from otel_tokens.adopt.dialects import CALL
from otel_tokens.adopt.read import Said
from otel_tokens.report.read import Span
from otel_tokens.types import NOTHING, Call, Waste
from otel_tokens.version import NAME

Key = tuple[str, str]


def adopted(spans: Iterable[Span], settings: Callable[[], None] = lambda: None) -> list[Span]:
    """The same spans; those of others say in our words what they are, and what a call cost that nobody had priced.

    `settings` is called once before the first price is asked for: it puts the user's sellers and books in force.
    """
    spans = list(spans)
    said = {key_of(span): told for span in spans if (told := _told(span)) is not None}
    if not said:
        return spans
    settings()
    calls = [span for span in spans if key_of(span) in said and said[key_of(span)].kind == CALL]
    nested = _above(spans, {key_of(span) for span in (*calls, *filter(_priced, spans))})
    once = adopt.Once(kept=None)
    for span in filter(_priced, spans):
        counts = (span.attributes.get(semconv.INPUT_TOKENS), span.attributes.get(semconv.OUTPUT_TOKENS))
        once.counted(span.attributes.get(semconv.RESPONSE_ID), counts, span.end, span.scope)
    for span in sorted(calls, key=lambda one: (said[key_of(one)].id is None, one.end - one.start, one.start, one.id)):
        _price(span, said[key_of(span)], once, nested=key_of(span) in nested)
    for span in spans:
        told = said.get(key_of(span))
        if told is not None and told.kind != CALL:
            span.attributes.setdefault(semconv.OPERATION, told.kind)
            span.attributes.setdefault(semconv.STEPS[told.kind], told.name)
    return spans


def key_of(span: Span) -> Key:
    """What a span goes by, and its children by."""
    return span.trace, span.id


def _told(span: Span) -> Said | None:
    """What a span of somebody else's says; None where we, or the Collector, have said it."""
    if span.scope == NAME or semconv.COST_STATUS in span.attributes:
        return None
    return adopt.told(span.attributes, span.scope, span.name)


def _priced(span: Span) -> bool:
    """A call that stands in the sums already."""
    return span.attributes.get(semconv.COST_STATUS, "covered") != "covered"


def _above(spans: Iterable[Span], calls: set[Key]) -> set[Key]:
    """Everything that has one of these calls below it."""
    parents = {key_of(span): (span.trace, span.parent) for span in spans}
    found: set[Key] = set()
    for key in calls:
        above = parents.get(key)
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found


def _price(span: Span, said: Said, once: adopt.Once, *, nested: bool) -> None:
    """The innermost, best known span of a call gets its cost; the others are covered."""
    usage = said.usage or NOTHING
    counts = (usage.input_tokens, usage.output_tokens)
    if nested or once.was_counted(said.id, counts, span.start, span.end, span.scope):
        span.attributes[semconv.COST_STATUS] = "covered"
        return
    once.counted(said.id, counts, span.end, span.scope)
    call = adopt.call_of(said)
    seller = price.seller_of(said.provider, said.host, said.port)
    call.seller, call.hosting, call.started_ns = seller.name, seller.hosting, span.start
    call.outcome = "failed" if span.failed else "completed"
    span.attributes.update(_shown(call, span))


def _shown(call: Call, span: Span) -> dict[str, Any]:
    """What its span lacks: the cost in our words, the counts as they were priced. Who pays is as it says, if it says."""
    usage = bill.total_usage(call)
    cost = bill.priced(call, usage, None)
    model = call.response_model or call.request_model
    tier, call.tier_source = price.model_tier(call.seller, model) if model else price.UNKNOWN_TIER
    key = record.key_of(call, cost, usage, model, tier)
    shown = record.attributes(call, cost, usage, key, Waste(None, 1), draft=False)
    del shown[semconv.COST_SOURCE]  # neither the SDK nor the Collector priced it
    payers = (semconv.TEAM, semconv.FEATURE, semconv.CUSTOMER, semconv.WORKFLOW)
    kept = {name: value for name, value in shown.items() if name not in payers or name not in span.attributes}
    kept.setdefault(semconv.OPERATION, span.attributes.get(semconv.OPERATION) or call.operation.name)
    kept.setdefault(semconv.REQUEST_MODEL, call.request_model)
    return {name: value for name, value in kept.items() if value is not None}
