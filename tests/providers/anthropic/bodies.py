"""Answers as Anthropic documents them, with usage small enough to be worked out by hand.

https://platform.claude.com/docs/en/api/messages and …/build-with-claude/streaming
"""

from typing import Any

USAGE: dict[str, Any] = {
    "input_tokens": 266,
    "cache_read_input_tokens": 1536,
    "cache_creation_input_tokens": 259,
    "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 59},
    "output_tokens": 517,
    "output_tokens_details": {"thinking_tokens": 300},
    "service_tier": "standard",
    "inference_geo": "global",
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Four."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": USAGE,
}
_START = {name: value for name, value in USAGE.items() if name != "output_tokens_details"} | {"output_tokens": 1}
_END = {name: value for name, value in USAGE.items() if name not in ("cache_creation", "service_tier", "inference_geo")}
EVENTS: list[Any] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None, "usage": _START}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in ("Fo", "ur", ".")),
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": _END},
    {"type": "message_stop"},
]
ERROR: Any = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
