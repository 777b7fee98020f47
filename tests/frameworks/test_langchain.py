"""LangGraph and LangChain's tools: graphs, agents and tools as steps, however a graph is run and however it ends."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from langchain_core.tools import tool

from otel_tokens import semconv
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor
from tests.frameworks.graphs import AGENT, ASK, FLOW, START_STATE, Lab
from tests.frameworks.kit import BIG, adds_up, alone, named, outcomes, tree, two_tools


@pytest.fixture
def lab(vendor: Vendor) -> Iterator[Lab]:
    with ExitStack() as stack:
        yield Lab(vendor, stack)


def drained(items: Iterator[Any]) -> None:
    for _ in items:
        alone()


async def adrained(items: AsyncIterator[Any]) -> None:
    async for _ in items:
        alone()


SYNC: dict[str, Callable[[Any], Any]] = {
    "invoke": lambda graph: graph.invoke(START_STATE),
    "stream": lambda graph: drained(graph.stream(START_STATE)),
    "stream of messages": lambda graph: drained(graph.stream(START_STATE, stream_mode="messages", subgraphs=True)),
    "batch": lambda graph: graph.batch([START_STATE]),
}
ASYNC: dict[str, Callable[[Any], Any]] = {
    "ainvoke": lambda graph: graph.ainvoke(START_STATE),
    "astream": lambda graph: adrained(graph.astream(START_STATE)),
    "astream of messages": lambda graph: adrained(graph.astream(START_STATE, stream_mode="messages", subgraphs=True)),
    "astream_events": lambda graph: adrained(graph.astream_events(START_STATE, version="v2")),
    "abatch": lambda graph: graph.abatch([START_STATE]),
}


@pytest.mark.parametrize("how", SYNC)
def test_every_step_of_a_graph_is_there_once(lab: Lab, seen: Captured, vendor: Vendor, how: str) -> None:
    SYNC[how](lab.flow())
    alone()
    assert tree(seen) == FLOW
    run = named(seen, "invoke_workflow flow")
    assert (run[semconv.ROLLUP_TOOLS], run[semconv.RUN_OUTCOME], run[semconv.WORKFLOW_NAME]) == (2, "success", "flow")
    adds_up(seen, vendor, 7)


@pytest.mark.parametrize("how", ASYNC)
def test_every_step_of_an_async_graph_is_there_once(lab: Lab, seen: Captured, vendor: Vendor, how: str) -> None:
    async def run() -> None:
        await ASYNC[how](lab.async_flow())
        alone()

    asyncio.run(run())
    assert tree(seen) == FLOW
    assert outcomes(seen) == ["success"]
    adds_up(seen, vendor, 7)


def test_a_stream_keeps_its_type(lab: Lab, seen: Captured) -> None:
    graph = lab.graph({"one": lab.asks()})
    assert inspect.isgenerator(graph.stream(START_STATE))
    assert inspect.isasyncgen(graph.astream(START_STATE))
    assert inspect.isgeneratorfunction(type(graph).stream)
    assert inspect.isasyncgenfunction(type(graph).astream)
    assert seen.spans == []  # nothing began: no item was asked for


def test_the_thread_is_the_conversation(lab: Lab, seen: Captured) -> None:
    told = {"configurable": {"thread_id": "t-1"}}
    graph = lab.graph({"one": lab.asks()})
    graph.invoke(START_STATE, told)
    list(graph.stream(START_STATE, config=told))
    assert [dict(span.attributes or {}).get(semconv.CONVERSATION) for span in seen.spans] == ["t-1"] * 4


def test_an_agent_alone_is_a_run(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    lab.agent("alice").invoke({"messages": [("user", ASK)]})
    assert tree(seen) == [line[2:] for line in AGENT.format("alice").splitlines()]
    assert outcomes(seen) == ["success"]
    assert named(seen, "execute_tool look_up")[semconv.AGENT] == "alice"
    adds_up(seen, vendor, 3)


def test_an_agent_without_a_name_has_its_graphs(lab: Lab, seen: Captured) -> None:
    lab.agent(None).invoke({"messages": [("user", "[[reply: done]]")]})
    assert tree(seen) == ["invoke_agent LangGraph 1/1", "  chat gpt-4.1"]


def test_an_agent_in_a_tool_of_another(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    inner = lab.agent("bob")

    @tool
    def ask_bob() -> str:
        """Asks bob."""
        return str(inner.invoke({"messages": [("user", ASK)]})["messages"][-1].content)

    lab.agent("alice", ask_bob).invoke({"messages": [("user", "[[call: ask_bob {}]] [[reply: done]]")]})
    below = ["    execute_tool ask_bob 0/3", *("    " + line for line in AGENT.format("bob").splitlines())]
    assert tree(seen) == ["invoke_agent alice 2/5", *(line[2:] for line in ["    chat gpt-4.1", "    chat gpt-4.1", *below])]
    adds_up(seen, vendor, 5)


def test_tools_in_parallel(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    vendor.reply(json=two_tools("chat", ("look_up", {"q": "a"}), ("clock", {})))
    lab.agent("alice", lab.clock).invoke({"messages": [("user", "[[reply: done]]")]})
    assert tree(seen) == [
        "invoke_agent alice 2/3",
        "  chat gpt-4.1",
        "  chat gpt-4.1",
        "  execute_tool clock 0/0",
        "  execute_tool look_up 1/1",
        "    chat gpt-4.1-mini",
    ]
    adds_up(seen, vendor, 3)


def test_a_graph_within_a_graph(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    inner = lab.graph({"deep": lab.asks(BIG)}, name="inner")
    lab.graph({"below": inner, "after": lab.asks()}, name="outer").invoke(START_STATE)
    assert tree(seen) == [
        "invoke_workflow outer 1/2",
        "  chat gpt-4.1-mini",
        "  invoke_workflow inner 1/1",
        "    chat gpt-4.1",
    ]
    assert outcomes(seen) == ["success"]
    adds_up(seen, vendor, 2)


def test_threads_without_a_context_have_runs_of_their_own(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    flow = lab.flow()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(flow.invoke, [START_STATE, START_STATE]))
    assert tree(seen) == [*FLOW, *FLOW]
    adds_up(seen, vendor, 14)


def test_runs_at_once_do_not_mix(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    async def both() -> None:
        await asyncio.gather(*(lab.async_flow().ainvoke(START_STATE) for _ in range(2)))
        alone()

    asyncio.run(both())
    assert tree(seen) == [*FLOW, *FLOW]
    adds_up(seen, vendor, 14)
