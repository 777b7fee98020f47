"""The calls that are measured: the real SDKs over an in-process HTTP transport, so that only CPU in this process counts."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

QUESTION = {"role": "user", "content": "How much did this cost?"}
TALK = [{"role": "user" if n % 2 == 0 else "assistant", "content": "x" * 2000} for n in range(51)]

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5.5", "service_tier": "default",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "A cent.", "refusal": None}}],
    "usage": {
        "prompt_tokens": 2000, "completion_tokens": 500, "total_tokens": 2500,
        "prompt_tokens_details": {"cached_tokens": 1500, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 0},
    },
}  # fmt: skip
RESPONSE: dict[str, Any] = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-5.5", "status": "completed", "service_tier": "default",
    "output": [{"type": "message", "id": "m", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "About a cent.", "annotations": []}]}],
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    "usage": {"input_tokens": 2000, "output_tokens": 500, "total_tokens": 2500,
              "input_tokens_details": {"cached_tokens": 1500}, "output_tokens_details": {"reasoning_tokens": 100}},
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "stop_reason": "end_turn",
    "stop_sequence": None, "content": [{"type": "text", "text": "About a cent."}],
    "usage": {"input_tokens": 200, "output_tokens": 500, "cache_read_input_tokens": 1500, "cache_creation_input_tokens": 300,
              "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 0}, "service_tier": "standard"},
}  # fmt: skip
CHUNKS = 200


def _chat_stream() -> bytes:
    shared = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5.5", "service_tier": "default"}
    events = [{**shared, "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]} for _ in range(CHUNKS)]
    events.append({**shared, "choices": [], "usage": CHAT["usage"]})
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"


def _message_stream() -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}} for _ in range(CHUNKS)
    ]
    events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 500}})
    events.append({"type": "message_stop"})
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


BODIES = {
    path: json.dumps(body).encode()
    for path, body in (("/v1/chat/completions", CHAT), ("/v1/responses", RESPONSE), ("/v1/messages", MESSAGE))
}
STREAMS = {"/v1/chat/completions": _chat_stream(), "/v1/messages": _message_stream()}


def transports(sdk: str) -> tuple[Any, Any, Any]:
    """The SDK's own HTTP library, and a sync and an async client of it that answer in this process."""
    base = importlib.import_module(f"{sdk}._base_client")
    http = getattr(base, "httpx2", None) or base.httpx

    class Body(http.SyncByteStream, http.AsyncByteStream):
        def __init__(self, data: bytes) -> None:
            self.data = data

        def __iter__(self) -> Any:
            yield self.data

        async def __aiter__(self) -> Any:
            yield self.data

    def answer(request: Any) -> Any:
        path = request.url.path
        stream = b'"stream":true' in request.content.replace(b" ", b"")
        kind = "text/event-stream" if stream else "application/json"
        return http.Response(200, headers={"content-type": kind}, stream=Body((STREAMS if stream else BODIES)[path]))

    async def answer_async(request: Any) -> Any:
        await asyncio.sleep(0)
        return answer(request)

    return http, http.Client(transport=http.MockTransport(answer)), http.AsyncClient(transport=http.MockTransport(answer_async))


@dataclass(frozen=True)
class Case:
    """One kind of call: run it `batch` times as one block."""

    name: str
    run: Callable[[], Any] | Callable[[], Awaitable[Any]]
    batch: int
    is_async: bool = False
    chunks: int = 0


def cases(*, native: bool) -> list[Case]:
    """Every measured kind of call. `native`: whether the anthropic client opens its own span (then ours enriches it)."""
    import anthropic
    import openai

    _, sync, asynchronous = transports("openai")
    chat = openai.OpenAI(api_key="x", http_client=sync)
    achat = openai.AsyncOpenAI(api_key="x", http_client=asynchronous)
    _, sync, asynchronous = transports("anthropic")
    claude = anthropic.Anthropic(api_key="x", http_client=sync, **({} if native else {"open_telemetry": False}))
    ask: dict[str, Any] = {"model": "gpt-5.5", "messages": [QUESTION]}
    tell: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": [QUESTION]}

    async def many() -> None:
        await asyncio.gather(*(achat.chat.completions.create(**ask) for _ in range(64)))

    async def async_stream() -> None:
        async for _ in await achat.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}):
            pass

    def stream() -> None:
        for _ in chat.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}):
            pass

    def message_stream() -> None:
        for _ in claude.messages.create(**tell, stream=True):
            pass

    if native:
        return [Case("anthropic messages, native span", lambda: claude.messages.create(**tell), 40)]
    return [
        Case("openai chat", lambda: chat.chat.completions.create(**ask), 40),
        Case("openai responses", lambda: chat.responses.create(model="gpt-5.5", input="hi"), 40),
        Case("anthropic messages", lambda: claude.messages.create(**tell), 40),
        Case("openai chat, 50 × 2 kB of context", lambda: chat.chat.completions.create(model="gpt-5.5", messages=TALK), 20),
        Case("openai chat, async, 64 at once (per call)", many, 1, is_async=True),
        Case("openai chat stream, 200 chunks", stream, 4, chunks=CHUNKS),
        Case("openai chat stream, async, 200 chunks", async_stream, 4, is_async=True, chunks=CHUNKS),
        Case("anthropic stream, 200 chunks", message_stream, 4, chunks=CHUNKS),
    ]
