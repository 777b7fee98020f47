"""Files and batches as OpenAI writes them: a batch is answered, and billed, at the poll that finds it completed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_tokens.testing.wire import JSON, Answer, Billed, Memory, Refusal, Request, as_dict, digest


@dataclass(slots=True)
class File:
    """A stored file: its description and its bytes."""

    body: JSON
    content: bytes


@dataclass(slots=True)
class Batch:
    """A batch: its description, and how many polls until it is completed."""

    body: JSON
    polls: int = 2


def _store(memory: Memory, request: Request, name: str, content: bytes, purpose: str) -> JSON:
    body: JSON = {"id": memory.fresh("file-", request), "object": "file", "bytes": len(content), "created_at": int(time.time())}
    body |= {"filename": name, "purpose": purpose, "status": "processed"}
    memory.keep(body["id"], File(body, content))
    return body


def upload(request: Request, memory: Memory) -> Answer:
    """POST …/files: multipart with `purpose` and `file`."""
    if not request.uploads:
        raise Refusal(400, "'file' is a required property")
    sent = request.uploads[0]
    return Answer(json=_store(memory, request, sent.filename, sent.content, str(request.body.get("purpose"))))


def file(request: Request, memory: Memory) -> Answer:
    """GET …/files/{id}."""
    stored: File = memory.find(request.path.split("/")[-1], File)
    return Answer(json=stored.body)


def content(request: Request, memory: Memory) -> Answer:
    """GET …/files/{id}/content: the bytes; for a batch, one JSON line per request."""
    stored: File = memory.find(request.path.split("/")[-2], File)
    return Answer(body=stored.content, content_type="application/octet-stream")


def create(request: Request, memory: Memory) -> Answer:
    """POST …/batches."""
    given = request.body
    memory.find(str(given.get("input_file_id")), File)
    now = int(time.time())
    body: JSON = {"id": memory.fresh("batch_", request), "object": "batch", "status": "validating", "created_at": now}
    body |= {name: given.get(name) for name in ("endpoint", "input_file_id", "completion_window", "metadata")}
    body |= {"errors": None, "output_file_id": None, "error_file_id": None, "expires_at": now + 86_400}
    body |= {"request_counts": {"total": 0, "completed": 0, "failed": 0}}
    memory.keep(body["id"], Batch(body))
    return Answer(json=body)


def list_all(request: Request, memory: Memory) -> Answer:
    """GET …/batches: as they look now; a list is no poll."""
    del request
    data = [kept.body for kept in memory.kept.values() if isinstance(kept, Batch)]
    return Answer(json={"object": "list", "data": data, "has_more": False})


def cancel(request: Request, memory: Memory) -> Answer:
    """POST …/batches/{id}/cancel: a batch that is not completed ends without answers."""
    batch: Batch = memory.find(request.path.split("/")[-2], Batch)
    if batch.polls > 0:
        batch.polls, batch.body = 0, {**batch.body, "status": "cancelled", "cancelled_at": int(time.time())}
    return Answer(json=batch.body)


def retrieve(name: str, memory: Memory, answer: Callable[[Request, Memory], Answer]) -> Answer:
    """GET …/batches/{id}: in progress once, then completed; the poll that completes it carries the bills of all lines."""
    batch: Batch = memory.find(name, Batch)
    with memory.lock:
        before, batch.polls = batch.polls, max(0, batch.polls - 1)
        if before == 2:
            batch.body = {**batch.body, "status": "in_progress", "in_progress_at": int(time.time())}
        bills = _complete(batch, memory, answer) if before == 1 else []
    return Answer(json=batch.body, bills=bills)


def _complete(batch: Batch, memory: Memory, answer: Callable[[Request, Memory], Answer]) -> list[Billed]:
    given: File = memory.find(batch.body["input_file_id"], File)
    good, bad, bills = list[JSON](), list[JSON](), list[Billed]()
    for line in filter(None, given.content.decode().splitlines()):
        asked = as_dict(json.loads(line))
        done = _line(asked, memory, answer)
        bills += done.bills
        key = digest(batch.body["id"], asked.get("custom_id"))
        response = {"status_code": done.status, "request_id": f"req_{key}", "body": done.json}
        written = {"id": f"batch_req_{key}", "custom_id": asked.get("custom_id"), "response": response, "error": None}
        (good if done.status == 200 else bad).append(written)
    body = {**batch.body, "status": "completed", "completed_at": int(time.time()), "usage": _sum(bills)}
    body["request_counts"] = {"total": len(good) + len(bad), "completed": len(good), "failed": len(bad)}
    for kind, lines in (("output", good), ("error", bad)):
        if lines:
            asked_for = Request("GET", f"/v1/batches/{batch.body['id']}", digest(batch.body["id"], kind))
            text = "".join(json.dumps(line) + "\n" for line in lines).encode()
            body[f"{kind}_file_id"] = _store(memory, asked_for, f"{batch.body['id']}_{kind}.jsonl", text, "batch_output")["id"]
    batch.body = body
    return bills


def _line(asked: JSON, memory: Memory, answer: Callable[[Request, Memory], Answer]) -> Answer:
    body = {**as_dict(asked.get("body")), "stream": False}
    request = Request("POST", str(asked.get("url")), digest(json.dumps(asked)), body=body, batch=True)
    try:
        return answer(request, memory)
    except Refusal as refusal:
        error = {"message": refusal.message, "type": "invalid_request_error", "param": None, "code": refusal.code}
        return Answer(refusal.status, {"error": error})


def _sum(bills: list[Billed]) -> JSON:
    def total(*names: str, of: str = "") -> int:
        usages: list[Any] = [as_dict(one.usage.get(of)) if of else one.usage for one in bills]
        return sum(int(usage.get(name) or 0) for usage in usages for name in names)

    read, wrote = total("prompt_tokens", "input_tokens"), total("completion_tokens", "output_tokens")
    cached = total("cached_tokens", of="prompt_tokens_details") + total("cached_tokens", of="input_tokens_details")
    thought = total("reasoning_tokens", of="completion_tokens_details") + total("reasoning_tokens", of="output_tokens_details")
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": wrote,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": read + wrote,
    }
