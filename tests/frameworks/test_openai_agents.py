"""openai-agents: handoffs, tools, agents as tools and guardrails as steps, however it is run and whether or not it traces."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import agents
import openai
import pytest
from agents import RunConfig, Runner

from otel_tokens import semconv, workflow
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor
from tests.frameworks.desk import ASK, SUPPORT, Desk
from tests.frameworks.kit import adds_up, alone, billed, named, outcomes, tree, two_tools, until


@pytest.fixture(params=["responses", "chat"])
def desk(vendor: Vendor, request: pytest.FixtureRequest) -> Desk:
    return Desk(vendor, request.param)


@pytest.fixture(autouse=True)
def _no_processors() -> Iterator[None]:
    """Nothing is sent to the vendor's own tracing; it goes without saying that ours needs no processor."""
    agents.set_trace_processors([])
    yield
    agents.set_tracing_disabled(False)


@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_every_step_of_a_run_is_there_once(desk: Desk, seen: Captured, vendor: Vendor, *, streamed: bool, disabled: bool) -> None:
    agents.set_tracing_disabled(disabled)
    asyncio.run(desk.ask(streamed=streamed, group_id="g-1"))
    assert tree(seen) == SUPPORT
    adds_up(seen, vendor, 9)
    run = named(seen, "invoke_workflow support")
    assert (run[semconv.ROLLUP_TOOLS], run[semconv.RUN_OUTCOME], run[semconv.WORKFLOW_NAME]) == (4, "success", "support")
    assert run.get(semconv.CONVERSATION) == (None if disabled else "g-1")
    assert named(seen, "execute_tool look_up")[semconv.AGENT] == "billing"


def test_tracing_that_is_disabled_for_one_run(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    asyncio.run(desk.ask(tracing_disabled=True))
    assert tree(seen) == SUPPORT
    adds_up(seen, vendor, 9)


def test_run_sync(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = openai.AsyncOpenAI(base_url=f"{vendor.url}/v1", api_key="k")
    provider = agents.OpenAIProvider(openai_client=client, use_responses=desk.api == "responses")
    try:
        Runner.run_sync(desk.billing, "[[reply: done]]", run_config=RunConfig(workflow_name="support", model_provider=provider))
        loop.run_until_complete(client.close())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    alone()
    assert tree(seen) == ["invoke_workflow support 0/1", "  invoke_agent billing 1/1", "    chat gpt-4.1"]
    adds_up(seen, vendor, 1)


def test_a_tool_that_failed_says_so(desk: Desk, seen: Captured) -> None:
    asyncio.run(desk.ask())
    assert named(seen, "execute_tool broken")[semconv.ERROR_TYPE] == "_OTHER"


def test_inside_a_workflow_of_ours_it_is_a_workflow_below(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    with workflow("outside"):
        asyncio.run(desk.ask())
    assert tree(seen) == ["invoke_workflow outside 0/9", *("  " + line for line in SUPPORT)]
    assert outcomes(seen) == ["success"]
    adds_up(seen, vendor, 9)


def test_tools_in_parallel(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    vendor.reply(json=two_tools(desk.api, ("look_up", {"q": "a"}), ("clock", {})))
    asyncio.run(desk.ask("[[reply: done]]", agent=desk.billing))
    assert tree(seen) == [
        "invoke_workflow support 0/3",
        "  invoke_agent billing 2/3",
        "    chat gpt-4.1",
        "    chat gpt-4.1",
        "    execute_tool clock 0/0",
        "    execute_tool look_up 1/1",
        "      chat gpt-4.1-mini",
    ]
    adds_up(seen, vendor, 3)


def test_a_trace_of_the_users_own_is_one_workflow(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    async def twice() -> None:
        async with desk.open() as config:
            with agents.trace("case", group_id="g-2"):
                await Runner.run(desk.billing, "[[reply: one]]", run_config=config)
                await Runner.run(desk.billing, "[[reply: two]]", run_config=config)
            alone()

    asyncio.run(twice())
    agent = ["  invoke_agent billing 1/1", "    chat gpt-4.1"]
    assert tree(seen) == ["invoke_workflow case 0/2", *agent, *agent]
    assert named(seen, "invoke_workflow case")[semconv.CONVERSATION] == "g-2"
    adds_up(seen, vendor, 2)


def test_runs_at_once_do_not_mix(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    async def both() -> None:
        async with desk.open() as config:
            await asyncio.gather(*(Runner.run(desk.triage, ASK, run_config=config) for _ in range(2)))
            alone()

    asyncio.run(both())
    assert tree(seen) == [*SUPPORT, *SUPPORT]
    adds_up(seen, vendor, 18)


def test_runs_in_threads_are_runs_of_their_own(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda reply: asyncio.run(Desk(vendor, desk.api).ask(f"[[reply: {reply}]]", agent=desk.billing)), "ab"))
    run = ["invoke_workflow support 0/1", "  invoke_agent billing 1/1", "    chat gpt-4.1"]
    assert tree(seen) == [*run, *run]
    adds_up(seen, vendor, 2)


def test_a_consumer_that_leaves_does_not_stop_the_run(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    async def leave() -> None:
        async with desk.open() as config:
            result = Runner.run_streamed(desk.triage, ASK, run_config=config)
            async for _ in result.stream_events():
                break
            await until(lambda: outcomes(seen))
            alone()

    asyncio.run(asyncio.wait_for(leave(), 30))
    assert tree(seen) == SUPPORT
    adds_up(seen, vendor, 9)


def test_a_run_that_is_cancelled_is_abandoned(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    async def cancel() -> None:
        async with desk.open() as config:
            run = asyncio.create_task(Runner.run(desk.billing, "[[call: stuck {}]]", run_config=config))
            await desk.inside.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            alone()

    asyncio.run(cancel())
    assert outcomes(seen) == ["abandoned"]
    assert named(seen, "invoke_workflow support")[semconv.ROLLUP_WASTED] * 10**15 == pytest.approx(billed(vendor))
    adds_up(seen, vendor, 1)


def test_a_guardrail_that_trips_fails_the_run(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    desk.trips = True
    with pytest.raises(agents.InputGuardrailTripwireTriggered):
        asyncio.run(desk.ask("[[reply: hello]]"))
    run = named(seen, "invoke_workflow support")
    assert run[semconv.RUN_OUTCOME] == "failure"
    assert run[semconv.ERROR_TYPE].endswith("InputGuardrailTripwireTriggered")
    assert named(seen, "invoke_agent polite")[semconv.ROLLUP_CALLS] == 1
    adds_up(seen, vendor)


def test_a_run_that_takes_too_many_turns_failed(desk: Desk, seen: Captured, vendor: Vendor) -> None:
    async def run() -> None:
        async with desk.open() as config:
            await Runner.run(desk.billing, "[[call: clock {}]] " * 3, run_config=config, max_turns=2)

    with pytest.raises(agents.MaxTurnsExceeded):
        asyncio.run(run())
    assert outcomes(seen) == ["failure"]
    adds_up(seen, vendor, 2)
