"""Chat completions, legacy completions and the model list, as OpenAI and Azure write them."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from otel_tokens.testing.wire import JSON, Answer, Memory, Refusal, Request, as_dict, as_list, bill, refuse_once
from otel_tokens.testing.wire_openai_model import (
    DATED,
    audio_tokens,
    azure,
    cache,
    generation,
    message_tokens,
    served_model,
    served_tier,
    turn,
    writes_cache,
)
from otel_tokens.testing.wire_text import Said, Turn, draw, pieces, say, tokens

_DONE: Final = "data: [DONE]\n\n"
_SAFE: Final = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "self_harm", "sexual", "violence")}


def chat(request: Request, memory: Memory) -> Answer:
    """POST …/chat/completions."""
    body, messages = request.body, as_list(request.body.get("messages"))
    model = served_model(request)
    if not messages:
        raise Refusal(400, "[] is too short - 'messages'", "empty_array")
    refuse_once(request, memory)
    tools = {
        str(as_dict(t.get("function")).get("name")): as_dict(as_dict(t.get("function")).get("parameters")) for t in _tools(body)
    }
    asked = turn(body, messages, tools, body.get("max_completion_tokens") or body.get("max_tokens"))
    said = [say(asked, memory.seed, index) for index in range(int(body.get("n") or 1))]
    usage = _usage(request, memory, said)
    head: JSON = {"id": memory.fresh("chatcmpl-", request), "created": int(time.time()), "model": model}
    head |= {"service_tier": served_tier(body), "system_fingerprint": "fp_loopback"}
    bills = [bill(request, model, usage, head["service_tier"], stream=request.stream)]
    if request.stream:
        events = _chunks({**head, "object": "chat.completion.chunk"}, request, said, usage, memory)
        return Answer(events=events, style="data", bills=bills)
    choices = [_choice(request, memory, index, one) for index, one in enumerate(said)]
    filters = {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}]} if azure(request) else {}
    return Answer(json={**head, "object": "chat.completion", "choices": choices, "usage": usage, **filters}, bills=bills)


def _tools(body: JSON) -> list[JSON]:
    return [tool for tool in map(as_dict, as_list(body.get("tools"))) if tool.get("type") == "function"]


def _usage(request: Request, memory: Memory, said: list[Said]) -> JSON:
    body, messages = request.body, as_list(request.body.get("messages"))
    prompt = 3 + sum(message_tokens(as_dict(m)) for m in messages) + sum(tokens(json.dumps(t)) for t in _tools(body))
    cached, written = cache(memory, request, messages)
    asked = (messages[-1], memory.seed)
    thinks = generation(request.model) is not None and body.get("reasoning_effort") != "none"
    reasoning = 16 * draw(1, 12, "reasoning", *asked) if thinks else 0
    predicted = tokens(said[0].text) // 2 if body.get("prediction") else 0
    rejected = draw(1, 9, "rejected", *asked) if body.get("prediction") else 0
    output = sum(one.tokens for one in said) + reasoning + rejected
    details: JSON = {"cached_tokens": cached, "audio_tokens": audio_tokens(messages)}
    if writes_cache(request.model):
        details["cache_write_tokens"] = written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": details,
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": predicted,
            "rejected_prediction_tokens": rejected,
        },
    }


def _finish(said: Said) -> str:
    return "tool_calls" if said.call else "length" if said.cut else "stop"


def _call(request: Request, memory: Memory, said: Said) -> JSON:
    name = said.call[0] if said.call else ""
    return {"id": memory.fresh("call_", request), "type": "function", "function": {"name": name, "arguments": said.arguments}}


def _choice(request: Request, memory: Memory, index: int, said: Said) -> JSON:
    message: JSON = {"role": "assistant", "content": None if said.call else said.text, "refusal": None, "annotations": []}
    if said.call:
        message["tool_calls"] = [_call(request, memory, said)]
    choice: JSON = {"index": index, "message": message, "logprobs": None, "finish_reason": _finish(said)}
    return choice | ({"content_filter_results": _SAFE} if azure(request) else {})


def _chunks(head: JSON, request: Request, said: list[Said], usage: JSON, memory: Memory) -> list[object]:
    counted = as_dict(request.body.get("stream_options")).get("include_usage") is True
    blank: JSON = {"usage": None} if counted else {}
    events: list[object] = []
    if azure(request):  # Azure opens with a chunk that has no model, no id and no choice
        prompt = [{"prompt_index": 0, "content_filter_results": _SAFE}]
        events.append({"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": prompt})

    def chunk(index: int, delta: JSON, finish: str | None = None) -> None:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        events.append({**head, "choices": [choice], **blank})

    for index, one in enumerate(said):
        chunk(index, {"role": "assistant", "content": None if one.call else "", "refusal": None})
        if one.call:
            call = _call(request, memory, one)
            function = {"name": one.call[0], "arguments": ""}
            chunk(index, {"tool_calls": [{**call, "index": 0, "function": function}]})
            for piece in pieces(one.arguments):
                chunk(index, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        for piece in pieces(one.text):
            chunk(index, {"content": piece})
        chunk(index, {}, _finish(one))
    if counted:
        events.append({**head, "choices": [], "usage": usage})
    return [*events, _DONE]


def completion(request: Request, memory: Memory) -> Answer:
    """POST …/completions: the legacy text endpoint; one choice per prompt."""
    model = served_model(request)
    refuse_once(request, memory)
    prompt = request.body.get("prompt") or ""
    prompts = (
        [prompt] if isinstance(prompt, str) or not any(isinstance(p, (str, list)) for p in as_list(prompt)) else as_list(prompt)
    )
    limit = int(request.body.get("max_tokens") or 16)
    said = [say(Turn(p if isinstance(p, str) else str(p), limit=limit), memory.seed) for p in prompts]
    read = sum(tokens(p) if isinstance(p, str) else len(as_list(p)) for p in prompts)
    wrote = sum(one.tokens for one in said)
    usage: JSON = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    head: JSON = {"id": memory.fresh("cmpl-", request), "object": "text_completion", "created": int(time.time()), "model": model}

    def choice(index: int, text: str, finish: str | None) -> JSON:
        return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}

    bills = [bill(request, model, usage, stream=request.stream)]
    if not request.stream:
        choices = [choice(index, one.text, _finish(one)) for index, one in enumerate(said)]
        return Answer(json={**head, "choices": choices, "usage": usage}, bills=bills)
    counted = as_dict(request.body.get("stream_options")).get("include_usage") is True
    blank: JSON = {"usage": None} if counted else {}
    events: list[Any] = []
    for index, one in enumerate(said):
        events += [{**head, "choices": [choice(index, piece, None)], **blank} for piece in pieces(one.text)]
        events.append({**head, "choices": [choice(index, "", _finish(one))], **blank})
    events += [{**head, "choices": [], "usage": usage}] if counted else []
    return Answer(events=[*events, _DONE], style="data", bills=bills)


def _listed(name: str) -> JSON:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "system"}


def models(request: Request, memory: Memory) -> Answer:
    """GET …/models."""
    del request, memory
    return Answer(json={"object": "list", "data": [_listed(name) for name in sorted({*DATED, *DATED.values()})]})


def model(request: Request, memory: Memory) -> Answer:
    """GET …/models/{id}."""
    del memory
    name = request.path.rpartition("/")[2]
    if "missing" in name:
        raise Refusal(404, f"The model '{name}' does not exist", "model_not_found")
    return Answer(json=_listed(name))
