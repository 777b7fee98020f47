"""What a step has added up, and how its span says it."""

from __future__ import annotations

from otel_tokens import semconv
from otel_tokens.types import FEMTO, Call, Cost, Step, Unpriced, Usage

Shown = dict[str, str | int | float | bool]

REJECTED = "rejected"
"""The vendor answered with an error status: nothing was billed, so nothing is unknown."""


Gain = tuple[int, int, int, int, int, int, bool, bool, bool]


def gain(call: Call, cost: Cost | Unpriced, usage: Usage) -> Gain:
    """What one call adds to every step above it: worked out once, however many there are."""
    priced = isinstance(cost, Cost)
    return (
        cost.total if priced else 0,
        call.count,
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        usage.cache_read_tokens or 0,
        usage.reasoning_tokens or 0,
        priced,
        priced and cost.status == "estimated",
        not priced and cost.reason != REJECTED,
    )


def add(step: Step, gained: Gain) -> None:
    """One call into one step's totals."""
    cost, calls, sent, got, read, thought, priced, estimated, unpriced = gained
    step.cost += cost
    step.calls += calls
    step.input_tokens += sent
    step.output_tokens += got
    step.cache_read_tokens += read
    step.reasoning_tokens += thought
    step.priced += priced
    step.estimated += estimated
    step.unpriced += unpriced


def shown(step: Step) -> Shown:
    """The attributes of a step or a local root."""
    said: Shown = {
        semconv.ROLLUP_INPUT: step.input_tokens,
        semconv.ROLLUP_OUTPUT: step.output_tokens,
        semconv.ROLLUP_CACHE_READ: step.cache_read_tokens,
        semconv.ROLLUP_REASONING: step.reasoning_tokens,
        semconv.ROLLUP_CALLS: step.calls,
        semconv.ROLLUP_TOOLS: step.tools,
        semconv.ROLLUP_DEPTH: step.max_depth,
        semconv.ROLLUP_UNPRICED: step.unpriced,
        semconv.ROLLUP_LATE: step.late,
        semconv.ROLLUP_RETRIES: step.retries,
        semconv.ROLLUP_WASTED: step.wasted / FEMTO,
        semconv.DIRECT_CALLS: step.direct_calls,
        semconv.ROLLUP_STATUS: status(step),
    }
    if step.priced or not step.unpriced:
        usd = step.cost / FEMTO
        said[semconv.ROLLUP_COST] = usd
        said[semconv.ROLLUP_COST_NANO] = round(step.cost / 10**6)
        said[semconv.ROLLUP_BAND] = semconv.band(usd)
        said[semconv.DIRECT_COST] = step.direct_cost / FEMTO
    if step.local_root:
        said[semconv.ROLLUP_ROOT] = True
    if step.run:
        said[semconv.RUN_OUTCOME] = step.outcome or semconv.UNKNOWN
    return said


def status(step: Step) -> str:
    """`exact`, `estimated` (some part is: then the cost is a lower bound) or `unpriced` (all of it is)."""
    if step.unpriced and not step.priced:
        return "unpriced"
    return "estimated" if step.unpriced or step.estimated else "exact"


def of_bare_call(call: Call, cost: Cost | Unpriced, usage: Usage) -> Shown:
    """The totals of a call that is its trace's local root: of one call, so only what says something."""
    step = Step("call", "", None, local_root=True)
    add(step, gain(call, cost, usage))
    return {
        name: value for name, value in shown(step).items() if (value != 0 or name == semconv.ROLLUP_COST) and name not in STEPS
    }


FOREMOST = (semconv.ROLLUP_COST, semconv.ROLLUP_STATUS, semconv.ROLLUP_COST_NANO, semconv.ROLLUP_ROOT, semconv.ROLLUP_CALLS)
"""What matters most, where not everything fits on a span."""
STEPS = (semconv.DIRECT_COST, semconv.DIRECT_CALLS)
"""What only steps carry."""
