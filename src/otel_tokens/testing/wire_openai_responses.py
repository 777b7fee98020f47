"""The Responses API as OpenAI writes it: plain, streamed, in the background, and polled afterwards."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from otel_tokens.testing.wire import JSON, Answer, Memory, Refusal, Request, as_dict, as_list, bill, refuse_once
from otel_tokens.testing.wire_openai_events import events
from otel_tokens.testing.wire_openai_model import (
    cache,
    generation,
    message_tokens,
    served_model,
    served_tier,
    turn,
    writes_cache,
)
from otel_tokens.testing.wire_text import Said, draw, say, tokens


@dataclass(slots=True)
class Response:
    """A stored response: the finished body, what it will be billed, and how many polls until it is finished."""

    body: JSON
    request: Request
    items: list[Any]
    polls: int = 0
    cancelled: bool = False

    def view(self) -> JSON:
        """The body as it looks now: queued or in progress ones have no output, no usage."""
        if not self.polls and not self.cancelled:
            return self.body
        status = "cancelled" if self.cancelled else "queued" if self.polls == 2 else "in_progress"
        return {**self.body, "status": status, "output": [], "usage": None, "completed_at": None, "incomplete_details": None}


def create(request: Request, memory: Memory) -> Answer:
    """POST …/responses."""
    body = request.body
    model = served_model(request)
    refuse_once(request, memory)
    before: Response | None = (
        memory.find(str(body["previous_response_id"]), Response) if body.get("previous_response_id") else None
    )
    items: list[Any] = [*(before.items if before else ()), *_items(body.get("input"))]
    tools = {str(t.get("name")): as_dict(t.get("parameters")) for t in _tools(body) if t.get("type") == "function"}
    said = say(turn(body, items, tools, body.get("max_output_tokens")), memory.seed)
    response = _body(request, memory, model, said, items)
    stored = Response(response, request, [*items, *response["output"]])
    memory.keep(response["id"], stored)
    if body.get("background") and not request.stream:
        stored.polls = 2
        return Answer(json=stored.view())
    return _finished(stored, stream=request.stream)


def _finished(stored: Response, *, stream: bool) -> Answer:
    request, done = stored.request, stored.body
    bills = [bill(request, done["model"], done["usage"], done["service_tier"], stream=stream)]
    return Answer(events=events(done), bills=bills) if stream else Answer(json=done, bills=bills)


def retrieve(request: Request, memory: Memory) -> Answer:
    """GET …/responses/{id}: never billed, except the poll at which a background response is finished."""
    stored: Response = memory.find(request.path.rpartition("/")[2], Response)
    stream = request.query.get("stream") == "true"
    with memory.lock:
        waited = stored.polls > 0 and not stored.cancelled
        stored.polls = max(0, stored.polls - 1)
    if waited and (stream or not stored.polls):
        stored.polls = 0
        return _finished(stored, stream=stream)
    return Answer(events=events(stored.body)) if stream else Answer(json=stored.view())


def cancel(request: Request, memory: Memory) -> Answer:
    """POST …/responses/{id}/cancel: a background response that is not finished ends without usage."""
    stored: Response = memory.find(request.path.split("/")[-2], Response)
    if not stored.request.body.get("background"):
        raise Refusal(400, "Only responses created with background=true can be cancelled.")
    stored.cancelled = stored.cancelled or stored.polls > 0
    return Answer(json=stored.view())


def count(request: Request, memory: Memory) -> Answer:
    """POST …/responses/input_tokens: counts, bills nothing."""
    del memory
    read = _input_tokens(request.body, _items(request.body.get("input")))
    return Answer(json={"object": "response.input_tokens", "input_tokens": read})


def _items(given: object) -> list[Any]:
    return [{"role": "user", "content": given}] if isinstance(given, str) else as_list(given)


def _tools(body: JSON) -> list[JSON]:
    return [as_dict(tool) for tool in as_list(body.get("tools"))]


def _input_tokens(body: JSON, items: list[Any]) -> int:
    instructions = str(body.get("instructions") or "")
    asked = sum(message_tokens(as_dict(item)) for item in items) + (tokens(instructions) + 4 if instructions else 0)
    return 3 + asked + sum(tokens(json.dumps(tool)) for tool in _tools(body))


def _usage(request: Request, memory: Memory, said: Said, items: list[Any]) -> JSON:
    body = request.body
    read = _input_tokens(body, items) + (1200 if _searches(body) else 0)
    cached, written = cache(memory, request, items, str(body.get("instructions") or ""))
    thinks = generation(request.model) is not None and as_dict(body.get("reasoning")).get("effort") != "none"
    reasoning = 16 * draw(1, 12, "reasoning", items[-1:], memory.seed) if thinks else 0
    details: JSON = {"cached_tokens": cached, "cache_write_tokens": written}
    if writes_cache(request.model):
        long = as_dict(body.get("prompt_cache_options")).get("ttl") == "12h"
        details["cache_write_tokens_details"] = {"ttl_30m_tokens": written * (not long), "ttl_12h_tokens": written * long}
    return {
        "input_tokens": read,
        "input_tokens_details": details,
        "output_tokens": said.tokens + reasoning,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": read + said.tokens + reasoning,
    }


def _searches(body: JSON) -> bool:
    return any(str(tool.get("type")).startswith("web_search") for tool in _tools(body))


def _output(request: Request, memory: Memory, said: Said, usage: JSON) -> list[JSON]:
    output: list[JSON] = []
    if usage["output_tokens_details"]["reasoning_tokens"]:
        output.append({"id": memory.fresh("rs_", request), "type": "reasoning", "summary": []})
    if _searches(request.body):
        action = {"type": "search", "query": "loopback", "queries": ["loopback"]}
        output.append({"id": memory.fresh("ws_", request), "type": "web_search_call", "status": "completed", "action": action})
    if said.call:
        call: JSON = {"id": memory.fresh("fc_", request), "type": "function_call", "status": "completed"}
        return [*output, {**call, "call_id": memory.fresh("call_", request), "name": said.call[0], "arguments": said.arguments}]
    text: JSON = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
    status = "incomplete" if said.cut else "completed"
    message: JSON = {"id": memory.fresh("msg_", request), "type": "message", "status": status, "role": "assistant"}
    return [*output, {**message, "content": [text]}]


def _body(request: Request, memory: Memory, model: str, said: Said, items: list[Any]) -> JSON:
    body, usage = request.body, _usage(request, memory, said, items)
    now = int(time.time())
    return {
        "id": memory.fresh("resp_", request),
        "object": "response",
        "created_at": now,
        "completed_at": now,
        "status": "incomplete" if said.cut else "completed",
        "background": bool(body.get("background")),
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if said.cut else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": body.get("metadata") or {},
        "model": model,
        "output": _output(request, memory, said, usage),
        "parallel_tool_calls": True,
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "service_tier": served_tier(body),
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": _tools(body),
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
    }
