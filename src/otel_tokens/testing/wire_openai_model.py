"""What OpenAI's endpoints have in common: the served model and tier, who refuses, how prompts are counted and cached."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from otel_tokens.testing.wire import JSON, Memory, Refusal, Request, as_dict, as_list, digest
from otel_tokens.testing.wire_text import Turn, text_of, tokens

DATED: Final = {
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5-nano": "gpt-5-nano-2025-08-07",
    "gpt-5.1": "gpt-5.1-2025-11-13",
    "gpt-5.2": "gpt-5.2-2025-12-11",
    "o1": "o1-2024-12-17",
    "o3": "o3-2025-04-16",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
}
_SERVED: Final = {"auto": "default", "fast": "priority"}
_FAMILY: Final = re.compile(r"(?:.*/)?(?:o\d|gpt-(?P<major>[5-9]|1\d)(?:\.(?P<minor>\d+))?(?![\d.]*-chat)(?!\d))")
_DEPLOYMENT: Final = re.compile(r".*/deployments/(?P<name>[^/]+)/")
_VENDOR_NAMES: Final = ("gpt-", "o1", "o3", "o4", "text-embedding-", "dall-e-", "whisper", "tts-")
_PART_TOKENS: Final = {"image_url": 765, "input_image": 765, "input_audio": 120, "file": 250, "input_file": 250}


def azure(request: Request) -> bool:
    """Whether this is Azure's form of the API: a deployment in the path, or an api-version."""
    return "/deployments/" in request.path or "api-version" in request.query or "/openai/v1/" in request.path


def served_model(request: Request, base: str = "gpt-4.1-2025-04-14") -> str:
    """The model as the answer names it: dated where OpenAI dates it, the base model where Azure was given a deployment.

    Raises Refusal: 400 without a model, 404 for `…missing…`, 429 once per prompt for `…flaky…`.
    """
    deployment = _DEPLOYMENT.match(request.path)
    name = deployment["name"] if deployment else request.model
    if not name:
        raise Refusal(400, "you must provide a model parameter")
    if "missing" in name:
        raise Refusal(404, f"The model `{name}` does not exist or you do not have access to it.", "model_not_found")
    if azure(request) and not name.startswith(_VENDOR_NAMES):
        return base
    return DATED.get(name, name)


def served_tier(body: JSON) -> str:
    """The tier as served: auto and nothing are default, fast is priority, the others themselves."""
    wanted = str(body.get("service_tier") or "auto")
    return _SERVED.get(wanted, wanted)


def generation(model: str) -> tuple[int, int] | None:
    """(major, minor) of a reasoning model: (5, 6) for gpt-5.6-sol, (1, 0) for the o series; None for others, gpt-5-chat too."""
    family = _FAMILY.match(model)
    if family is None:
        return None
    if family["major"] is None:
        return (1, 0)
    return int(family["major"]), int(family["minor"] or 0)


def writes_cache(model: str) -> bool:
    """Whether cache writes are billed: gpt-5.6 and later."""
    found = generation(model)
    return found is not None and found >= (5, 6)


def message_tokens(message: JSON) -> int:
    """Prompt tokens of one message or input item: its texts, 4 for the frame, a fixed count for each image, sound or file."""
    content = message.get("content")
    extra = sum(_PART_TOKENS.get(str(as_dict(part).get("type")), 0) for part in as_list(content))
    rest = [message.get(name) for name in ("tool_calls", "arguments", "output", "name") if message.get(name)]
    return 4 + tokens(text_of(content)) + extra + sum(tokens(json.dumps(item)) for item in rest)


def audio_tokens(messages: list[Any]) -> int:
    """The part of the prompt that is sound."""
    parts = [as_dict(part) for message in messages for part in as_list(as_dict(message).get("content"))]
    return sum(_PART_TOKENS["input_audio"] for part in parts if part.get("type") == "input_audio")


def cache(memory: Memory, request: Request, messages: list[Any], instructions: str = "") -> tuple[int, int]:
    """(cached, written) tokens: the system texts, under the prompt_cache_key if given, are cached from the second time on.

    A prompt_cache_key without a system text stands for the first message. Real caches need 1024 tokens, this one needs 1.
    """
    prefix = [m for m in map(as_dict, messages) if m.get("role") in ("system", "developer")]
    key = request.body.get("prompt_cache_key")
    if key and not prefix and not instructions:
        prefix = [as_dict(m) for m in messages[:1]]
    size = sum(map(message_tokens, prefix)) + (tokens(instructions) + 4 if instructions else 0)
    if not size:
        return 0, 0
    mark = digest(request.model, key, instructions, json.dumps(prefix))
    with memory.lock:
        hit = mark in memory.prefixes
        memory.prefixes.add(mark)
    return (size, 0) if hit else (0, size if writes_cache(request.model) else 0)


def turn(body: JSON, messages: list[Any], tools: dict[str, JSON], limit: object) -> Turn:
    """The request as the model sees it: the last user text, and how many tool results have come since."""
    user, rounds = "", 0
    for message in map(as_dict, messages):
        if message.get("role") == "user":
            user, rounds = text_of(message.get("content")), 0
        elif message.get("role") == "tool" or message.get("type") == "function_call_output":
            rounds += 1
    form = as_dict(body.get("response_format") or as_dict(body.get("text")).get("format"))
    schema: JSON | None = None
    if form.get("type") == "json_schema":
        schema = as_dict(as_dict(form.get("json_schema")).get("schema") or form.get("schema"))
    elif form.get("type") == "json_object":
        schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    offered = tools if body.get("tool_choice") != "none" else {}
    return Turn(user, offered, rounds, schema, limit if isinstance(limit, int) else None)
