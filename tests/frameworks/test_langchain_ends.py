"""How a graph ends: left early, dropped, closed elsewhere, cancelled, failed; each time the books are whole."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from otel_tokens import semconv
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor
from tests.frameworks.graphs import START_STATE, Lab, State
from tests.frameworks.kit import adds_up, alone, named, outcomes, tree, until

ONE = ["invoke_workflow flow 1/1", "  chat gpt-4.1-mini"]


@pytest.fixture
def lab(vendor: Vendor) -> Iterator[Lab]:
    with ExitStack() as stack:
        yield Lab(vendor, stack)


def steps(lab: Lab) -> Any:
    """Two nodes, one after the other, with one call each."""
    return lab.graph({"one": lab.asks(), "two": lab.asks()})


def async_steps(lab: Lab) -> Any:
    async def node(_state: State) -> dict[str, Any]:
        return {"out": [str((await lab.model("gpt-4.1-mini").ainvoke("[[reply: sum]]")).content)]}

    return lab.graph({"one": node, "two": node})


def test_a_stream_that_is_closed_early(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    items = steps(lab).stream(START_STATE)
    next(items)
    alone()
    items.close()
    assert tree(seen) == ONE
    assert outcomes(seen) == ["abandoned"]
    adds_up(seen, vendor, 1)


def test_a_stream_that_is_dropped(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    for _ in steps(lab).stream(START_STATE):
        break
    gc.collect()
    assert tree(seen) == ONE
    assert outcomes(seen) == ["abandoned"]
    adds_up(seen, vendor, 1)


async def closed(items: AsyncIterator[Any]) -> None:
    await items.aclose()


async def closed_elsewhere(items: AsyncIterator[Any]) -> None:
    await asyncio.create_task(closed(items))


async def thrown_into(items: Any) -> None:
    with pytest.raises(KeyError):
        await items.athrow(KeyError("from the user"))


async def dropped(items: Any) -> None:
    del items


@pytest.mark.parametrize(
    ("leave", "outcome"),
    [(closed, "abandoned"), (closed_elsewhere, "abandoned"), (thrown_into, "failure"), (dropped, "abandoned")],
)
def test_an_async_stream_that_is_left(
    lab: Lab, seen: Captured, vendor: Vendor, leave: Callable[[Any], Any], outcome: str
) -> None:
    async def run() -> None:
        held = [async_steps(lab).astream(START_STATE)]
        await anext(held[0])
        alone()
        await leave(held.pop())
        gc.collect()
        await until(lambda: outcomes(seen))
        alone()

    asyncio.run(run())
    assert tree(seen) == ONE
    assert outcomes(seen) == [outcome]
    adds_up(seen, vendor, 1)


def test_a_stream_that_two_tasks_read(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    async def run() -> None:
        items = async_steps(lab).astream(START_STATE)

        async def rest() -> int:
            return len([item async for item in items])

        await anext(items)
        assert await asyncio.create_task(rest()) == 1
        alone()

    asyncio.run(run())
    assert tree(seen) == ["invoke_workflow flow 2/2", "  chat gpt-4.1-mini", "  chat gpt-4.1-mini"]
    assert outcomes(seen) == ["success"]
    adds_up(seen, vendor, 2)


def test_a_graph_that_is_cancelled(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    inside = asyncio.Event()

    async def stuck(_state: State) -> dict[str, Any]:
        inside.set()
        await asyncio.sleep(60)
        return {}

    async def run() -> None:
        graph = lab.graph({"one": lab.asks(), "stuck": stuck})
        task = asyncio.create_task(graph.ainvoke(START_STATE))
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        alone()

    asyncio.run(run())
    assert tree(seen) == ONE
    assert outcomes(seen) == ["abandoned"]
    assert named(seen, "invoke_workflow flow")[semconv.ROLLUP_WASTED] == pytest.approx(seen.cost)
    adds_up(seen, vendor, 1)


def test_a_tool_that_fails_fails_its_agent_and_the_run(lab: Lab, seen: Captured, vendor: Vendor) -> None:
    agent = lab.agent("alice", lab.broken)
    with pytest.raises(ValueError, match="no"):
        agent.invoke({"messages": [("user", "[[call: broken {}]] [[reply: done]]")]})
    assert tree(seen) == ["invoke_agent alice 1/1", "  chat gpt-4.1", "  execute_tool broken 0/0"]
    assert outcomes(seen) == ["failure"]
    assert named(seen, "execute_tool broken")[semconv.ERROR_TYPE] == "builtins.ValueError"
    adds_up(seen, vendor, 1)
