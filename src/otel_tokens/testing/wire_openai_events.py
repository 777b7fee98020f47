"""The events of a streamed response, in the order in which OpenAI sends them, numbered from 0."""

from __future__ import annotations

from collections.abc import Iterator

from otel_tokens.testing.wire import JSON
from otel_tokens.testing.wire_text import pieces


def events(done: JSON) -> list[object]:
    """The stream of a finished response: created, in_progress, each item, then completed or incomplete with the usage."""
    opened: JSON = {
        **done,
        "status": "in_progress",
        "output": [],
        "usage": None,
        "completed_at": None,
        "incomplete_details": None,
    }
    found: list[JSON] = [{"type": f"response.{name}", "response": opened} for name in ("created", "in_progress")]
    for index, item in enumerate(done["output"]):
        blank = {**item, "status": "in_progress"} if "status" in item else item
        blank |= {name: type(item[name])() for name in ("content", "arguments") if name in item}
        found.append({"type": "response.output_item.added", "output_index": index, "item": blank})
        found += _inside(item, {"item_id": item["id"], "output_index": index})
        found.append({"type": "response.output_item.done", "output_index": index, "item": item})
    found.append({"type": f"response.{done['status']}", "response": done})
    return [{**event, "sequence_number": number} for number, event in enumerate(found)]


def _inside(item: JSON, where: JSON) -> Iterator[JSON]:
    kind = item["type"]
    if kind == "web_search_call":
        yield from ({"type": f"response.web_search_call.{step}", **where} for step in ("in_progress", "searching", "completed"))
    elif kind == "function_call":
        name = "response.function_call_arguments"
        yield from ({"type": f"{name}.delta", **where, "delta": piece} for piece in pieces(item["arguments"]))
        yield {"type": f"{name}.done", **where, "name": item["name"], "arguments": item["arguments"]}
    elif kind == "message":
        part, here = item["content"][0], {**where, "content_index": 0}
        yield {"type": "response.content_part.added", **here, "part": {**part, "text": ""}}
        for piece in pieces(part["text"]):
            yield {"type": "response.output_text.delta", **here, "delta": piece, "logprobs": []}
        yield {"type": "response.output_text.done", **here, "text": part["text"], "logprobs": []}
        yield {"type": "response.content_part.done", **here, "part": part}
