"""Cost climbs to every step above a call, whatever carries the context, and nothing is lost or counted twice on the way."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from opentelemetry import context as otel
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

from otel_tokens import TokensInstrumentor, agent, ledger, outcome, rollup, semconv, tool, workflow
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from otel_tokens.types import FEMTO
from tests.providers.kit import total
from tests.providers.openai import bodies, case

COST = 0.00601825  # of every scripted answer: tests/providers/openai/case.py
ASK: dict[str, Any] = {"model": "gpt-5", "messages": [{"role": "user", "content": "2+2?"}]}


@pytest.fixture(autouse=True)
def _context_stays(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No context is left behind, and nobody failed to detach one."""
    before = otel.get_current()
    yield
    assert otel.get_current() == before
    assert [record.getMessage() for record in caplog.records if "detach" in record.getMessage()] == []


def named(seen: Captured, name: str) -> dict[str, Any]:
    (span,) = (span for span in seen.spans if span.name == name)
    return dict(span.attributes or {})


def climbed(seen: Captured, name: str) -> tuple[int, float]:
    """Calls and cost of everything below a step or root."""
    found = named(seen, name)
    return found[semconv.ROLLUP_CALLS], round(found[semconv.ROLLUP_COST] / COST, 9)


def conserved(seen: Captured) -> None:
    """Every femto-USD is on exactly one local root, or in the two sums of what no root counts."""
    roots = [dict(span.attributes or {}) for span in seen.spans if semconv.ROLLUP_ROOT in (span.attributes or {})]
    rooted = sum(root[semconv.ROLLUP_COST_NANO] for root in roots) * 10**6
    assert rooted + sum(ledger.unrooted.values()) == ledger.total() == round(seen.cost * FEMTO, -6)


# ------------------------------------------------------------------------------------------------ trees


def test_direct_and_inclusive_are_kept_apart(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("research"):
        call()
        with agent("writer"):
            call()
            with tool("look_up"):
                call()
    assert [climbed(seen, name) for name in ("execute_tool look_up", "invoke_agent writer", "invoke_workflow research")] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip
    assert [span.attributes[semconv.DIRECT_CALLS] for span in seen.steps if span.attributes] == [1, 1, 1]
    assert named(seen, "invoke_workflow research")[semconv.ROLLUP_TOOLS] == 1
    assert named(seen, "invoke_workflow research")[semconv.ROLLUP_DEPTH] == 3  # levels below the run: agent, tool, call
    conserved(seen)


def test_only_the_outermost_step_is_a_run(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("outer"), workflow("inner"), agent("writer"):
        call()
    runs = [span.name for span in seen.spans if semconv.RUN_OUTCOME in (span.attributes or {})]
    assert runs == ["invoke_workflow outer"]
    assert list(seen.metrics()["otel_tokens.run.cost"].values()) == [COST]
    assert total(seen, "otel_tokens.cost") == COST


def test_a_step_without_calls_cost_nothing_and_says_so(seen: Captured) -> None:
    with workflow("idle"):
        pass
    found = named(seen, "invoke_workflow idle")
    assert (found[semconv.ROLLUP_COST], found[semconv.ROLLUP_CALLS], found[semconv.RUN_OUTCOME]) == (0.0, 0, "success")


def test_an_unpriced_call_makes_the_total_a_lower_bound(seen: Captured, call: Callable[[], object], vendor: Vendor) -> None:
    with workflow("mixed"):
        call()
        with agent("unknown"), case.client(vendor.url, False) as client:
            vendor.reply(json={**bodies.CHAT, "model": "gpt-99"})
            client.chat.completions.create(**ASK)
    assert semconv.ROLLUP_COST not in named(seen, "invoke_agent unknown")
    assert named(seen, "invoke_agent unknown")[semconv.ROLLUP_STATUS] == "unpriced"
    mixed = named(seen, "invoke_workflow mixed")
    assert (mixed[semconv.ROLLUP_COST], mixed[semconv.ROLLUP_STATUS], mixed[semconv.ROLLUP_UNPRICED]) == (COST, "estimated", 1)
    assert mixed[semconv.ROLLUP_CALLS] == 2


def test_a_failed_run_has_wasted_all_of_its_calls(seen: Captured, call: Callable[[], object]) -> None:
    def run() -> None:
        with workflow("research"):
            call()
            call()
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run()
    found = named(seen, "invoke_workflow research")
    assert (found[semconv.RUN_OUTCOME], found[semconv.ROLLUP_WASTED]) == ("failure", found[semconv.ROLLUP_COST])
    assert found[semconv.ERROR_TYPE] == "builtins.KeyError"
    assert total(seen, "otel_tokens.cost.wasted") == total(seen, "otel_tokens.cost")
    conserved(seen)


def test_a_verdict_is_the_runs(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("research"), agent("writer"):
        call()
        outcome("failure")
    assert named(seen, "invoke_workflow research")[semconv.RUN_OUTCOME] == "failure"


def test_a_repeated_failure_is_a_retry(seen: Captured, call: Callable[[], object], vendor: Vendor) -> None:
    with workflow("research"), case.client(vendor.url, False) as client:
        vendor.fail(400)
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(**ASK)
        call()
    assert [(one.attributes or {}).get(semconv.WASTED_REASON) for one in seen.calls] == ["failed_call", "retry"]
    assert named(seen, "invoke_workflow research")[semconv.ROLLUP_RETRIES] == 1


# ------------------------------------------------------------------------------------------------ what carries the context


def test_a_thread_pool_keeps_the_parent(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("pool"), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(call) for _ in range(8)]:
            done.result()
    assert climbed(seen, "invoke_workflow pool") == (8, 8)
    conserved(seen)


def test_a_mapping_pool_and_a_copied_context_keep_it_too(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("pool"), ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(lambda _: call(), range(3)))) == 3
        pool.submit(contextvars.copy_context().run, call).result()
    assert climbed(seen, "invoke_workflow pool") == (4, 4)


def test_executors_can_be_left_alone(vendor: Vendor, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TOKENS_EXECUTORS", "leave")
    with capture(sellers={vendor.url.removeprefix("http://"): "openai"}) as seen:
        with workflow("pool"), ThreadPoolExecutor(1) as pool:
            pool.submit(call).result()
        assert climbed(seen, "invoke_workflow pool") == (0, 0)
        conserved(seen)


def test_a_bare_thread_is_its_own_root(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("threads"):
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    assert climbed(seen, "invoke_workflow threads") == (0, 0)
    assert (seen.calls[0].attributes or {})[semconv.ROLLUP_ROOT] is True
    conserved(seen)


def test_tasks_and_worker_threads_keep_the_parent(seen: Captured, call: Callable[[], object], vendor: Vendor) -> None:
    async def ask(client: Any) -> None:
        with agent("each"):
            vendor.reply(json=bodies.CHAT)
            await client.chat.completions.create(**ASK)

    async def run() -> None:
        async with case.client(vendor.url, True) as client:
            with workflow("tasks"):
                await asyncio.gather(*(ask(client) for _ in range(10)))
                await asyncio.to_thread(call)
                await asyncio.get_running_loop().run_in_executor(None, call)

    asyncio.run(run())
    assert climbed(seen, "invoke_workflow tasks") == (12, 12)
    assert [(step.attributes or {})[semconv.ROLLUP_CALLS] for step in seen.steps] == [1] * 10 + [12]
    conserved(seen)


def test_decorated_functions_are_steps_each_time(seen: Captured, call: Callable[[], object]) -> None:
    @workflow("research")
    def run(times: int) -> int:
        for _ in range(times):
            call()
        return times

    @agent("writer")
    async def write() -> None:
        await asyncio.to_thread(call)

    assert [run(1), run(2)] == [1, 2]
    asyncio.run(write())
    assert [(step.attributes or {})[semconv.ROLLUP_CALLS] for step in seen.steps] == [1, 2, 1]
    conserved(seen)


# ------------------------------------------------------------------------------------------------ generator agents


def test_a_generator_agent_does_not_leak_its_context(seen: Captured, call: Callable[[], object]) -> None:
    """Between two yields the consumer runs: its calls are its own, not the agent's."""

    @agent("writer")
    def write() -> Iterator[object]:
        yield call()
        yield call()

    with workflow("research"):
        for _ in write():
            call()
    assert (climbed(seen, "invoke_agent writer"), climbed(seen, "invoke_workflow research")) == ((2, 2), (4, 4))
    assert named(seen, "invoke_workflow research")[semconv.DIRECT_CALLS] == 2
    conserved(seen)


def test_a_generator_agent_that_is_left_is_abandoned(seen: Captured, call: Callable[[], object]) -> None:
    @agent("writer")
    def write() -> Iterator[object]:
        yield call()
        yield call()

    items = write()
    next(items)
    items.close()  # type: ignore[attr-defined]
    found = named(seen, "invoke_agent writer")
    assert (found[semconv.ROLLUP_CALLS], found[semconv.RUN_OUTCOME]) == (1, "abandoned")


def test_an_async_generator_agent_closed_by_another_task_detaches_nothing(seen: Captured, call: Callable[[], object]) -> None:
    @agent("writer")
    async def write() -> AsyncIterator[object]:
        yield await asyncio.to_thread(call)
        yield await asyncio.to_thread(call)

    async def run() -> None:
        with workflow("research"):
            items = write()
            await anext(items)
            await asyncio.to_thread(call)
            await asyncio.create_task(items.aclose())  # type: ignore[attr-defined]

    asyncio.run(run())
    assert (climbed(seen, "invoke_agent writer"), climbed(seen, "invoke_workflow research")) == ((1, 1), (2, 2))
    conserved(seen)


def test_a_block_inside_a_plain_generator_closed_elsewhere_detaches_nothing(seen: Captured, call: Callable[[], object]) -> None:
    """`with agent():` around a yield: closed in another context, its token is not valid there, and is not used."""

    def write() -> Iterator[object]:
        with agent("writer"):
            yield call()

    items = contextvars.copy_context().run(write)
    contextvars.copy_context().run(next, items)
    contextvars.copy_context().run(items.close)  # type: ignore[attr-defined]
    assert climbed(seen, "invoke_agent writer") == (1, 1)


# ------------------------------------------------------------------------------------------------ late calls


def test_a_stream_that_ends_after_its_step_is_late_not_lost(seen: Captured, vendor: Vendor) -> None:
    vendor.reply(sse=bodies.CHAT_EVENTS)
    with case.client(vendor.url, False) as client:
        with workflow("early"):
            stream: Any = client.chat.completions.create(**ASK, stream=True)
        list(stream)
    assert climbed(seen, "invoke_workflow early") == (0, 0)
    assert (total(seen, "otel_tokens.cost"), total(seen, "otel_tokens.calls.late")) == (COST, 1)
    assert ledger.unrooted["late"] == COST * FEMTO
    conserved(seen)


def test_a_late_call_still_climbs_to_what_is_open_above(seen: Captured, vendor: Vendor) -> None:
    vendor.reply(sse=bodies.CHAT_EVENTS)
    with case.client(vendor.url, False) as client, workflow("open"):
        with agent("closed"):
            stream: Any = client.chat.completions.create(**ASK, stream=True)
        list(stream)
    assert (climbed(seen, "invoke_agent closed"), climbed(seen, "invoke_workflow open")) == ((0, 0), (1, 1))
    assert named(seen, "invoke_workflow open")[semconv.ROLLUP_LATE] == 1
    assert total(seen, "otel_tokens.calls.late") == 1
    conserved(seen)


# ------------------------------------------------------------------------------------------------ spans of others


def test_the_root_span_of_a_request_says_what_it_cost(seen: Captured, call: Callable[[], object]) -> None:
    tracer = seen.tracer_provider.get_tracer("http")
    with (
        tracer.start_as_current_span("GET /", kind=SpanKind.SERVER, attributes={"http.route": "/"}),
        tracer.start_as_current_span("middleware"),
    ):
        call()
        with agent("writer"):
            call()
    assert climbed(seen, "GET /") == (2, 2)
    assert named(seen, "GET /")["http.route"] == "/"
    assert not [name for name in named(seen, "middleware") if name.startswith("otel_tokens.")]
    assert named(seen, "invoke_agent writer")[semconv.RUN_OUTCOME] == "success"
    assert semconv.RUN_OUTCOME not in named(seen, "GET /")
    conserved(seen)


def test_a_root_with_a_remote_parent_is_a_local_root(seen: Captured, call: Callable[[], object]) -> None:
    remote = NonRecordingSpan(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)))
    tracer = seen.tracer_provider.get_tracer("http")
    with tracer.start_as_current_span("GET /", set_span_in_context(remote), kind=SpanKind.SERVER):
        call()
    assert climbed(seen, "GET /") == (1, 1)
    assert seen.spans[-1].context is not None
    assert seen.spans[-1].context.trace_id == 1
    conserved(seen)


def test_two_requests_at_once_keep_their_costs_apart(seen: Captured, call: Callable[[], object]) -> None:
    tracer = seen.tracer_provider.get_tracer("http")

    def request(number: int) -> None:
        with tracer.start_as_current_span(f"GET /{number}", kind=SpanKind.SERVER):
            for _ in range(number):
                call()

    threads = [threading.Thread(target=request, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [climbed(seen, f"GET /{number}") for number in range(1, 5)] == [(n, n) for n in range(1, 5)]
    conserved(seen)


# ------------------------------------------------------------------------------------------------ sampling


def unsampled(vendor: Vendor, provider: TracerProvider, what: Callable[[], None]) -> dict[str, list[float]]:
    """The metrics of what happened under a provider of the test's own."""
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader], shutdown_on_exit=False)
    ledger.forget()
    TokensInstrumentor().instrument(tracer_provider=provider, meter_provider=meters)
    try:
        what()
        data = reader.get_metrics_data()
    finally:
        TokensInstrumentor().uninstrument()
        ledger.forget()
        meters.shutdown()
    found = [
        metric
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    ]
    return {
        metric.name: [getattr(point, "value", None) or getattr(point, "sum", 0) for point in metric.data.data_points]
        for metric in found
    }


def test_what_is_not_sampled_is_still_counted(
    vendor: Vendor, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TOKENS_SELLERS", f"{vendor.url.removeprefix('http://')}=openai")
    ended: list[Any] = []

    def run() -> None:
        rollup.on_end.append(ended.append)
        with workflow("dark"):
            call()
            call()

    found = unsampled(vendor, TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False), run)
    assert sum(found["otel_tokens.cost"]) == 0.0120365
    assert found["otel_tokens.run.cost"] == [0.0120365]
    (step,) = ended
    assert (step.cost, step.calls) == (2 * round(COST * FEMTO), 2)


def test_a_call_under_a_sampled_out_root_is_parentless_and_counted(seen: Captured, call: Callable[[], object]) -> None:
    """The caller decided not to sample: there is no span to carry a total, so the sum says which cost has no root."""
    remote = NonRecordingSpan(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(TraceFlags.DEFAULT)))
    with seen.tracer_provider.get_tracer("http").start_as_current_span("GET /", set_span_in_context(remote)):
        call()
    assert seen.spans == []
    assert (total(seen, "otel_tokens.cost"), total(seen, "otel_tokens.calls.parentless")) == (COST, 1)
    assert ledger.unrooted["parentless"] == ledger.total() == COST * FEMTO


# ------------------------------------------------------------------------------------------------ contention


def test_calls_of_many_threads_climb_exactly(seen: Captured, call: Callable[[], object]) -> None:
    def three() -> None:
        for _ in range(3):
            call()

    with workflow("busy"), ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(three) for _ in range(16)]:
            done.result()
    assert climbed(seen, "invoke_workflow busy") == (48, 48)
    assert total(seen, "otel_tokens.calls") == 48
    conserved(seen)


def test_spans_of_ours_have_at_most_forty_attributes(seen: Captured, call: Callable[[], object]) -> None:
    with workflow("research"):
        call()

    def ours(span: ReadableSpan) -> int:
        return sum(name.startswith("otel_tokens.") for name in span.attributes or {})

    call()
    assert max(map(ours, seen.spans)) <= 40
    assert len(seen.spans) == 3
