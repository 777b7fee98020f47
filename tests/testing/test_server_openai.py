"""What the loopback vendor says as OpenAI, read through the real SDK: it shows the numbers that were billed."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from otel_tokens.testing.server import Vendor

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}}},
    },
}


class City(BaseModel):
    name: str
    size: int
    tags: list[str]


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        yield client


def plain(usage: Any) -> dict[str, object]:
    return usage.model_dump(exclude_unset=True)


def test_a_chat_states_what_was_billed(vendor: Vendor, oai: openai.OpenAI) -> None:
    answer = oai.chat.completions.create(model="gpt-4.1", messages=HELLO, n=2)
    (billed,) = vendor.billed
    assert answer.usage is not None
    assert plain(answer.usage) == billed.usage
    assert (answer.model, billed.service_tier, len(answer.choices)) == ("gpt-4.1-2025-04-14", "default", 2)


@pytest.mark.parametrize(("asked", "served"), [("auto", "default"), ("fast", "priority"), ("flex", "flex"), (None, "default")])
def test_the_served_tier_is_stated(vendor: Vendor, oai: openai.OpenAI, asked: Any, served: str) -> None:
    extra = {"service_tier": asked} if asked else {}
    chat = oai.chat.completions.create(model="gpt-5", messages=HELLO, **extra)
    response = oai.responses.create(model="gpt-5", input="hello", **extra)
    assert (chat.service_tier, response.service_tier) == (served, served)
    assert [one.service_tier for one in vendor.billed] == [served, served]


def test_a_streamed_chat_has_usage_only_if_asked_and_is_billed_either_way(vendor: Vendor, oai: openai.OpenAI) -> None:
    silent = list(oai.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True))
    counted = list(
        oai.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True, stream_options={"include_usage": True})
    )
    assert [c.usage for c in silent if c.usage] == []
    assert [plain(c.usage) for c in counted if c.usage] == [vendor.billed[1].usage] == [vendor.billed[0].usage]
    assert counted[-1].choices == []
    texts = ["".join(c.choices[0].delta.content or "" for c in chunks if c.choices) for chunks in (silent, counted)]
    assert texts[0] == texts[1] == oai.chat.completions.create(model="gpt-4.1", messages=HELLO).choices[0].message.content


def test_tools_are_called_once_then_text_follows(oai: openai.OpenAI) -> None:
    messages = [*HELLO]
    first = oai.chat.completions.create(model="gpt-4.1", messages=messages, tools=[TOOL]).choices[0]
    assert first.finish_reason == "tool_calls"
    (call,) = first.message.tool_calls or []
    assert json.loads(call.function.arguments) == {"city": "text", "days": 2}
    messages += [first.message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert oai.chat.completions.create(model="gpt-4.1", messages=messages, tools=[TOOL]).choices[0].finish_reason == "stop"


def test_directives_say_which_tool_and_which_text(oai: openai.OpenAI) -> None:
    text = '[[call: look_up {"city": "Oslo", "grid": [[1]]}]] then [[reply: It rains.]]'
    messages: list[Any] = [{"role": "user", "content": text}]
    with oai.chat.completions.stream(model="gpt-4.1", messages=messages, tools=[TOOL]) as stream:
        message = stream.get_final_completion().choices[0].message
    (call,) = message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("look_up", {"city": "Oslo", "grid": [[1]]})
    messages += [
        {"role": "assistant", "tool_calls": [call.model_dump()]},
        {"role": "tool", "tool_call_id": call.id, "content": "ok"},
    ]
    assert oai.chat.completions.create(model="gpt-4.1", messages=messages, tools=[TOOL]).choices[0].message.content == "It rains."
    free = oai.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "[[reply: Yes.]]"}], tools=[TOOL])
    assert free.choices[0].message.content == "Yes."


def test_structured_answers_fit_the_schema(oai: openai.OpenAI) -> None:
    chat = oai.chat.completions.parse(model="gpt-4.1", messages=HELLO, response_format=City)
    response = oai.responses.parse(model="gpt-4.1", input="hello", text_format=City)
    assert chat.choices[0].message.parsed == response.output_parsed == City(name="text", size=1, tags=["text"])


def test_a_prefix_is_written_then_read(vendor: Vendor, oai: openai.OpenAI) -> None:
    system: Any = {"role": "system", "content": "You are kind. " * 40}
    for model in ("gpt-5.6-sol", "gpt-5.6-sol", "gpt-4.1", "gpt-4.1"):
        oai.chat.completions.create(model=model, messages=[system, *HELLO])
    details: list[Any] = [one.usage["prompt_tokens_details"] for one in vendor.billed]
    assert [(d["cached_tokens"], d.get("cache_write_tokens")) for d in details] == [(0, 144), (144, 0), (0, None), (144, None)]
    for ttl in ("12h", "30m"):
        extra = {"prompt_cache_options": {"mode": "implicit", "ttl": ttl}}
        oai.responses.create(model="gpt-6-sol", input="hello", instructions=f"Be kind. {ttl}", extra_body=extra)
    written: list[Any] = [one.usage["input_tokens_details"] for one in vendor.billed[-2:]]
    assert [d["cache_write_tokens_details"] for d in written] == [
        {"ttl_30m_tokens": 0, "ttl_12h_tokens": 7},
        {"ttl_30m_tokens": 7, "ttl_12h_tokens": 0},
    ]


@pytest.mark.parametrize(
    ("model", "thinks"), [("o3", True), ("gpt-5-mini", True), ("gpt-4o", False), ("gpt-5-chat-latest", False)]
)
def test_reasoning_models_think_inside_their_output(oai: openai.OpenAI, model: str, thinks: bool) -> None:
    usage = oai.chat.completions.create(model=model, messages=HELLO).usage
    assert usage is not None
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens > (usage.completion_tokens_details.reasoning_tokens or 0)
    assert bool(usage.completion_tokens_details.reasoning_tokens) is thinks


def test_a_streamed_response_ends_with_its_usage(vendor: Vendor, oai: openai.OpenAI) -> None:
    tools: list[Any] = [{"type": "web_search"}]
    with oai.responses.stream(model="gpt-5", input="hello", tools=tools) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [e.type for e in events][:2] == ["response.created", "response.in_progress"]
    assert [e.sequence_number for e in events] == list(range(len(events)))
    assert [item.type for item in final.output] == ["reasoning", "web_search_call", "message"]
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == final.output_text
    assert plain(final.usage) == vendor.billed[0].usage


def test_a_response_calls_a_function_and_goes_on_from_there(vendor: Vendor, oai: openai.OpenAI) -> None:
    tools: list[Any] = [{"type": "function", "strict": False, **TOOL["function"]}]
    with oai.responses.stream(model="gpt-4.1", input="[[call: look_up {}]] [[reply: Done.]]", tools=tools) as stream:
        first = stream.get_final_response()
    output: list[Any] = [{"type": "function_call_output", "call_id": first.output[0].call_id, "output": "sunny"}]
    second = oai.responses.create(model="gpt-4.1", input=output, previous_response_id=first.id, tools=tools)
    assert second.output_text == "Done."
    assert vendor.billed[1].usage["input_tokens"] > vendor.billed[0].usage["input_tokens"]


def test_a_background_response_is_billed_once_by_the_poll_that_finds_it_done(vendor: Vendor, oai: openai.OpenAI) -> None:
    response = oai.responses.create(model="gpt-5", input="hello", background=True)
    seen = [response.status]
    for _ in range(3):
        assert bool(vendor.billed) == (seen[-1] == "completed")
        response = oai.responses.retrieve(response.id)
        seen.append(response.status)
    assert seen == ["queued", "in_progress", "completed", "completed"]
    assert [one.usage for one in vendor.billed] == [plain(response.usage)]
    other = oai.responses.create(model="gpt-5", input="bye", background=True)
    assert oai.responses.cancel(other.id).status == "cancelled"
    assert oai.responses.retrieve(other.id).usage is None
    assert len(vendor.billed) == 1


def test_a_limit_makes_an_answer_incomplete(oai: openai.OpenAI) -> None:
    assert oai.chat.completions.create(model="gpt-4.1", messages=HELLO, max_tokens=2).choices[0].finish_reason == "length"
    events = list(oai.responses.create(model="gpt-4.1", input="hello", max_output_tokens=2, stream=True))
    assert events[-1].type == "response.incomplete"
    assert (
        oai.completions.create(model="gpt-3.5-turbo-instruct", prompt="hello", max_tokens=2).choices[0].finish_reason == "length"
    )


def test_legacy_completions_stream(vendor: Vendor, oai: openai.OpenAI) -> None:
    stream = oai.completions.create(
        model="gpt-3.5-turbo-instruct", prompt="hello", stream=True, stream_options={"include_usage": True}
    )
    assert [plain(c.usage) for c in stream if c.usage] == [vendor.billed[0].usage]


def test_azure_answers_with_the_model_behind_the_deployment(vendor: Vendor) -> None:
    with openai.AzureOpenAI(azure_endpoint=vendor.url, api_key="k", api_version="2026-01-01") as client:
        assert client.chat.completions.create(model="our-deployment", messages=HELLO).model == "gpt-4.1-2025-04-14"
        first = next(iter(client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)))
        assert (first.model, first.choices) == ("", [])
        assert client.embeddings.create(model="our-vectors", input="x").model == "text-embedding-3-small"
    assert vendor.requests[0].path == "/openai/deployments/our-deployment/chat/completions?api-version=2026-01-01"
    assert [one.model for one in vendor.billed] == ["gpt-4.1-2025-04-14", "gpt-4o-2024-08-06", "text-embedding-3-small"]
