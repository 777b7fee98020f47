"""AWS event stream framing, in which Bedrock sends the events of a stream, and the format of its errors."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any, Final

from otel_tokens.testing.wire import Answer, Style, as_dict

ERRORS: Final = {400: "ValidationException", 404: "ResourceNotFoundException", 429: "ThrottlingException"}


def style_of(path: str) -> Style | None:
    """How a stream at this path is framed; None where it is not Bedrock's."""
    return "aws" if path.endswith("/invoke-with-response-stream") else "converse" if path.endswith("/converse-stream") else None


def amazon_frame(event: object, style: Style) -> bytes:
    """One event in AWS event stream framing: lengths, CRC of them, headers, payload, CRC of all.

    A chunk of a maker's body travels as `{"bytes": base64}`; an event of Converse, and an exception, by its only name.
    """
    fields = as_dict(event)
    kind, exception = next(iter(fields), ""), len(fields) == 1 and next(iter(fields)).endswith("Exception")
    if style == "converse" or exception:
        payload: dict[str, Any] = fields[kind]
    else:
        kind, payload = "chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abcd"}
    said = {":exception-type" if exception else ":event-type": kind, ":content-type": "application/json"}
    return _framed({**said, ":message-type": "exception" if exception else "event"}, json.dumps(payload).encode())


def _framed(said: dict[str, str], payload: bytes) -> bytes:
    headers = b""
    for name, value in said.items():
        headers += struct.pack(">B", len(name)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))


def as_amazon(answer: Answer, path: str, message: str) -> Answer:
    """A refusal as Bedrock words it, where the path is Bedrock's."""
    if path.startswith("/model/"):
        answer.headers["x-amzn-errortype"] = ERRORS.get(answer.status, "InternalServerException")
        answer.json = {**as_dict(answer.json), "message": message}
    return answer
