"""Answers as OpenAI documents them, with usage small enough to be worked out by hand.

https://developers.openai.com/api/reference/resources/chat and …/resources/responses
"""

from typing import Any

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5-2025-08-07",
    "service_tier": "default",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Four."}, "finish_reason": "stop", "logprobs": None}],
    "usage": {
        "prompt_tokens": 2061,
        "completion_tokens": 517,
        "total_tokens": 2578,
        "prompt_tokens_details": {"cached_tokens": 1536, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 300, "audio_tokens": 0},
    },
}
_CHUNK = {**CHAT, "object": "chat.completion.chunk", "usage": None}
CHAT_EVENTS: list[Any] = [
    {**_CHUNK, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]},
    *({**_CHUNK, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in ("Fo", "ur", ".")),
    {**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {**_CHUNK, "choices": [], "usage": CHAT["usage"]},
]
CHAT_ERROR: Any = {"error": {"message": "The server had an error.", "type": "server_error", "param": None, "code": None}}

_TEXT: dict[str, Any] = {"type": "output_text", "text": "Four.", "annotations": [], "logprobs": []}
_MESSAGE: dict[str, Any] = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [_TEXT]}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "background": False,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "model": "gpt-5-2025-08-07",
    "output": [_MESSAGE],
    "parallel_tool_calls": True,
    "service_tier": "default",
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "usage": {
        "input_tokens": 2061,
        "input_tokens_details": {"cached_tokens": 1536, "cache_write_tokens": 0},
        "output_tokens": 517,
        "output_tokens_details": {"reasoning_tokens": 300},
        "total_tokens": 2578,
    },
}
_OPEN = {**RESPONSE, "status": "in_progress", "output": [], "usage": None}
_HERE = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
RESPONSE_EVENTS: list[Any] = [
    {**event, "sequence_number": number}
    for number, event in enumerate((
        {"type": "response.created", "response": _OPEN},
        {"type": "response.in_progress", "response": _OPEN},
        {"type": "response.output_item.added", "output_index": 0, "item": {**_MESSAGE, "status": "in_progress", "content": []}},
        {"type": "response.content_part.added", **_HERE, "part": {**_TEXT, "text": ""}},
        *({"type": "response.output_text.delta", **_HERE, "delta": text, "logprobs": []} for text in ("Fo", "ur", ".")),
        {"type": "response.output_text.done", **_HERE, "text": "Four.", "logprobs": []},
        {"type": "response.content_part.done", **_HERE, "part": _TEXT},
        {"type": "response.output_item.done", "output_index": 0, "item": _MESSAGE},
        {"type": "response.completed", "response": RESPONSE},
    ))
]  # fmt: skip
RESPONSE_ERROR: Any = {"type": "error", "error": {"message": "The server had an error.", "type": "server_error", "code": None}}
CHAT_CONTRADICTION = {**CHAT["usage"], "completion_tokens_details": {"reasoning_tokens": 518}}
RESPONSE_CONTRADICTION = {**RESPONSE["usage"], "output_tokens_details": {"reasoning_tokens": 518}}
