"""The page to read first: what happens to a call, from the moment it is seen until it is on a span and in the sums."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter, time_ns
from typing import Any

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, SpanKind, StatusCode, Tracer, get_current_span, set_span_in_context

from otel_tokens import bill, ledger, payer, price, record, rollup, semconv, totals
from otel_tokens.adopt.once import once
from otel_tokens.guard import shield
from otel_tokens.paths import fields_of
from otel_tokens.spans import live
from otel_tokens.spans.live import called, is_inference
from otel_tokens.spans.shadow import end_orphans, orphans, shadow
from otel_tokens.spec import Operation, Provider
from otel_tokens.types import Call, Cost, Outcome, Request, Step, Unpriced, Usage, Waste
from otel_tokens.usage import reader

CLAIMED = "_otel_tokens_call"


class Pipeline:
    """open → (a provider's answers pass) → settle: read, price, climb, book, show."""

    def __init__(self, tracer: Tracer, *, draft_cost: bool) -> None:
        self.tracer = tracer
        self.draft_cost = draft_cost

    def open(self, provider: Provider, operation: Operation, request: Request) -> Call:
        """A request is about to be sent: who sells it, who pays, which span stands for it."""
        if orphans:
            end_orphans()
        call = Call(provider, operation, self.settle)
        seller = price.seller_of(provider.name, request.host, request.port)
        call.seller, call.hosting, call.host, call.port = seller.name, seller.hosting, request.host, request.port
        model = request.body.get("model")
        call.request_model = model if type(model) is str else None
        context = otel.get_current()
        above = get_current_span(context)
        call.payer = payer.resolve(context)
        call.step = rollup.step_above(context, above, call.payer, may_run=not payer.entered_from_afar(context))
        if call.step is not None and call.step.adopted:
            call.payer = rollup.paid_below(call.payer, call.step)
        if above is not INVALID_SPAN:
            called(above)
        if operation.batch:
            call.context = context  # a results file is a call only once a line of it has been one
        elif is_foreign(above, call.step) and is_inference(above) and CLAIMED not in fields_of(above):
            self.adopt(call, above, context)
        else:
            self.start(call, context)
        if price.pools.meters and not operation.batch:
            call.ticket = price.pools.opened(call.seller)
        call.started_ns, call.started = time_ns(), perf_counter()
        return call

    def start(self, call: Call, context: Context, start_time: int | None = None) -> None:
        """A span of our own for this call."""
        model = call.request_model or call.response_model
        attributes: dict[str, Any] = {semconv.OPERATION: call.operation.name, semconv.PROVIDER: provider_name(call)}
        if model:
            attributes[semconv.REQUEST_MODEL] = model
        if call.host:
            attributes[semconv.SERVER_ADDRESS] = call.host
            attributes[semconv.SERVER_PORT] = call.port
        name = f"{call.operation.name} {model}" if model else call.operation.name
        call.span = self.tracer.start_span(name, context, SpanKind.CLIENT, attributes, start_time=start_time)
        call.context = set_span_in_context(call.span, context)

    def adopt(self, call: Call, span: Any, context: Context) -> None:
        """Enrich the LLM span that somebody else opened. It is asked to wait until its call has settled; once per span."""

        def before_end() -> None:
            if call.in_memory:
                call.left()
            elif not call.settled:  # a background answer: its owner is done, the call goes on and gets a span of its own
                span.set_attribute(semconv.COST_STATUS, "covered")
                call.owned, call.span, call.shadow = True, None, None

        call.shadow = shadow(span, before_end, held=True)
        if call.shadow is None:
            self.start(call, context)
            return
        vars(span)[CLAIMED] = True
        call.owned, call.span, call.context = False, span, context

    def settle(self, call: Call, outcome: Outcome, error: BaseException | None) -> None:
        """The call ended, however. A call that we cannot read or price still shows as a span."""
        began = perf_counter()
        call.outcome = "failed" if call.failed and outcome == "completed" else outcome
        call.seconds = began - call.started
        self.finish(call, error)
        if call.ticket is not None:
            self.leave_pool(call)
        call.last = call.request = call.options = None
        ledger.spent(perf_counter() - began)

    @shield("pools")
    def leave_pool(self, call: Call) -> None:
        """One call less runs on these GPUs, priced or not."""
        price.pools.closed(call.ticket, bill.total_usage(call))

    @shield("settle")
    def finish(self, call: Call, error: BaseException | None) -> None:
        """Books the call; whatever becomes of that, its span ends."""
        try:
            self.book(call, error)
        finally:
            self.end(call)

    def book(self, call: Call, error: BaseException | None) -> None:
        """Price → roll-up → ledger → span."""
        if error is not None:
            call.error_type = f"{type(error).__module__}.{type(error).__qualname__}"
        if call.operation.batch and not call.parts:
            return
        if call.usage is None and call.last is not None and not call.parts:
            reader(call.operation).see(call, call.last)  # some servers say it in the last chunk, under another name
        usage = bill.total_usage(call)
        cost = bill.priced(call, usage, error)
        model = call.response_model or call.request_model
        tier, call.tier_source = price.model_tier(call.seller, model) if model else price.UNKNOWN_TIER
        key = record.key_of(call, cost, usage, model, tier)
        waste = rollup.climb(call, cost, usage, key)
        booked = ledger.add(key, call, cost, usage)  # its labels are capped, those of the span are not
        self.book_rest(call, cost, usage, booked, waste)
        if not call.layer:
            ended = call.started_ns + int(call.seconds * 1e9)
            once.counted(call.response_id, (usage.input_tokens, usage.output_tokens), ended, "")
        if call.span is None:
            self.start(call, call.context, call.started_ns)
        if call.span is not None and call.span.is_recording():
            self.show(call, cost, usage, key, waste)

    def book_rest(self, call: Call, cost: Cost | Unpriced, usage: Usage, key: ledger.Key, waste: Waste) -> None:
        """The sums that most calls add nothing to, and the points of the histograms."""
        ledger.point(key, call, usage)
        rollup.carried_context(call, cost, usage)
        if waste.reason and isinstance(cost, Cost) and cost.total:
            ledger.waste(key, cost.total, waste.reason)
        if call.attempts > 1:
            ledger.retried(key, call.attempts - 1, "attempt")
        if waste.attempt > 1:
            ledger.retried(key, 1, "repeat")
        if call.step is None and not is_bare(call):
            ledger.parentless(cost.total if isinstance(cost, Cost) else 0)

    def show(self, call: Call, cost: Cost | Unpriced, usage: Usage, key: ledger.Key, waste: Waste) -> None:
        """Everything onto the span in one go. A foreign span keeps what it says, and is told no usage that is not whole."""
        attributes = record.attributes(call, cost, usage, key, waste, draft=self.draft_cost)
        if not call.owned:
            own: Mapping[str, Any] = call.span.attributes or {}
            whole = call.outcome == "completed"
            attributes = {
                name: value
                for name, value in attributes.items()
                if name.startswith("otel_tokens.") or (whole and name not in own)
            }
            attributes = live.fitting(call.span, attributes, record.FOREMOST)
        elif call.step is None and is_bare(call):
            attributes.update(totals.of_bare_call(call, cost, usage))
        call.span.set_attributes(attributes)

    def end(self, call: Call) -> None:
        """Our own span ends with its call; a stream that was left ended with its last chunk. Somebody else's may end now."""
        if call.owned and call.span is not None:
            if call.outcome == "failed":
                call.span.set_status(StatusCode.ERROR, call.error_type)
            call.span.end(call.last_ns if call.outcome == "abandoned" and call.last_ns else None)
        elif call.shadow is not None:
            call.shadow.release()


def is_foreign(span: Any, step: Step | None) -> bool:
    """Whether the current span may be somebody's LLM span: there is one, and it is not that of our own step."""
    return span is not INVALID_SPAN and (step is None or step.span is not span or step.kind == "root")


def provider_name(call: Call) -> str:
    """`gen_ai.provider.name`: the seller where it is known, else the client library."""
    return call.provider.name if call.seller == semconv.UNKNOWN else call.seller


def is_bare(call: Call) -> bool:
    """Whether the call's own span is its trace's local root."""
    parent = getattr(call.span, "parent", None)
    return call.owned and call.span is not None and call.span.is_recording() and (parent is None or parent.is_remote)
