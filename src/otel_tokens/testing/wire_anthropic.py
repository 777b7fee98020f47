"""Anthropic's Messages API on the loopback server, also as Bedrock, Vertex and Foundry serve it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from otel_tokens.testing import wire_anthropic_batch as batch
from otel_tokens.testing.wire import JSON, Answer, Memory, Refusal, Request, as_dict
from otel_tokens.testing.wire_anthropic_message import count, message

DATED: Final = {
    "claude-3-5-haiku-latest": "claude-3-5-haiku-20241022",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}
_BEDROCK: Final = re.compile(r".*/model/(?P<model>.+)/invoke(?P<stream>-with-response-stream)?$")
_VERTEX: Final = re.compile(r".*/publishers/anthropic/models/(?P<model>[^/]+):(?P<verb>rawPredict|streamRawPredict)$")
_OURS: Final = re.compile(r".*/messages(?:/(?:count_tokens|batches(?:/[^/]+(?:/results|/cancel)?)?))?$")
_BEDROCK_MODEL: Final = re.compile(r"^(?:.*/)?(?:[a-z-]+\.)?anthropic\.(?P<name>.+?)(?:-v\d+(?::\d+)?)?$")
_ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_GOOGLE: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}
_AMAZON: Final = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
}


def speaks(path: str, headers: dict[str, str]) -> bool:
    """Whether a request is meant for Anthropic: by its path, or by the version header where both vendors share a path."""
    return bool(_BEDROCK.match(path) or _VERTEX.match(path) or _OURS.match(path)) or "anthropic-version" in headers


def answer(request: Request, memory: Memory) -> Answer:
    """The answer to any request of the Messages API; raises Refusal."""
    bedrock, vertex = _BEDROCK.match(request.path), _VERTEX.match(request.path)
    if bedrock:
        return _bedrock(request, memory, unquote(bedrock["model"]), stream=bool(bedrock["stream"]))
    if vertex and vertex["model"] == "count-tokens":
        return count(request, memory)
    if vertex:
        name, stream = unquote(vertex["model"]), vertex["verb"] == "streamRawPredict"
        asked = replace(request, body={**request.body, "model": name, "stream": stream})
        return _hosted(message(asked, memory, name.replace("@", "-"), "msg_vrtx_"))
    parts = [part for part in request.path.rpartition("/messages")[2].split("/") if part]
    if request.method == "POST" and not parts and request.path.endswith("/messages"):
        return message(request, memory, DATED.get(request.model, request.model), "msg_")
    if request.method == "POST" and parts == ["count_tokens"]:
        return count(request, memory)
    if parts[:1] == ["batches"]:
        return batch.answer(
            request, memory, parts[1:], lambda line: message(line, memory, DATED.get(line.model, line.model), "msg_")
        )
    if request.method == "GET" and request.path.endswith("/models"):
        data = [_model(name) for name in sorted(DATED.values())]
        return Answer(json={"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]})
    raise Refusal(404, "Not Found")


def _model(name: str) -> JSON:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2025-01-01T00:00:00Z", "lifecycle": "active"}


def _bedrock(request: Request, memory: Memory, name: str, *, stream: bool) -> Answer:
    known = _BEDROCK_MODEL.match(name)
    model = known["name"] if known else "claude-haiku-4-5-20251001" if name.startswith("arn:") else name
    asked = replace(request, body={**request.body, "model": name, "stream": stream})
    found = _hosted(message(asked, memory, model, "msg_bdrk_"))
    usage = found.bills[0].usage
    found.headers["x-amzn-requestid"] = memory.fresh("", request)
    if not stream:
        found.headers["x-amzn-bedrock-input-token-count"] = str(usage["input_tokens"])
        found.headers["x-amzn-bedrock-output-token-count"] = str(usage["output_tokens"])
        return found
    metrics = {"inputTokenCount": usage["input_tokens"], "outputTokenCount": usage["output_tokens"]}
    metrics |= {"cacheReadInputTokenCount": usage["cache_read_input_tokens"]}
    metrics |= {"cacheWriteInputTokenCount": usage["cache_creation_input_tokens"], "invocationLatency": 5, "firstByteLatency": 2}
    events = [event for event in found.events or () if as_dict(event).get("type") != "ping"]
    events[-1] = {**as_dict(events[-1]), "amazon-bedrock-invocationMetrics": metrics}
    found.events, found.style, found.content_type = events, "aws", "application/vnd.amazon.eventstream"
    return found


def _hosted(found: Answer) -> Answer:
    """Takes away what the clouds do not state: tier, place and speed."""
    mine = ("service_tier", "inference_geo", "speed")

    def less(usage: object) -> JSON:
        return {name: value for name, value in as_dict(usage).items() if name not in mine}

    if found.json is not None:
        found.json = {**as_dict(found.json), "usage": less(as_dict(found.json)["usage"])}
    if found.events:
        start = as_dict(found.events[0])
        found.events = [{**start, "message": {**start["message"], "usage": less(start["message"]["usage"])}}, *found.events[1:]]
    found.bills = [replace(one, service_tier=None, usage=less(one.usage)) for one in found.bills]
    return found


def error(refusal: Refusal, path: str) -> Answer:
    """An error as Anthropic writes it, or Bedrock (type in a header), or Vertex (Google's form)."""
    if _BEDROCK.match(path):
        kind = _AMAZON.get(refusal.status, "InternalServerException")
        return Answer(refusal.status, {"message": refusal.message}, headers={**refusal.headers, "x-amzn-errortype": kind})
    if _VERTEX.match(path):
        status = _GOOGLE.get(refusal.status, "INTERNAL")
        body: JSON = {"error": {"code": refusal.status, "message": refusal.message, "status": status}}
        return Answer(refusal.status, body, headers=refusal.headers)
    kind = _ERRORS.get(refusal.status, "invalid_request_error" if refusal.status < 500 else "api_error")
    body = {"type": "error", "error": {"type": kind, "message": refusal.message}, "request_id": "req_loopback"}
    return Answer(refusal.status, body, headers=refusal.headers)
