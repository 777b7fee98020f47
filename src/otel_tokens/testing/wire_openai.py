"""OpenAI's API on the loopback server: which path is which answer, errors in OpenAI's format, model names as served."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from otel_tokens.testing import wire_openai_batch as batch
from otel_tokens.testing import wire_openai_chat as chat
from otel_tokens.testing import wire_openai_media as media
from otel_tokens.testing import wire_openai_responses as responses
from otel_tokens.testing.wire import Answer, Memory, Refusal, Request

Speak = Callable[[Request, Memory], Answer]

_ID = r"/(?P<id>[\w.:-]+)"
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], Speak], ...]] = tuple(
    (method, re.compile(f"(?:^|.*/){path}$"), speak)
    for method, path, speak in (
        ("POST", "chat/completions", chat.chat),
        ("POST", "completions", chat.completion),
        ("POST", "responses", responses.create),
        ("POST", "responses/input_tokens", responses.count),
        ("GET", f"responses{_ID}", responses.retrieve),
        ("POST", f"responses{_ID}/cancel", responses.cancel),
        ("POST", "embeddings", media.embeddings),
        ("POST", "images/(?:generations|edits|variations)", media.images),
        ("POST", "audio/transcriptions", media.transcription),
        ("POST", "audio/translations", media.translation),
        ("POST", "audio/speech", media.speech),
        ("POST", "moderations", media.moderation),
        ("POST", "files", batch.upload),
        ("GET", f"files{_ID}", batch.file),
        ("GET", f"files{_ID}/content", batch.content),
        ("POST", "batches", batch.create),
        ("POST", f"batches{_ID}/cancel", batch.cancel),
        ("GET", "batches", batch.list_all),
        ("GET", "models", chat.models),
        ("GET", f"models{_ID}", chat.model),
    )
)
_BATCH: Final = re.compile(rf".*/batches{_ID}$")
_TYPES: Final = {
    401: "invalid_request_error",
    403: "insufficient_permissions",
    429: "requests",
    500: "server_error",
    503: "server_error",
}
_CODES: Final = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded"}


def answer(request: Request, memory: Memory) -> Answer:
    """The answer to any request of OpenAI's API, whatever stands before the endpoint in the path; raises Refusal."""
    polled = _BATCH.match(request.path)
    if request.method == "GET" and polled:
        return batch.retrieve(polled["id"], memory, answer)
    for method, pattern, speak in _ROUTES:
        if method == request.method and pattern.match(request.path):
            return speak(request, memory)
    raise Refusal(404, f"Invalid URL ({request.method} {request.path})")


def error(refusal: Refusal) -> Answer:
    """An error as OpenAI writes it: `{"error": {message, type, param, code}}`."""
    kind = _TYPES.get(refusal.status, "invalid_request_error")
    code = refusal.code or _CODES.get(refusal.status)
    body = {"error": {"message": refusal.message, "type": kind, "param": None, "code": code}}
    return Answer(refusal.status, body, headers=refusal.headers)
