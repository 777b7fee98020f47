"""What becomes of a span that somebody else made, when it ends.

A call that nobody counted is priced and climbs, a call that was counted is covered, an agent, tool or workflow shows what
happened below it. Every span is asked, and every other span is left as it was.
"""

from __future__ import annotations

from time import time_ns
from typing import Any, cast

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, get_current_span

from otel_tokens import adopt, ledger, payer, price, rollup, semconv
from otel_tokens.adopt.dialects import CALL
from otel_tokens.adopt.once import Seen, once
from otel_tokens.adopt.read import Said, may_say_later, speaks
from otel_tokens.guard import shield
from otel_tokens.pipeline import CLAIMED, Pipeline
from otel_tokens.spans import live
from otel_tokens.spans.shadow import WATCHED, watch_end
from otel_tokens.types import NOTHING, Step
from otel_tokens.version import NAME

BOOKED = "_otel_tokens_booked"


class Foreign:
    """The second front door: told of every span's start, has a say before its end."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.before_end = shield("foreign span")(self.ending)

    def started(self, span: Any, context: Context | None) -> None:
        """Remembers in which context it started: that says who pays, and which steps are above it."""
        if scope_of(span) != NAME:
            watch_end(span, otel.get_current() if context is None else context, self.before_end)

    def ending(self, span: Any, context: Context, ended: int | None) -> None:
        """All that it will ever say is on it now, and it can still be written to."""
        said = said_by(span)
        if said is not None and said.kind == CALL:
            self.call(span, said, context, ended or time_ns())
        asked = hasattr(span, rollup.FOREIGN)
        step: Step | None = getattr(span, rollup.FOREIGN, None) or getattr(span, rollup.ROOT, None)
        if said is not None and said.kind != CALL:
            if step is None and not asked:
                step = recognise(span)
            elif step is not None and step.kind in (rollup.MAYBE, "root"):
                step.kind, step.name = said.kind, said.name
        if step is not None and step.kind == rollup.MAYBE:
            rollup.dissolve(step)
        elif step is not None and (step.adopted or step.kind == "root" or step is getattr(span, rollup.ROOT, None)):
            rollup.finish(step, rollup.status_of(span))

    def call(self, span: Any, said: Said, context: Context, ended: int) -> None:
        """It stands for a call to a model: one that was counted already, or one that only it knows of."""
        fields, scope = fields_of(span), scope_of(span)
        if fields.get(rollup.ROOT) is not None:
            end_run(fields[rollup.ROOT])
        if CLAIMED in fields or semconv.COST_STATUS in (span.attributes or ()):
            return
        usage = said.usage or NOTHING
        below = fields.get(live.CALLED)
        if isinstance(below, Seen):  # of whom only a span tells, so that its id decides
            below.id = below.id or said.id
            below = said.id is None or said.id == below.id
        reason = "nested" if below or within_a_call(span, said.id) else None
        counts = (usage.input_tokens, usage.output_tokens)
        if reason is None and once.was_counted(said.id, counts, span.start_time, ended, scope):
            reason = "adopted"
        if reason is None:
            self.book(span, said, context, ended)
            fields[BOOKED] = True
            live.called(span, once.counted(said.id, counts, ended, scope))
        else:
            span.set_attributes({semconv.COST_STATUS: "covered", semconv.COST_SOURCE: "sdk"})
            ledger.suppressed(said.dialect, reason)

    def book(self, span: Any, said: Said, context: Context, ended: int) -> None:
        """A call like any other from here on."""
        call = adopt.call_of(said)
        seller = price.seller_of(said.provider, said.host, said.port)
        call.seller, call.hosting, call.layer = seller.name, seller.hosting, scope_of(span) or semconv.UNKNOWN
        call.payer = payer.resolve(context)
        call.step = rollup.step_above(context, span, call.payer, may_run=not payer.entered_from_afar(context))
        if call.step is not None and call.step.span is span:
            end_run(call.step)
        call.payer = rollup.paid_below(call.payer, call.step)
        call.span, call.context = span, context
        call.started_ns, call.seconds = span.start_time, (ended - span.start_time) / 1e9
        if rollup.status_of(span) == "failure":
            call.outcome = "failed"
        self.pipeline.book(call, None)


def recognise(span: Any) -> Step | None:
    """The step that somebody else's span is, or may yet turn out to be; None for every other span.

    A span within a step of the same kind and name is another layer's view of that very step.
    """
    context: Context | None = getattr(span, WATCHED, None)
    if context is None:
        return None
    attributes, scope = said_on(span), scope_of(span)
    found = adopt.kind_of(attributes, scope) if speaks(attributes) else None
    kind = found[1] if found is not None else rollup.MAYBE if may_say_later(scope) else CALL
    if kind == CALL:
        return None
    said = said_by(span)
    name = said.name if said is not None else span.name
    pays, afar = payer.resolve(context), payer.entered_from_afar(context)
    parent = rollup.step_above(context, get_current_span(context), pays, may_run=not afar)
    if parent is not None and not parent.ended and (parent.kind, parent.name) == (kind, name):
        return None
    root = span.parent is None or span.parent.is_remote
    if kind == rollup.MAYBE and (root or parent is None):
        return None  # the local root has totals anyway
    run = kind != rollup.MAYBE and rollup.is_run(kind, parent, root=root, afar=afar)
    step = rollup.open_step(kind, name, span, parent, rollup.paid_below(pays, parent), local_root=root, run=run)
    step.owned, step.adopted = False, True
    if said is not None:
        step.payer = step.payer._replace(
            workflow=step.payer.workflow or (name if kind == semconv.INVOKE_WORKFLOW else None),
            agent=name if kind == semconv.INVOKE_AGENT else step.payer.agent,
            conversation=step.payer.conversation or said.conversation,
        )
    return step


def polled() -> None:
    """An earlier answer was asked for again: the spans around that tell of a call that was counted, or will be."""
    span = get_current_span()
    if span is not INVALID_SPAN:
        live.called(span)


def within_a_call(span: Any, ident: str | None) -> bool:
    """Whether it began inside a span that stands for a counted call, or one that is being made: the same call, seen from inside.

    A context that was left behind makes children of a call that is over: they are calls of their own.
    """
    started, above = span.start_time, fields_of(span).get(live.PARENT)
    while above is not None:
        if ((over := getattr(above, "end_time", None)) is None or started < over) and stands_for_a_call(above):
            known = said_on(above).get(semconv.RESPONSE_ID)
            return not (ident and known and ident != known)
        above = fields_of(above).get(live.PARENT)
    return False


def stands_for_a_call(span: Any) -> bool:
    """Whether a call is counted by this very span: ours, one of somebody else's that we enriched, or one that was booked."""
    fields = fields_of(span)
    if scope_of(span) == NAME:
        return said_on(span).get(semconv.OPERATION) not in semconv.STEPS
    return BOOKED in fields or CLAIMED in fields


def end_run(step: Step) -> None:
    """A call to a model is nobody's run, though its span is the local root."""
    if step.run:
        step.run = False
        rollup.open_runs.discard(step)


def said_by(span: Any) -> Said | None:
    """What a live span says."""
    attributes = said_on(span)
    return adopt.told(attributes, scope_of(span), span.name) if speaks(attributes) else None


def said_on(span: Any) -> dict[str, Any]:
    """The attributes of a live span as they are now; a copy is cheaper than one look into the original."""
    return span.attributes.copy()


def fields_of(span: Any) -> dict[str, Any]:
    """What an instance carries, ours beside its own."""
    return cast("dict[str, Any]", vars(span))


def scope_of(span: Any) -> str:
    """The name of the instrumentation scope that made a span."""
    scope = span.instrumentation_scope
    return scope.name if scope is not None else ""
