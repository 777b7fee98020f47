"""Spans that others made, while the program runs: an unseen call is priced and climbs, a seen one is counted once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer, set_span_in_context

from otel_tokens import agent, ledger, rollup, semconv, tool, workflow
from otel_tokens.pipeline import Pipeline
from otel_tokens.providers.openai import CHAT, OPENAI
from otel_tokens.testing import Captured, capture
from otel_tokens.types import FEMTO, Request, Usage
from tests.adopt import spoken
from tests.providers.kit import total
from tests.providers.openai import bodies

COST = 0.0028  # of spoken.GENAI: 600 × 1.25 + 400 × 0.125 + 200 × 10 USD per million
SEEN = 0.00601825  # of every scripted answer: tests/providers/openai/case.py


def tracer(seen: Captured, scope: str = "theirs") -> Tracer:
    return seen.tracer_provider.get_tracer(scope)


def spanned(seen: Captured, name: str, scope: str = "theirs", **attributes: Any) -> AbstractContextManager[Any]:
    return tracer(seen, scope).start_as_current_span(name, attributes=attributes)


def theirs(seen: Captured, dialect: str = "semconv", **more: Any) -> None:
    """A call that only their span tells of; the counts come at its end, as with all of them."""
    scope, attributes = spoken.CALLS[dialect]
    with tracer(seen, scope).start_as_current_span(f"chat {dialect}") as span:
        span.set_attributes(attributes | more)


def named(seen: Captured, name: str) -> dict[str, Any]:
    (span,) = (span for span in seen.spans if span.name == name)
    return dict(span.attributes or {})


def rolled(seen: Captured, name: str) -> tuple[int, float, int]:
    """Inclusive calls and cost, and direct calls."""
    found = named(seen, name)
    return found[semconv.ROLLUP_CALLS], round(found[semconv.ROLLUP_COST], 9), found[semconv.DIRECT_CALLS]


def conserved(seen: Captured) -> None:
    roots = [span.attributes or {} for span in seen.spans if semconv.ROLLUP_ROOT in (span.attributes or {})]
    rooted = sum(int(root[semconv.ROLLUP_COST_NANO]) for root in roots) * 10**6  # type: ignore[arg-type]
    assert rooted + sum(ledger.unrooted.values()) == ledger.total() == round(seen.cost * FEMTO, -6)


# ------------------------------------------------------------------------------------------------ calls that only a span tells of


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_a_call_that_nobody_saw_is_priced_in_every_dialect(seen: Captured, dialect: str) -> None:
    theirs(seen, dialect)
    found = named(seen, f"chat {dialect}")
    assert found[semconv.COST_STATUS] == ("estimated" if dialect == "older semconv" else "exact")
    assert found[semconv.COST_SOURCE] == "sdk"
    assert found[semconv.SELLER] == ("anthropic" if dialect == "anthropic" else "openai")
    assert found[semconv.COST] == total(seen, "otel_tokens.cost") > 0
    assert total(seen, "otel_tokens.calls") == 1
    assert semconv.RUN_OUTCOME not in found  # a bare call is no run
    conserved(seen)


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_their_own_values_stay(seen: Captured, dialect: str) -> None:
    theirs(seen, dialect)
    found = named(seen, f"chat {dialect}")
    assert {name: found[name] for name in spoken.CALLS[dialect][1]} == spoken.CALLS[dialect][1]


def test_it_climbs_to_the_steps_above_it_and_to_their_root(seen: Captured) -> None:
    with spanned(seen, "GET /"), workflow("flow"), agent("writer"):
        theirs(seen)
    assert [rolled(seen, name) for name in ("invoke_agent writer", "invoke_workflow flow", "GET /")] == [
        (1, COST, 1), (1, COST, 0), (1, COST, 0),
    ]  # fmt: skip
    assert named(seen, "chat semconv")[semconv.WORKFLOW] == "flow"
    conserved(seen)


def test_an_unknown_host_is_unpriced_not_zero(seen: Captured) -> None:
    theirs(seen, **{"server.address": "gateway.corp"})
    found = named(seen, "chat semconv")
    assert found[semconv.COST_STATUS] == "unpriced"
    assert found[semconv.COST_REASON]
    assert semconv.COST not in found


def test_a_failed_one_is_waste_and_says_so(seen: Captured) -> None:
    with spanned(seen, "chat", **spoken.GENAI) as span:
        span.set_status(StatusCode.ERROR)
    found = named(seen, "chat")
    assert (found[semconv.OUTCOME], found[semconv.COST_STATUS], found[semconv.WASTED_REASON]) == (
        "failed", "estimated", "failed_call",
    )  # fmt: skip


def test_one_that_states_no_usage_is_unpriced(seen: Captured) -> None:
    with spanned(seen, "chat", **{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}):
        pass
    assert named(seen, "chat")[semconv.COST_REASON] == "no usage"


def test_a_poll_tells_of_no_new_call(seen: Captured) -> None:
    theirs(seen)
    with spanned(seen, "fetch", **spoken.GENAI | {"gen_ai.operation.name": "fetch_response"}):
        pass
    theirs(seen)  # the same response id
    assert total(seen, "otel_tokens.calls") == 1
    assert [named_of(span).get(semconv.COST_STATUS) for span in seen.spans] == ["exact", None, "covered"]


def test_a_span_around_a_poll_that_we_saw_is_no_new_call(seen: Captured) -> None:
    with spanned(seen, "retrieve", **spoken.OPENINFERENCE):
        ledger.suppressed("openai", "poll")
    assert named(seen, "retrieve")[semconv.COST_STATUS] == "covered"
    assert total(seen, "otel_tokens.calls") == 0


def named_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


# ------------------------------------------------------------------------------------------------ calls that we saw too


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_a_layer_above_a_seen_call_is_covered(seen: Captured, call: Callable[[], object], dialect: str) -> None:
    scope, attributes = spoken.CALLS[dialect]
    with tracer(seen, scope).start_as_current_span("layer") as span:
        call()
        span.set_attributes(attributes)
    layer = named(seen, "layer")
    assert (layer[semconv.COST_STATUS], layer.get(semconv.COST)) == ("covered", None)
    assert (total(seen, "otel_tokens.calls"), seen.cost) == (1, SEEN)
    assert total(seen, "otel_tokens.calls.suppressed") == 1
    conserved(seen)


def test_a_span_that_was_current_and_said_so_is_enriched(seen: Captured, call: Callable[[], object]) -> None:
    with spanned(seen, "layer", **{"gen_ai.operation.name": "chat"}) as span:
        call()
        span.set_attributes({name: value for name, value in spoken.GENAI.items() if "usage" in name})
    assert [named_of(span).get(semconv.COST) for span in seen.spans] == [SEEN]
    assert total(seen, "otel_tokens.calls") == 1
    conserved(seen)


def test_a_span_beside_the_call_is_known_by_its_response_id(seen: Captured, call: Callable[[], object]) -> None:
    call()
    with spanned(seen, "after", **spoken.OPENLLMETRY | {"gen_ai.response.id": bodies.CHAT["id"]}):
        pass
    assert named(seen, "after")[semconv.COST_STATUS] == "covered"
    assert total(seen, "otel_tokens.calls") == 1


def test_a_span_beside_the_call_without_an_id_is_known_by_its_counts(seen: Captured, call: Callable[[], object]) -> None:
    usage = bodies.CHAT["usage"]
    counts = {"llm.token_count.prompt": usage["prompt_tokens"], "llm.token_count.completion": usage["completion_tokens"]}
    for scope in ("openinference.instrumentation.langchain", "other.layer"):
        span = tracer(seen, scope).start_span("beside", attributes=spoken.OPENINFERENCE | counts)
        if scope.startswith("openinference"):
            call()
            span.end()
    span.end()
    assert sorted(str(named_of(one)[semconv.COST_STATUS]) for one in seen.calls) == ["covered", "exact", "exact"]
    span = tracer(seen, "openinference.instrumentation.langchain").start_span("more", attributes=spoken.OPENINFERENCE | counts)
    span.end()  # it began when the call was over, so it is another one
    assert named(seen, "more")[semconv.COST_STATUS] == "exact"


def test_of_several_layers_without_a_client_the_innermost_is_the_call(seen: Captured) -> None:
    outer = spanned(seen, "outer", "openinference.instrumentation.langchain", **spoken.OPENINFERENCE)
    with outer, spanned(seen, "middle", "opentelemetry.instrumentation.openai.v1", **spoken.OPENLLMETRY):
        theirs(seen)
    assert {span.name: named_of(span)[semconv.COST_STATUS] for span in seen.spans} == {
        "outer": "covered", "middle": "covered", "chat semconv": "exact",
    }  # fmt: skip
    assert total(seen, "otel_tokens.calls") == 1
    conserved(seen)


def test_a_call_within_another_one_is_a_call_if_both_have_ids(seen: Captured) -> None:
    with spanned(seen, "outer", **spoken.OPENLLMETRY | {"gen_ai.response.id": "other"}):
        theirs(seen)
    assert [named_of(span)[semconv.COST_STATUS] for span in seen.calls] == ["exact", "exact"]
    conserved(seen)


def test_a_layer_that_ended_before_the_call_below_it_is_the_call(seen: Captured) -> None:
    outer = tracer(seen).start_span("outer", attributes=spoken.GENAI)
    inner = tracer(seen).start_span("inner", set_span_in_context(outer), attributes=spoken.OPENINFERENCE)
    outer.end()
    inner.end()
    assert (named(seen, "outer")[semconv.COST_STATUS], named(seen, "inner")[semconv.COST_STATUS]) == ("exact", "covered")


def test_a_layer_inside_a_call_that_we_are_making_is_covered(seen: Captured) -> None:
    """An instrumentation below our seam, as botocore's is below a client that goes through it: our call has not settled yet."""
    pipeline = Pipeline(tracer(seen, "otel_tokens"), draft_cost=False)
    open_call = pipeline.open(OPENAI, CHAT, Request({"model": "gpt-5"}, "api.openai.com", 443))
    tracer(seen).start_span("inner", open_call.context, attributes=spoken.GENAI).end()
    open_call.usage = Usage(input_tokens=1000, output_tokens=200)
    open_call.settle("completed")
    assert named(seen, "inner")[semconv.COST_STATUS] == "covered"
    assert total(seen, "otel_tokens.calls") == 1


def test_a_call_in_a_context_that_was_left_behind_is_a_call(seen: Captured) -> None:
    first = tracer(seen).start_span("first", attributes=spoken.OPENINFERENCE)
    left = set_span_in_context(first)
    first.end()
    tracer(seen).start_span("second", left, attributes=spoken.OPENINFERENCE).end()
    assert total(seen, "otel_tokens.calls") == 2
    assert named(seen, "second")[semconv.COST_STATUS] == "exact"


# ------------------------------------------------------------------------------------------------ agents and tools of others


@pytest.mark.parametrize("dialect", spoken.AGENTS)
def test_an_agent_of_theirs_has_direct_and_inclusive_totals(seen: Captured, call: Callable[[], object], dialect: str) -> None:
    (scope, is_agent), (tools, is_tool) = spoken.AGENTS[dialect], spoken.TOOLS[dialect]
    with spanned(seen, "GET /"), spanned(seen, "agent", scope, **is_agent):
        call()
        with spanned(seen, "between"), spanned(seen, "tool", tools, **is_tool):
            call()
            theirs(seen, **{"gen_ai.response.id": "another"})
    assert rolled(seen, "tool") == (2, round(SEEN + COST, 9), 2)
    assert rolled(seen, "agent") == (3, round(2 * SEEN + COST, 9), 1)
    assert rolled(seen, "GET /") == (3, round(2 * SEEN + COST, 9), 0)
    assert semconv.ROLLUP_COST not in named(seen, "between")
    assert (named(seen, "agent")[semconv.ROLLUP_TOOLS], named(seen, "agent")[semconv.ROLLUP_DEPTH]) == (1, 2)
    assert [span.name for span in seen.spans if semconv.RUN_OUTCOME in (span.attributes or {})] == ["agent"]
    assert {named_of(span)[semconv.AGENT] for span in seen.calls} == {"analyst"}
    conserved(seen)


def test_their_agent_between_steps_of_ours(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("flow"), spanned(seen, "theirs", **{"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x"}):
        call()
        with tool("ours"):
            call()
    assert [rolled(seen, name)[::2] for name in ("execute_tool ours", "theirs", "invoke_workflow flow")] == [
        (1, 1),
        (2, 1),
        (2, 0),
    ]
    conserved(seen)


def test_two_views_of_one_step_are_one_step(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("flow"), tool("lookup"), spanned(seen, "again", **spoken.TOOLS["semconv"][1]):
        call()
    assert named(seen, "invoke_workflow flow")[semconv.ROLLUP_TOOLS] == 1
    assert semconv.ROLLUP_COST not in named(seen, "again")
    conserved(seen)


def test_a_span_that_says_late_what_it_is_has_its_totals(seen: Captured, call: Callable[[], object]) -> None:
    late = "gcp.vertex.agent"
    with spanned(seen, "run", late), spanned(seen, "agent", late) as outer, spanned(seen, "step", late):
        with spanned(seen, "tool", late) as inner:
            call()
            inner.set_attributes(spoken.TOOLS["semconv"][1])
        outer.set_attributes(spoken.AGENTS["semconv"][1])
        call()
    assert rolled(seen, "tool") == (1, SEEN, 1)
    assert rolled(seen, "agent") == (2, round(2 * SEEN, 9), 1)
    assert semconv.ROLLUP_COST not in named(seen, "step")
    conserved(seen)


def test_a_step_without_calls_cost_nothing(seen: Captured) -> None:
    idle = spanned(seen, "idle", **spoken.AGENTS["openinference"][1])
    with idle, spanned(seen, "tool", **spoken.TOOLS["openinference"][1]):
        pass
    assert rolled(seen, "idle") == (0, 0.0, 0)
    assert named(seen, "idle")[semconv.ROLLUP_TOOLS] == 1


# ------------------------------------------------------------------------------------------------ everything else is left alone


def test_other_spans_are_left_as_they_were(seen: Captured) -> None:
    with spanned(seen, "GET /", **{"http.request.method": "GET"}) as span:
        pass
    assert named(seen, "GET /") == {"http.request.method": "GET"}
    assert "end" not in vars(span)


@pytest.mark.parametrize("room", [0, 2, 100])
def test_a_full_span_loses_nothing_of_its_own(room: int) -> None:
    with capture() as seen:
        limited = TracerProvider(span_limits=SpanLimits(max_span_attributes=len(spoken.GENAI) + room), shutdown_on_exit=False)
        limited.add_span_processor(SimpleSpanProcessor(kept := InMemorySpanExporter()))
        limited.get_tracer("theirs").start_span("chat", attributes=spoken.GENAI).end()
        (span,) = kept.get_finished_spans()
        found = named_of(span)
        assert spoken.GENAI.items() <= found.items()
        assert (semconv.COST in found, semconv.MODEL_TIER in found) == (room >= 2, room >= 100)
        assert total(seen, "otel_tokens.cost") == COST


def test_the_end_time_is_theirs(seen: Captured) -> None:
    span = tracer(seen).start_span("chat", start_time=1_760_000_000 * 10**9, attributes=spoken.GENAI)
    span.end(1_760_000_001 * 10**9)
    (found,) = seen.spans
    assert (found.start_time, found.end_time) == (1_760_000_000 * 10**9, 1_760_000_001 * 10**9)
    assert named_of(found)[semconv.COST] == COST


def test_nothing_is_watched_any_more_once_it_is_off() -> None:
    with capture() as seen:
        pass
    with spanned(seen, "chat", **spoken.GENAI) as span:
        assert "end" not in vars(span)
    assert ledger.total() == 0
    assert rollup.hooks.recognise is None
