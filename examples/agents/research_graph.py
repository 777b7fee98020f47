"""A research graph on LangGraph: two agents at once, a graph within the graph, an editor. Nothing in it knows of otel-tokens.

`make demo-agents` runs it against a server on the loopback interface, whose model does what stands in double brackets.
"""

import operator
from typing import Annotated, TypedDict

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    facts: Annotated[list[str], operator.add]


def model(name: str) -> ChatOpenAI:
    return ChatOpenAI(model=name, stream_usage=True)  # with a base URL of one's own LangChain asks no stream for its usage


@tool
def search(query: str) -> str:
    """Searches the web."""
    return f"{query}: shipments grew by a third; contract prices fell. " * 20


@tool
def translate(text: str) -> str:
    """A tool that asks a model by itself."""
    return str(model("gpt-5.4-nano").invoke(f"Translate: {text} [[reply: prices fell]]").content)


def researcher(name: str, topic: str, tools: list):
    """An agent as a node of the graph."""
    agent = create_agent(model("gpt-5.4"), tools, name=name, system_prompt="Cite every figure. " * 60)
    steps = f'[[call: search {{"query": "{topic}"}}]] [[call: translate {{"text": "Preise fielen"}}]] [[reply: It fell.]]'

    def node(_state: State):
        return {"facts": [agent.invoke({"messages": [("user", f"Find the facts about {topic}. {steps}")]})["messages"][-1].text]}

    return node


def ask(name: str, what: str):
    """A plain node with one call."""
    return lambda state: {"facts": [str(model(name).invoke(f"{what}: {state['facts']} [[reply: done]]").content)]}


def graph():
    review = StateGraph(State)
    review.add_node("check", ask("gpt-5.4-mini", "Check the figures"))
    review.add_node("rate", ask("gpt-5.4-mini", "Rate the sources"))
    review.add_edge(START, "check")
    review.add_edge("check", "rate")
    report = StateGraph(State)
    report.add_node("demand", researcher("demand", "demand for batteries", [search, translate]))
    report.add_node("supply", researcher("supply", "supply of lithium", [search]))
    report.add_node("review", review.compile(name="review"))
    report.add_node("edit", ask("gpt-5.4", "Write the report"))
    for topic in ("demand", "supply"):
        report.add_edge(START, topic)
        report.add_edge(topic, "review")
    report.add_edge("review", "edit")
    report.add_edge("edit", END)
    return report.compile(name="market-report")


if __name__ == "__main__":
    for _ in graph().stream({"facts": []}, {"configurable": {"thread_id": "chat-7"}}, stream_mode="messages", subgraphs=True):
        pass
    print("done")
