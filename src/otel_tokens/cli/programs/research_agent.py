"""A research agent on the real SDKs: the program that `otel-tokens demo` runs. Of us it knows steps and a scope, nothing else.

Every request goes to a server on the loopback interface, which answers any prompt; the counts follow from the prompts alone.
"""

from __future__ import annotations

import asyncio
import os

from anthropic import AsyncAnthropic
from anthropic.types import MessageParam, ToolParam
from openai import AsyncOpenAI, OpenAI

from otel_tokens import agent, scope, tool, workflow

HOUSE_STYLE = "Cite every figure with its source and its date. Prefer primary sources. Say what is not known. " * 110
TOPICS = ("demand for batteries in 2026", "prices of lithium carbonate", "factories that are being built")
WEB_SEARCH = ToolParam(
    name="web_search",
    description="Searches the web and returns the text of the best pages.",
    input_schema={"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)
sync, parallel = OpenAI(), AsyncOpenAI()


@agent("planner")
def plan(question: str) -> str:
    """One call of the Responses API, with reasoning."""
    answer = sync.responses.create(model="gpt-5.4", instructions=HOUSE_STYLE[:4000], input=f"Plan a report: {question}")
    return answer.output_text


@tool("web_search")
def web_search(_query: str) -> str:
    """No model in here: a tool costs what the calls inside it cost."""
    return "Shipments grew by a third; three plants opened; contract prices fell. " * 90


@agent("researcher")
async def research(topic: str, client: AsyncAnthropic) -> str:
    """Two rounds: the model asks for a search, then reads what was found. The style guide is cached for all three."""
    said: list[MessageParam] = [{"role": "user", "content": f"Find the facts about {topic}."}]
    while True:
        answer = await client.messages.create(
            model="claude-sonnet-5",
            max_tokens=2000,
            system=[{"type": "text", "text": HOUSE_STYLE, "cache_control": {"type": "ephemeral"}}],
            tools=[WEB_SEARCH],
            messages=said,
        )
        calls = [block for block in answer.content if block.type == "tool_use"]
        if not calls:
            return "".join(block.text for block in answer.content if block.type == "text")
        said.append({"role": "assistant", "content": [block.model_dump() for block in answer.content]})  # pyright: ignore[reportArgumentType]  # the SDK takes its own blocks back
        found = [(call.id, web_search(str(call.input))) for call in calls]
        said.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": i, "content": text} for i, text in found]}
        )


async def research_all() -> list[str]:
    """Three researchers at once; the vendor answers one of them with 429 at first, and the SDK tries again."""
    busy = AsyncAnthropic(base_url=os.environ["ANTHROPIC_BASE_URL"] + "/flaky")
    clients = (AsyncAnthropic(), AsyncAnthropic(), busy)
    return await asyncio.gather(*(research(topic, client) for topic, client in zip(TOPICS, clients, strict=True)))


@tool("summarise")
def summarise(texts: list[str]) -> str:
    """A tool that asks a smaller model."""
    answer = sync.chat.completions.create(
        model="gpt-5.4-mini", messages=[{"role": "user", "content": "Summarise: " + " ".join(texts * 20)}]
    )
    return answer.choices[0].message.content or ""


@agent("writer")
async def write(summary: str) -> str:
    """A stream at the priority tier."""
    stream = await parallel.chat.completions.create(
        model="gpt-5.4",
        messages=[{"role": "system", "content": HOUSE_STYLE[:2000]}, {"role": "user", "content": "Write: " + summary * 10}],
        service_tier="priority",
        stream=True,
        stream_options={"include_usage": True},
    )
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


def check_and_index(report: str) -> None:
    """Two calls in no step of their own: a model that no price list has, and an index for later."""
    sync.chat.completions.create(model="gpt-next-preview", messages=[{"role": "user", "content": "Check: " + report}])
    sync.embeddings.create(model="text-embedding-3-small", input=[report * 400])


def main() -> None:
    """The workflow, and who pays for it."""
    with scope(team="research", customer="acme", feature="reports"), workflow("market-report"):
        plan("batteries")
        facts = asyncio.run(research_all())
        report = asyncio.run(write(summarise(facts)))
        check_and_index(report)


if __name__ == "__main__":
    main()
