"""The loopback vendor as the real SDKs see it: scripted replies, errors, retries, cuts, and what counts as billed."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from otel_tokens.testing.server import Billed, Vendor

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
CHAT = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4.1-2025-04-14", "service_tier": "default"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        yield client


@pytest.fixture
def claude(vendor: Vendor) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=vendor.url, api_key="k") as client:
        yield client


def chunk(text: str, **more: object) -> dict[str, object]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {**CHAT, "object": "chat.completion.chunk", "choices": [choice], **more}


def test_every_request_is_seen_with_its_query_headers_and_body(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    claude.beta.messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=HELLO, extra_headers={"X-Mine": "1"}, extra_query={"q": "2"}
    )
    (seen,) = vendor.requests
    assert (seen.method, seen.path, seen.headers["x-mine"]) == ("POST", "/v1/messages?q=2", "1")
    assert seen.json()["messages"] == HELLO


def test_a_scripted_answer_goes_out_as_it_is_and_its_usage_is_billed(vendor: Vendor, oai: openai.OpenAI) -> None:
    message = {"role": "assistant", "content": "scripted"}
    body = {**CHAT, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
    vendor.reply(json=body, headers={"x-mine": "2"}, gzip=True)
    raw = oai.chat.completions.with_raw_response.create(model="gpt-4.1", messages=HELLO)
    assert raw.headers["x-mine"] == "2"
    assert raw.parse().choices[0].message.content == "scripted"
    assert vendor.billed == [
        Billed("/v1/chat/completions", "gpt-4.1-2025-04-14", "default", dict(USAGE), stream=False, batch=False)
    ]
    assert oai.chat.completions.create(model="gpt-4.1", messages=HELLO).choices[0].message.content != "scripted"


@pytest.mark.parametrize("gzip", [False, True])
def test_a_scripted_stream_ends_with_done(vendor: Vendor, oai: openai.OpenAI, gzip: bool) -> None:
    vendor.reply(sse=[chunk("a"), ": a comment\n\n", chunk("b"), {**chunk(""), "choices": [], "usage": USAGE}], gzip=gzip)
    chunks = list(oai.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "ab"
    assert [one.usage for one in vendor.billed] == [USAGE]


def test_a_scripted_anthropic_stream_is_framed_with_event_names(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [], "stop_reason": None}
    first = {"type": "message_start", "message": {**start, "usage": {"input_tokens": 5, "output_tokens": 1}}}
    vendor.reply(sse=[first, {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 8}}, {"type": "message_stop"}])
    events = list(claude.messages.create(model="claude-x", max_tokens=9, messages=HELLO, stream=True))
    assert [event.type for event in events] == ["message_start", "message_delta", "message_stop"]
    assert [one.usage for one in vendor.billed] == [{"input_tokens": 5, "output_tokens": 8}]


def test_a_cut_stream_breaks_in_the_sdk_after_the_chunks_that_were_sent(vendor: Vendor, oai: openai.OpenAI) -> None:
    vendor.reply(sse=[chunk("a"), chunk("b"), chunk("c", usage=USAGE)], cut_after=2)
    seen: list[str | None] = []
    with pytest.raises(openai.APIConnectionError):
        seen += (c.choices[0].delta.content for c in oai.chat.completions.create(model="m", messages=HELLO, stream=True))
    assert seen == ["a", "b"]
    assert vendor.billed == []


def test_a_reply_without_content_only_changes_how_the_answer_travels(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    vendor.reply(headers={"x-mine": "3"}, gzip=True)
    raw = claude.messages.with_raw_response.create(model="claude-haiku-4-5", max_tokens=99, messages=HELLO)
    assert (raw.headers["x-mine"], raw.parse().model) == ("3", "claude-haiku-4-5-20251001")
    vendor.reply(cut_after=1)
    with pytest.raises(anthropic.APIConnectionError):
        claude.with_options(max_retries=0).messages.create(model="claude-haiku-4-5", max_tokens=99, messages=HELLO)
    assert len(vendor.billed) == 2


def test_failures_are_retried_by_the_sdk_at_once(vendor: Vendor, oai: openai.OpenAI, claude: anthropic.Anthropic) -> None:
    vendor.fail(times=2)
    assert oai.chat.completions.create(model="gpt-4.1", messages=HELLO).usage
    vendor.fail(529)
    assert claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=HELLO).usage
    assert [one.headers["x-stainless-retry-count"] for one in vendor.requests] == ["0", "1", "2", "0", "1"]
    assert len(vendor.billed) == 2


def test_errors_are_written_as_each_vendor_writes_them(vendor: Vendor, oai: openai.OpenAI, claude: anthropic.Anthropic) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        oai.chat.completions.create(model="missing-model", messages=HELLO)
    assert missing.value.code == "model_not_found"
    with pytest.raises(anthropic.NotFoundError) as gone:
        claude.messages.create(model="claude-missing", max_tokens=9, messages=HELLO)
    assert gone.value.body["error"] == {"type": "not_found_error", "message": "model: claude-missing"}
    vendor.fail(500)
    with pytest.raises(openai.InternalServerError):
        oai.with_options(max_retries=0).responses.create(model="gpt-4.1", input="x")
    with pytest.raises(openai.BadRequestError):
        oai.chat.completions.create(model="gpt-4.1", messages=[])
    with pytest.raises(anthropic.BadRequestError, match="messages: Field required"):
        claude.messages.create(model="claude-x", max_tokens=9, messages=[])
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        oai.post("/nowhere", cast_to=object)
    assert vendor.billed == []


def test_a_flaky_model_refuses_each_prompt_once(vendor: Vendor, oai: openai.OpenAI, claude: anthropic.Anthropic) -> None:
    for text in ("one", "one", "two"):
        oai.chat.completions.create(model="flaky-model", messages=[{"role": "user", "content": text}])
        claude.messages.create(model="claude-flaky", max_tokens=9, messages=[{"role": "user", "content": text}])
    assert (len(vendor.requests), len(vendor.billed)) == (10, 6)


def test_an_unknown_model_gets_a_normal_answer(vendor: Vendor, oai: openai.OpenAI) -> None:
    assert oai.chat.completions.create(model="nobody-knows-me", messages=HELLO).model == "nobody-knows-me"
    assert [one.model for one in vendor.billed] == ["nobody-knows-me"]


def test_two_servers_say_the_same_to_the_same_requests_and_ids_never_repeat() -> None:
    def ask() -> list[tuple[str, dict[str, object]]]:
        with Vendor(seed=3) as server, openai.OpenAI(base_url=f"{server.url}/v1", api_key="k") as client:
            ids = [client.chat.completions.create(model="gpt-5", messages=HELLO).id for _ in range(2)]
            return list(zip(ids, (one.usage for one in server.billed), strict=True))

    first = ask()
    assert first == ask()
    assert first[0][0] != first[1][0]


def test_many_clients_at_once_are_all_billed(vendor: Vendor) -> None:
    async def ask(client: openai.AsyncOpenAI) -> int:
        stream = await client.chat.completions.create(
            model="gpt-4.1", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        (total,) = [c.usage.total_tokens async for c in stream if c.usage]
        return total

    async def run() -> list[int]:
        async with openai.AsyncOpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
            return await asyncio.gather(*(ask(client) for _ in range(40)))

    assert asyncio.run(run()) == [one.usage["total_tokens"] for one in vendor.billed]


def test_a_connection_is_kept_over_requests_and_chunked_bodies(vendor: Vendor) -> None:
    connection = http.client.HTTPConnection(vendor.url.removeprefix("http://"))
    body = json.dumps({"model": "gpt-4.1", "messages": HELLO}).encode()
    for send in (body, iter([body[:10], body[10:]])):
        connection.request("POST", "/v1/chat/completions", send, {"content-type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["object"]) == (200, "chat.completion")
    connection.close()
    assert vendor.requests[0].body == vendor.requests[1].body


def test_closing_ends_waiting_streams_and_may_be_repeated() -> None:
    server = Vendor(pace=60)
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k") as client:
        stream = iter(client.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True))
        next(stream)
        closer = threading.Thread(target=server.close)
        closer.start()
        with pytest.raises(openai.APIConnectionError):
            list(stream)
        closer.join()
    server.close()
