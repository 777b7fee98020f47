"""The public API for code without a framework: workflow, agent, tool, scope; with-blocks and decorators alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import StatusCode, Tracer, get_current_span, set_span_in_context

from otel_tokens import ledger, payer, record, rollup, semconv
from otel_tokens.blocks import Block
from otel_tokens.guard import shield
from otel_tokens.types import Step

NOTHING: Mapping[str, Any] = {}


class _Settings:
    """Set by the engine; without a tracer every step is a plain block."""

    tracer: Tracer | None = None


settings = _Settings()


class Open(Block):
    """A workflow, agent or tool: a span of its own, with the cost of everything below it at its end.

    `outermost` opens only where no workflow and no agent is open; `shared` takes over the current span of somebody else
    that stands for the very same step.
    """

    def __init__(
        self, kind: str, name: str, conversation: str | None = None, *, outermost: bool = False, shared: bool = False
    ) -> None:
        super().__init__()
        self.kind, self.name, self.conversation = kind, name[: payer.LONGEST], conversation
        self.outermost, self.shared = outermost, shared

    def opened(self) -> tuple[Step | None, Context | None]:
        if settings.tracer is None:
            return None, None
        context = otel.get_current()
        above = get_current_span(context)
        outside = payer.resolve(context)
        pays = payer.derive(
            context,
            workflow=self.name if self.kind == semconv.INVOKE_WORKFLOW and outside.workflow is None else None,
            agent=self.name if self.kind == semconv.INVOKE_AGENT else None,
            conversation=self.conversation,
        )
        afar = payer.entered_from_afar(context)
        parent = rollup.step_above(context, above, outside, may_run=not afar)
        if self.outermost and rollup.within_run(parent):
            return None, None
        names = {semconv.OPERATION: self.kind, semconv.STEPS[self.kind]: self.name} | record.payer_attributes(pays)
        if self.kind == semconv.EXECUTE_TOOL and pays.agent:
            names[semconv.AGENT] = pays.agent
        spot = above.get_span_context()
        root = not spot.is_valid or spot.is_remote
        run = rollup.is_run(self.kind, parent, root=root, afar=afar)
        if self.shared and self.stands_for(above, parent):
            step = rollup.take_over(above, self.kind, self.name, parent, pays, run=run)
        else:
            span = settings.tracer.start_span(f"{self.kind} {self.name}", context, attributes=names)
            step = rollup.open_step(self.kind, self.name, span, parent, pays, local_root=root, run=run)
        return step, otel.set_value(rollup.STEP, step, set_span_in_context(step.span, payer.enter(context, pays)))

    def stands_for(self, span: Any, step: Step | None) -> bool:
        """Whether somebody else's current span is this very step: of the same kind, and of the same name if it has one."""
        if not span.is_recording() or (step is not None and step.span is span and step.kind != "root" and not step.adopted):
            return False
        said: Mapping[str, Any] = getattr(span, "attributes", None) or NOTHING
        return said.get(semconv.OPERATION) == self.kind and said.get(semconv.STEPS[self.kind], self.name) == self.name

    def closed(self, what: Step | None, error: BaseException | None) -> None:
        if what is None:
            return
        if error is None:
            self.end(what, "success")
        else:
            left = isinstance(error, GeneratorExit) or type(error).__name__ == "CancelledError"
            self.end(what, "abandoned" if left else "failure", f"{type(error).__module__}.{type(error).__qualname__}")

    def failed(self, what: Step) -> None:
        """It failed, and whoever ran it dealt with the exception."""
        self.end(what, "failure", "_OTHER")

    def end(self, step: Step, outcome: str, error_type: str | None = None) -> None:
        """The totals onto the span, and the end of the span if it is ours."""
        rollup.finish(step, outcome)
        if not step.owned:
            return
        if error_type is not None:
            step.span.set_attribute(semconv.ERROR_TYPE, error_type)
        if outcome == "failure":
            step.span.set_status(StatusCode.ERROR)
        step.span.end()


def of_framework(kind: str, name: str, conversation: str | None, *, outermost: bool) -> Open:
    """The block for one step of a framework."""
    return Open(kind, name, conversation, outermost=outermost, shared=True)


class scope(Block):  # noqa: N801  # reads as a function: `with scope(team="search"):`
    """Who pays for what happens inside: `with scope(team="search", customer="acme", feature="answers"):`.

    Values become span attributes and metric labels (capped), and travel in baggage when `OTEL_TOKENS_BAGGAGE` lists them.
    """

    def __init__(
        self,
        *,
        team: str | None = None,
        customer: str | None = None,
        feature: str | None = None,
        workflow: str | None = None,
        conversation: str | None = None,
        session: str | None = None,
    ) -> None:
        super().__init__()
        self.fields = {
            "team": team, "customer": customer, "feature": feature,
            "workflow": workflow, "conversation": conversation, "session": session,
        }  # fmt: skip

    def opened(self) -> tuple[None, Context]:
        context = otel.get_current()
        return None, payer.enter(context, payer.derive(context, **self.fields))


def workflow(name: str, *, conversation: str | None = None) -> Block:
    """Opens an `invoke_workflow` span with the cost of all inside it. As `with` or `@`.

    `name` must be of low cardinality. The outermost workflow names what every call inside it is counted under.
    """
    return Open(semconv.INVOKE_WORKFLOW, name, conversation)


def agent(name: str, *, conversation: str | None = None) -> Block:
    """Opens an `invoke_agent` span with direct and inclusive cost. As `with` or `@`."""
    return Open(semconv.INVOKE_AGENT, name, conversation)


def tool(name: str) -> Block:
    """Opens an `execute_tool` span; the calls inside it are the tool's cost. As `with` or `@`."""
    return Open(semconv.EXECUTE_TOOL, name)


@shield("outcome")
def outcome(verdict: str, *, workflow: str | None = None) -> None:
    """What became of a run, `success` or `failure`: inside the run it is the run's; later, with its workflow, it is counted."""
    step = cast("Step | None", otel.get_value(rollup.STEP))
    while step is not None and not step.run:
        step = step.parent
    if step is not None and workflow is None:
        step.outcome = verdict
        return
    with ledger.lock:
        ledger.outcomes[workflow or semconv.UNATTRIBUTED, verdict] += 1
