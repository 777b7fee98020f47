"""How a run beside another instrumentation is judged: once is right, and nothing else is."""

from typing import Any

import pytest

from tools.beside.judge import judge

COST, OTHER = 2.5e-05, "somebody.else"
HISTOGRAM = "gen_ai.client.token.usage"


def run(**changes: Any) -> list[dict[str, Any]]:
    """One call that cost what was billed, on one span that is the root."""
    span = {"scope": "otel_tokens", "name": "chat", "llm": True, "root": True, "cost": COST, "status": "exact", "rollup": COST}
    metrics = {"otel_tokens/otel_tokens.cost": COST, "otel_tokens/otel_tokens.tokens": 30, "otel_tokens/otel_tokens.calls": 1}
    call = {
        "call": "chat", "below": False, "result": "Four.", "whole": True, "billed": [{"cost": COST, "tokens": 30}],
        "spans": [span | changes.pop("span", {})], "metrics": metrics | changes.pop("metrics", {}), "logs": [],
    }  # fmt: skip
    return [call | changes]


BARE = run(spans=[], metrics={})
FOREIGN: dict[str, Any] = {
    "scope": OTHER,
    "name": "chat",
    "llm": True,
    "root": False,
    "cost": None,
    "status": None,
    "rollup": None,
}


def problems(beside: list[dict[str, Any]], theirs: list[dict[str, Any]] = BARE) -> list[str]:
    return judge(beside, BARE, run(), theirs).problems


def test_once_is_right_and_whose_span_it_is_does_not_matter() -> None:
    verdict = judge(run(span={"scope": OTHER}), BARE, run(), BARE)
    assert (verdict.problems, verdict.ratio("cost"), verdict.ratio("metric calls")) == ([], 1.0, 1.0)
    assert verdict.owners == {"theirs": 1}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"span": {"cost": 2 * COST}}, "chat: cost is 5e-05, due 2.5e-05 (2.00×)"),
        ({"span": {"cost": None}}, "chat: cost is 0, due 2.5e-05 (0.00×)"),
        ({"span": {"rollup": None}}, "chat: root cost is 0, due 2.5e-05 (0.00×)"),
        ({"metrics": {"otel_tokens/otel_tokens.calls": 2}}, "chat: metric calls is 2, due 1 (2.00×)"),
        ({"metrics": {"otel_tokens/otel_tokens.internal.errors": 1}}, "chat: an internal error"),
        ({"result": "Five."}, "chat: the result differs: Five. instead of Four."),
        ({"logs": ["opentelemetry.context: Failed to detach context"]},
         "chat: logs 'opentelemetry.context: Failed to detach context'"),
        ({"metrics": {f"otel_tokens/{HISTOGRAM}": 30, f"{OTHER}/{HISTOGRAM}": 30}},
         f"chat: {HISTOGRAM} is recorded by otel_tokens/{HISTOGRAM} and {OTHER}/{HISTOGRAM}"),
    ],
)  # fmt: skip
def test_anything_else_is_a_problem(changes: dict[str, Any], problem: str) -> None:
    assert problems(run(**changes)) == [problem]


def test_what_they_change_without_us_is_theirs() -> None:
    theirs = run(result="Their own type", logs=["their warning"])
    assert problems(run(result="Their own type", logs=["their warning"]), theirs) == []
    assert judge(run(), BARE, run(), theirs).changed == 1


def test_two_spans_may_stand_for_a_call_but_only_one_is_billable() -> None:
    (call,) = run()
    assert problems([call | {"spans": [*call["spans"], FOREIGN | {"status": "covered"}]}]) == []
    assert problems([call | {"spans": [*call["spans"], FOREIGN | {"status": "unpriced"}]}]) == ["chat: two spans are billable"]


def test_a_root_that_ended_before_its_call_owes_nothing() -> None:
    assert problems(run(span={"rollup": None}, metrics={"otel_tokens/otel_tokens.calls.late": 1})) == []


def test_a_call_that_was_left_owes_what_it_does_alone() -> None:
    left: dict[str, Any] = {"whole": False, "billed": [{"cost": 4 * COST, "tokens": 90}]}
    assert problems(run(**left)) == []
