"""Cost climbs from a settled call to every open workflow, agent and tool above it, and to the trace's local root.

Totals live in Steps, which travel in the OpenTelemetry context, so head sampling loses nothing. A span shows them once, in
bulk, when it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, cast
from weakref import WeakSet

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, StatusCode

from otel_tokens import ledger, semconv, totals
from otel_tokens.ledger import Key
from otel_tokens.spans.live import PARENT, fitting, is_inference, local_root
from otel_tokens.spans.shadow import WATCHED, shadow
from otel_tokens.types import LEAF_PART, TOKEN_LEAVES, Call, Cost, Payer, Step, Unpriced, Usage, Waste

STEP = otel.create_key("otel-tokens step")
ROOT = "_otel_tokens_root"
FOREIGN = "_otel_tokens_step"
MAYBE = "span"
"""The kind of a step whose span may yet say what it stands for."""
open_runs: WeakSet[Step] = WeakSet()
on_end: list[Callable[[Step], None]] = []
"""Told of every step that ended, with its totals final; `metrics` keeps the per-run histograms this way."""


class _Hooks:
    """Set by the engine: what makes a step of somebody else's span that stands for one."""

    recognise: Callable[[Any], Step | None] | None = None


hooks = _Hooks()


def step_above(context: Context, span: Any, payer: Payer, *, may_run: bool) -> Step | None:
    """The nearest step: ours from the context, or one of somebody else's below it, else the foreign local root."""
    found = cast("Step | None", context.get(STEP))
    if span is INVALID_SPAN or (found is not None and found.span is span):
        return found
    between = _between(span, found.span if found is not None else None) if hooks.recognise is not None else None
    return between or found or root_step(span, payer, may_run=may_run)


def _between(span: Any, top: Any) -> Step | None:
    """The nearest of somebody else's steps at or above a span and below `top`. Each span is asked once."""
    while span is not top and (fields := cast("dict[str, Any] | None", getattr(span, "__dict__", None))) is not None:
        if FOREIGN not in fields:
            fields[FOREIGN] = hooks.recognise(span) if hooks.recognise is not None else None
        if fields[FOREIGN] is not None:
            return fields[FOREIGN]
        span = fields.get(PARENT)
    return None


def paid_below(pays: Payer, step: Step | None) -> Payer:
    """Who pays below a step that is only a span: what nobody said in the context, the span says."""
    if step is None or not step.adopted:
        return pays
    return Payer(*(said if said is not None else above for said, above in zip(pays, step.payer, strict=True)))


def root_step(span: Any, payer: Payer, *, may_run: bool) -> Step | None:
    """The totals of the foreign span that is the trace's local root here; made, and shown at its end, at the first need."""
    root = local_root(span)
    fields = cast("dict[str, Any] | None", getattr(root, "__dict__", None))
    if fields is None:
        return None
    if ROOT in fields:
        return fields[ROOT]
    step = Step("root", getattr(root, "name", ""), root, payer=payer, started=perf_counter(), local_root=True)
    step.run = may_run and not is_inference(root)
    if WATCHED not in fields and shadow(root, lambda: finish(step, status_of(root))) is None:
        return None
    fields[ROOT] = step
    if step.run:
        open_runs.add(step)
    return step


def open_step(kind: str, name: str, span: Any, parent: Step | None, payer: Payer, *, local_root: bool, run: bool) -> Step:
    """A step of ours begins. The outermost workflow or agent is a run; the foreign root above it is then none."""
    step = Step(kind, name, span, parent, payer, started=perf_counter(), local_root=local_root, run=run)
    if run:
        open_runs.add(step)
        while parent is not None:
            parent.run = False
            open_runs.discard(parent)
            parent = parent.parent
    return step


def take_over(span: Any, kind: str, name: str, parent: Step | None, payer: Payer, *, run: bool) -> Step:
    """A step whose span somebody else has opened, and will end: its totals go there."""
    if parent is not None and parent.span is span:
        run = run or parent.run  # it may be open as a step already: then it is no run within itself
        parent.kind, parent.name, parent.payer, parent.run, step = kind, name, payer, run, parent
        parent.adopted = False
        if run:
            open_runs.add(step)
    else:
        step = open_step(kind, name, span, parent, payer, local_root=False, run=run)
    step.owned = False
    return step


def is_run(kind: str, parent: Step | None, *, root: bool, afar: bool) -> bool:
    """Whether a step is the outermost of its process: a tool only as the local root, and none that was entered from afar."""
    return not afar and (root or kind != semconv.EXECUTE_TOOL) and not within_run(parent)


def within_run(step: Step | None) -> bool:
    """Whether a workflow or an agent of ours is open at or above this step."""
    while step is not None:
        if step.kind in (semconv.INVOKE_WORKFLOW, semconv.INVOKE_AGENT):
            return True
        step = step.parent
    return False


def climb(call: Call, cost: Cost | Unpriced, usage: Usage, key: Key) -> Waste:
    """Adds one settled call to every step above it that is still open; whether it was wasted."""
    gained = totals.gain(call, cost, usage)
    amount = gained[0]
    step = top = call.step
    with ledger.lock:
        waste = _judge(call, step)
        if step is None or top is None:
            return waste
        step.direct_cost += amount
        step.direct_calls += call.count
        step.max_depth = step.max_depth or 1
        late, retries = step.ended, call.attempts - 1 + (waste.attempt > 1)
        while step is not None:
            top, here, step = step, step, step.parent
            if here.ended:
                continue
            totals.add(here, gained)
            here.retries += retries
            here.late += late
            here.wasted += amount if waste.reason else 0
            if here.run and not waste.reason:
                here.spent[key] = here.spent.get(key, 0) + amount
        if late:
            ledger.counts["late"] += 1
            ledger.unrooted["late"] += amount if top.ended else 0
    return waste


FINE = Waste(None, 1)


def _judge(call: Call, step: Step | None) -> Waste:
    """Failed and abandoned calls are waste, and so is a later attempt in the same step that repeats a failed one."""
    if step is None:
        return Waste("failed_call" if call.outcome != "completed" else None, 1)
    what = (call.operation.name, call.request_model)
    failed_before = step.failures.get(what, 0) if step.failures else 0
    if call.outcome == "completed" and not failed_before and not step.ended:
        return FINE
    if call.outcome == "failed":
        if len(step.failures) < 100:
            step.failures[what] = failed_before + 1
    elif failed_before:
        del step.failures[what]
    top = step
    while top is not None and not top.run:
        top = top.parent
    if top is not None and top.ended and top.outcome == "abandoned":
        return Waste("abandoned_run", failed_before + 1)
    if call.outcome != "completed":
        return Waste("failed_call", failed_before + 1)
    return Waste("retry" if failed_before else None, failed_before + 1)


def carried_context(call: Call, cost: Cost | Unpriced, usage: Usage) -> None:
    """What this call of an agent sent that the call before it had sent or received; an estimate from counts."""
    step = call.step
    if step is None or step.kind != semconv.INVOKE_AGENT or usage.input_tokens is None:
        return
    with ledger.lock:
        before, step.carried = step.carried, (usage.input_tokens, usage.output_tokens or 0)
    if before is None or not usage.input_tokens:
        return
    tokens = min(usage.input_tokens, sum(before))
    paid = 0
    if isinstance(cost, Cost):
        paid = sum(amount for leaf, amount in cost.parts.items() if leaf in INPUT_LEAVES) * tokens // usage.input_tokens
    ledger.carry(call.payer.workflow or semconv.UNATTRIBUTED, call.payer.agent or semconv.UNATTRIBUTED, paid, tokens)


INPUT_LEAVES = frozenset(leaf for leaf in TOKEN_LEAVES if LEAF_PART[leaf] in ("input", "cache_read", "cache_write"))


def finish(step: Step, outcome: str) -> None:
    """A step ends: what it says of waste is final, its totals are shown, and whoever counts runs is told. Once."""
    with ledger.lock:
        if step.ended:
            return
        step.ended = True
        step.outcome = step.outcome or outcome
        above = step.parent
        if above is not None:
            above.max_depth = max(above.max_depth, step.max_depth + 1)
        while step.kind == semconv.EXECUTE_TOOL and above is not None:
            above.tools += 1
            above = above.parent
        if step.run:
            open_runs.discard(step)
            _waste_run(step)
    if step.span.is_recording():
        shown = totals.shown(step)
        theirs = step.kind == "root" or not step.owned
        step.span.set_attributes(fitting(step.span, shown, totals.FOREMOST) if theirs else shown)
    for told in on_end:
        told(step)


def _waste_run(step: Step) -> None:
    """All that a failed or abandoned run spent, and that was not waste already, is waste."""
    reason = {"failure": "failed_run", "abandoned": "abandoned_run"}.get(step.outcome or "")
    if reason is not None:
        for key, amount in step.spent.items():
            ledger.waste(key, amount, reason)
            step.wasted += amount


def dissolve(step: Step) -> None:
    """A span that might have become a step, and did not: what was directly in it is directly in what is above it."""
    above = step.parent
    with ledger.lock:
        if step.ended or above is None:
            return
        step.ended = True
        above.max_depth = max(above.max_depth, step.max_depth)
        above.direct_cost += step.direct_cost
        above.direct_calls += step.direct_calls


def status_of(span: Any) -> str:
    """The outcome that a span's status tells of."""
    code = getattr(getattr(span, "status", None), "status_code", StatusCode.UNSET)
    return "failure" if code is StatusCode.ERROR else "success" if code is StatusCode.OK else semconv.UNKNOWN
