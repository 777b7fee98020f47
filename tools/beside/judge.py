"""Compares a run beside them with what was due, with a bare run, with us alone and with them alone: once, or not once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Found = dict[str, Any]
OURS = "otel_tokens"
USAGE_HISTOGRAM = "gen_ai.client.token.usage"
NEAR = 1e-9


@dataclass
class Verdict:
    """One arrangement: what was counted over what was due, who owns the spans, and every call that is not right."""

    calls: int = 0
    due: Counter[str] = field(default_factory=Counter[str])
    counted: Counter[str] = field(default_factory=Counter[str])
    owners: Counter[str] = field(default_factory=Counter[str])
    spans: int = 0
    changed: int = 0
    """Results that they change, with or without us."""
    problems: list[str] = field(default_factory=list[str])

    def ratio(self, what: str) -> float:
        due = self.due[what.removeprefix("metric ").removeprefix("root ")]
        return self.counted[what] / due if due else 1.0


def judge(beside: Sequence[Found], bare: Sequence[Found], ours: Sequence[Found], theirs: Sequence[Found]) -> Verdict:
    verdict = Verdict(calls=len(beside))
    assert len(beside) == len(bare) == len(ours) == len(theirs), "the runs made different calls"
    for both, without, alone, other in zip(beside, bare, ours, theirs, strict=True):
        name = f"{both['call']}{' below a span' if both['below'] else ''}"
        due, counted = what_is_due(both, alone), what_was_counted(both)
        if both["metrics"].get(f"{OURS}/otel_tokens.calls.late") or not any(span["root"] for span in both["spans"]):
            counted["root cost"] = due["cost"]  # the root ended before the call, or was never exported: the sums still have it
        verdict.due.update(due)
        verdict.counted.update(counted)
        verdict.spans += sum(span["llm"] for span in both["spans"])
        verdict.owners.update("ours" if span["scope"] == OURS else "theirs" for span in both["spans"] if span["status"])
        verdict.changed += other["result"] != without["result"]
        verdict.problems += [f"{name}: {problem}" for problem in (*amounts(due, counted), *manners(both, without, other))]
    return verdict


def what_is_due(both: Found, alone: Found) -> dict[str, float]:
    """The vendor's own bill. Where the user left before the usage was stated, what we count alone."""
    if not both["whole"]:
        counted = what_was_counted(alone)
        return {"cost": counted["cost"], "tokens": counted["metric tokens"], "calls": 1}
    return {"cost": sum(b["cost"] for b in both["billed"]), "tokens": sum(b["tokens"] for b in both["billed"]), "calls": 1}


def what_was_counted(found: Found) -> dict[str, float]:
    metrics = found["metrics"]
    return {
        "cost": sum(span["cost"] or 0 for span in found["spans"]),
        "root cost": sum(span["rollup"] or 0 for span in found["spans"] if span["root"]),
        **{f"metric {name}": metrics.get(f"{OURS}/otel_tokens.{name}", 0) for name in ("cost", "tokens", "calls")},
    }


def amounts(due: dict[str, float], counted: dict[str, float]) -> list[str]:
    """Every sum of ours that is not what was due."""
    wrong: list[str] = []
    for what, is_counted in counted.items():
        wanted = due[what.removeprefix("metric ").removeprefix("root ")]
        if abs(is_counted - wanted) > NEAR * max(1.0, wanted):
            times = f" ({is_counted / wanted:.2f}×)" if wanted else ""
            wrong.append(f"{what} is {is_counted:.9g}, due {wanted:.9g}{times}")
    return wrong


def manners(both: Found, bare: Found, theirs: Found) -> list[str]:
    """What else must not happen: a result nobody but us changed, a warning, an error of ours, a histogram recorded twice."""
    wrong: list[str] = []
    if both["result"] not in (bare["result"], theirs["result"]):
        wrong.append(f"the result differs: {brief(both['result'])} instead of {brief(theirs['result'])}")
    wrong += [f"logs {line!r}" for line in set(both["logs"]) - set(theirs["logs"])]
    metrics = both["metrics"]
    if metrics.get(f"{OURS}/otel_tokens.internal.errors"):
        wrong.append("an internal error")
    recorders = [name for name, value in metrics.items() if name.endswith("/" + USAGE_HISTOGRAM) and value]
    if len(recorders) > 1 and f"{OURS}/{USAGE_HISTOGRAM}" in recorders:
        wrong.append(f"{USAGE_HISTOGRAM} is recorded by {' and '.join(sorted(recorders))}")
    if sum(span["status"] not in (None, "covered") for span in both["spans"]) > 1:
        wrong.append("two spans are billable")
    return wrong


def brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:160] + "…"
