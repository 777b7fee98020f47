"""AWS event stream framing, in which Bedrock sends the events of a stream."""

from __future__ import annotations

import base64
import json
import struct
import zlib


def amazon_frame(event: object) -> bytes:
    """One event in AWS event stream framing: lengths, CRC of them, headers, `{"bytes": base64}`, CRC of all."""
    payload = json.dumps({"bytes": base64.b64encode(json.dumps(event).encode()).decode()}).encode()
    headers = b""
    for name, value in ((b":event-type", b"chunk"), (b":content-type", b"application/json"), (b":message-type", b"event")):
        headers += struct.pack(">B", len(name)) + name + b"\x07" + struct.pack(">H", len(value)) + value
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))
