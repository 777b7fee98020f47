"""One message of the Messages API: content, stop reason and the usage that is billed, plain or as the events of a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from otel_tokens.testing.wire import JSON, Answer, Memory, Refusal, Request, as_dict, as_list, bill, refuse_once
from otel_tokens.testing.wire_anthropic_usage import Prompt, iterations, read_prompt, searches, usage
from otel_tokens.testing.wire_text import Said, Turn, draw, pieces, prose, say, text_of

_START_ONLY: Final = ("cache_creation", "service_tier", "inference_geo", "speed")


def message(request: Request, memory: Memory, model: str, prefix: str) -> Answer:
    """POST …/messages; `model` is the name as served, `prefix` begins the id of the message."""
    _check(request, memory)
    body = request.body
    said = say(_turn(body), memory.seed)
    thinking = _thinking(request, memory)
    prompt = read_prompt(request, memory)
    billed = usage(request, prompt, said.tokens + thinking, thinking)
    content = _content(request, memory, said, thinking)
    whole: JSON = {
        "id": memory.fresh(prefix, request),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
    }
    stop = "tool_use" if said.call else "max_tokens" if said.cut else "end_turn"
    whole |= {"stop_reason": stop, "stop_sequence": None, "usage": billed}
    if "context_management" in body:
        whole["context_management"] = {"applied_edits": []}
    bills = [bill(request, model, billed, str(billed["service_tier"]), stream=request.stream)]
    if not request.stream:
        return Answer(json=whole, bills=bills)
    return Answer(events=list(_events(whole, prompt)), bills=bills)


def count(request: Request, memory: Memory) -> Answer:
    """POST …/messages/count_tokens: free."""
    return Answer(json={"input_tokens": read_prompt(replace(request, batch=True), Memory(memory.seed)).total})


def _check(request: Request, memory: Memory) -> None:
    body = request.body
    for name in ("model", "max_tokens", "messages"):
        if not body.get(name):
            raise Refusal(400, f"{name}: Field required")
    if "missing" in request.model:
        raise Refusal(404, f"model: {request.model}")
    refuse_once(request, memory)


def _tools(body: JSON) -> dict[str, JSON]:
    tools = [tool for tool in map(as_dict, as_list(body.get("tools"))) if tool.get("type") in (None, "custom")]
    return {str(tool.get("name")): as_dict(tool.get("input_schema")) for tool in tools}


def _turn(body: JSON) -> Turn:
    user, rounds = "", 0
    for said in map(as_dict, as_list(body.get("messages"))):
        results = sum(as_dict(block).get("type") == "tool_result" for block in as_list(said.get("content")))
        text = text_of(said.get("content"))
        if said.get("role") == "user" and (text or not results):
            user, rounds = text, 0
        rounds += results
    form = as_dict(as_dict(body.get("output_config")).get("format") or body.get("output_format"))
    schema = as_dict(form.get("schema")) if form.get("type") == "json_schema" else None
    offered = _tools(body) if as_dict(body.get("tool_choice")).get("type") != "none" else {}
    return Turn(user, offered, rounds, schema, int(body["max_tokens"]))


def _thinking(request: Request, memory: Memory) -> int:
    asked = as_dict(request.body.get("thinking"))
    if asked.get("type") not in ("enabled", "adaptive"):
        return 0
    return min(int(asked.get("budget_tokens") or 1024), 8 * draw(4, 40, "thinking", request.key, memory.seed))


def _content(request: Request, memory: Memory, said: Said, thinking: int) -> list[JSON]:
    content: list[JSON] = []
    if any(one["type"] == "compaction" for one in iterations(request)):
        content.append({"type": "compaction", "content": "What was said before, in short."})
    if thinking:
        content.append({"type": "thinking", "thinking": prose("thinking", request.key), "signature": "c2lnbmVk"})
    if searches(request.body):
        name = memory.fresh("srvtoolu_", request)
        content.append({"type": "server_tool_use", "id": name, "name": "web_search", "input": {"query": "loopback"}})
        page = {"type": "web_search_result", "url": "https://pages.invalid/", "title": "Page", "encrypted_content": "eA=="}
        content.append({"type": "web_search_tool_result", "tool_use_id": name, "content": [{**page, "page_age": None}]})
    if said.call:
        return [
            *content,
            {"type": "tool_use", "id": memory.fresh("toolu_", request), "name": said.call[0], "input": said.call[1]},
        ]
    return [*content, {"type": "text", "text": said.text}]


def _events(whole: JSON, prompt: Prompt) -> Iterator[JSON]:
    """message_start has the input so far and 1 output token; message_delta has all counts again, cumulative and final."""
    final = as_dict(whole["usage"])
    first: JSON = {
        name: value for name, value in final.items() if name not in ("server_tool_use", "iterations", "output_tokens_details")
    }
    first |= {"output_tokens": 1, "input_tokens": prompt.fresh}
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": first}}
    for index, block in enumerate(whole["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": _blank(block)}
        if index == 0:
            yield {"type": "ping"}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    last: JSON = {"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None}}
    last["usage"] = {name: value for name, value in final.items() if name not in _START_ONLY}
    if "context_management" in whole:
        last["context_management"] = whole["context_management"]
    yield last
    yield {"type": "message_stop"}


def _blank(block: JSON) -> JSON:
    empty: dict[str, Any] = {"text": "", "thinking": "", "signature": "", "input": {}}
    empty |= {"content": None} if block["type"] == "compaction" else {}
    return {name: empty.get(name, value) for name, value in block.items()}


def _deltas(block: JSON) -> Iterator[JSON]:
    kind = block["type"]
    if kind == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in pieces(block["text"]))
    elif kind == "thinking":
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif kind in ("tool_use", "server_tool_use"):
        yield {"type": "input_json_delta", "partial_json": ""}
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces(json.dumps(block["input"])))
    elif kind == "compaction":
        yield {"type": "compaction_delta", "content": block["content"]}
