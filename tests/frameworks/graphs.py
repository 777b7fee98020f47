"""The graphs that the tests run: two agents at once with a tool that asks a model by itself, and a plain node after them."""

import operator
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated, Any, TypedDict

import openai
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph

from otel_tokens.testing.server import Vendor
from tests.frameworks.kit import BIG, MINI

ASK = '[[call: look_up {"q": "a"}]] [[reply: done]]'
AGENT = """\
  invoke_agent {} 2/3
    chat gpt-4.1
    chat gpt-4.1
    execute_tool look_up 1/1
      chat gpt-4.1-mini"""
FLOW = [
    "invoke_workflow flow 1/7",
    "  chat gpt-4.1-mini",
    *AGENT.format("alice").splitlines(),
    *AGENT.format("bob").splitlines(),
]
START_STATE: dict[str, Any] = {"out": []}


class State(TypedDict):
    out: Annotated[list[str], operator.add]


class Lab:
    """Two agents at once and a plain node after them; their tool asks a model by itself."""

    def __init__(self, vendor: Vendor, stack: ExitStack) -> None:
        self.vendor = vendor
        self.where: dict[str, Any] = {"base_url": f"{vendor.url}/v1", "api_key": "k"}
        client = stack.enter_context(openai.OpenAI(**self.where))

        @tool
        def look_up(q: str = "") -> str:
            """Looks it up."""
            said = client.chat.completions.create(model=MINI, messages=[{"role": "user", "content": "[[reply: in]] " + q}])
            return str(said.choices[0].message.content)

        @tool
        def clock() -> str:
            """Says the time."""
            return "noon"

        @tool
        def broken() -> str:
            """Fails."""
            raise ValueError("no")

        self.look_up, self.clock, self.broken = look_up, clock, broken

    def model(self, name: str) -> ChatOpenAI:
        return ChatOpenAI(model=name, stream_usage=True, **self.where)

    def agent(self, name: str | None, *more: Any) -> Any:
        return create_agent(self.model(BIG), [self.look_up, *more], name=name)

    def graph(self, nodes: dict[str, Callable[..., Any]], *, name: str = "flow", last: str | None = None) -> Any:
        """All nodes at once, then the last; without one they run one after the other."""
        graph = StateGraph(State)
        for each, does in nodes.items():
            graph.add_node(each, does)
        names = list(nodes)
        if last is None:
            for above, below in zip([START, *names], [*names, END], strict=True):
                graph.add_edge(above, below)
            return graph.compile(name=name)
        for each in names:
            if each != last:
                graph.add_edge(START, each)
                graph.add_edge(each, last)
        graph.add_edge(last, END)
        return graph.compile(name=name)

    def asks(self, name: str = MINI) -> Callable[[State], dict[str, Any]]:
        """A node that makes one call."""
        return lambda _state: {"out": [str(self.model(name).invoke("[[reply: sum]]").content)]}

    def flow(self) -> Any:
        def via(agent: Any) -> Callable[[State], dict[str, Any]]:
            return lambda _state: {"out": [agent.invoke({"messages": [("user", ASK)]})["messages"][-1].content]}

        return self.graph({"a": via(self.agent("alice")), "b": via(self.agent("bob")), "sum": self.asks()}, last="sum")

    def async_flow(self) -> Any:
        def via(agent: Any) -> Any:
            async def node(_state: State) -> dict[str, Any]:
                return {"out": [(await agent.ainvoke({"messages": [("user", ASK)]}))["messages"][-1].content]}

            return node

        async def last(_state: State) -> dict[str, Any]:
            return {"out": [str((await self.model(MINI).ainvoke("[[reply: sum]]")).content)]}

        return self.graph({"a": via(self.agent("alice")), "b": via(self.agent("bob")), "sum": last}, last="sum")
