"""Message batches as Anthropic writes them: answered, and billed, at the poll that finds the batch ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_tokens.testing.wire import JSON, Answer, Billed, Memory, Refusal, Request, as_dict, as_list, digest

_CREATED, _ENDED, _EXPIRES = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-02T00:00:00Z"

Speak = Callable[[Request], Answer]


@dataclass(slots=True)
class Batch:
    """A batch: its description, its requests, how many polls until it has ended, its results as JSON lines."""

    body: JSON
    requests: list[Any]
    polls: int = 2
    results: str = ""


def answer(request: Request, memory: Memory, parts: list[str], speak: Speak) -> Answer:
    """Any request below …/messages/batches; `parts` is the path after that."""
    if request.method == "POST" and not parts:
        return _create(request, memory)
    if request.method == "GET" and not parts:
        data = [kept.body for kept in memory.kept.values() if isinstance(kept, Batch)]
        return Answer(json={"data": data, "has_more": False, "first_id": None, "last_id": None})
    batch: Batch = memory.find(parts[0], Batch)
    if parts[1:] == ["results"]:
        if batch.body["processing_status"] != "ended":
            raise Refusal(404, "The batch has not ended.")
        return Answer(body=batch.results.encode(), content_type="application/x-jsonl")
    if parts[1:] == ["cancel"] and batch.polls > 0:
        batch.body = {**batch.body, "processing_status": "canceling", "cancel_initiated_at": _ENDED}
        return Answer(json=batch.body)
    with memory.lock:
        batch.polls = max(-1, batch.polls - 1)
        bills = _end(request, batch, speak) if batch.polls == 0 else []
    return Answer(json=batch.body, bills=bills)


def _create(request: Request, memory: Memory) -> Answer:
    requests = as_list(request.body.get("requests"))
    if not requests:
        raise Refusal(400, "requests: Field required")
    counts = {"processing": len(requests), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    body: JSON = {"id": memory.fresh("msgbatch_", request), "type": "message_batch", "processing_status": "in_progress"}
    body |= {"request_counts": counts, "created_at": _CREATED, "expires_at": _EXPIRES, "ended_at": None}
    body |= {"archived_at": None, "cancel_initiated_at": None, "results_url": None}
    memory.keep(body["id"], Batch(body, requests))
    return Answer(json=body)


def _end(request: Request, batch: Batch, speak: Speak) -> list[Billed]:
    cancelled = batch.body["processing_status"] == "canceling"
    bills: list[Billed] = []
    counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    for line in map(as_dict, batch.requests):
        result = {"type": "canceled"} if cancelled else _line(request, line, speak, bills)
        counts[str(result["type"])] += 1
        batch.results += json.dumps({"custom_id": line.get("custom_id"), "result": result}) + "\n"
    path = request.path.rpartition("/batches/")[0]
    url = f"http://{request.headers.get('host', '127.0.0.1')}{path}/batches/{batch.body['id']}/results"
    batch.body = {**batch.body, "processing_status": "ended", "ended_at": _ENDED, "request_counts": counts, "results_url": url}
    return bills


def _line(request: Request, line: JSON, speak: Speak, bills: list[Billed]) -> JSON:
    params = {**as_dict(line.get("params")), "stream": False}
    asked = Request("POST", "/v1/messages", digest(json.dumps(line)), headers=request.headers, body=params, batch=True)
    try:
        done = speak(asked)
    except Refusal as refusal:
        inner = {"type": "not_found_error" if refusal.status == 404 else "invalid_request_error", "message": refusal.message}
        return {"type": "errored", "error": {"type": "error", "error": inner, "request_id": "req_loopback"}}
    bills += done.bills
    return {"type": "succeeded", "message": done.json}
