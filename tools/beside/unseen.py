"""What a run says in which only their spans tell of the calls: each at most once, never more than was billed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from beside.judge import NEAR, OURS, Found


@dataclass
class Unseen:
    """One of them, with our client seams off."""

    calls: int = 0
    right: int = 0
    """Counted once, at what the vendor billed, on the span, on the root and in the metrics."""
    without_usage: int = 0
    """Counted once as unpriced, or as an estimate of what was seen: their span states no usage, or not all of it."""
    without_span: int = 0
    """They made no span of it, or one that names neither a model nor a usage."""
    problems: list[str] = field(default_factory=list[str])


def judge_unseen(runs: Sequence[Found]) -> Unseen:
    found = Unseen(calls=len(runs))
    for one in runs:
        due = sum(bill["cost"] for bill in one["billed"])
        calls = one["metrics"].get(f"{OURS}/otel_tokens.calls", 0)
        cost = one["metrics"].get(f"{OURS}/otel_tokens.cost", 0)
        sums = (
            cost,
            sum(span["cost"] or 0 for span in one["spans"]),
            sum(span["rollup"] or 0 for span in one["spans"] if span["root"]),
        )
        short = {span["status"] for span in one["spans"]} & {"unpriced", "estimated"}
        if max(sums) - min(sums) > NEAR or calls > 1 or cost > due + NEAR or (abs(cost - due) > NEAR and calls and not short):
            found.problems.append(f"{one['call']}: {calls} calls, metric, spans and root {sums}, due {due:.9g}")
        elif calls and abs(cost - due) <= NEAR and (due or short):
            found.right += 1
        elif calls:
            found.without_usage += 1
        else:
            found.without_span += 1
    return found
