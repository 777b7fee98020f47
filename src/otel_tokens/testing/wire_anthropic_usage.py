"""How Anthropic counts: cached prefixes beside the input, not inside it, and iterations beside the top level."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from otel_tokens.testing.wire import JSON, Memory, Request, as_dict, as_list, digest
from otel_tokens.testing.wire_text import tokens

_BLOCK_TOKENS: Final = {"image": 1600, "document": 2500}
_SEARCH_TOKENS: Final = 1200
_CACHE: Final = ("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation")
_NO_WRITES: Final = {"5m": 0, "1h": 0}


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens of a prompt in three disjoint parts: fresh, read from the cache, written to it (by time to live)."""

    fresh: int
    read: int = 0
    written: dict[str, int] = field(default_factory=lambda: dict(_NO_WRITES))

    @property
    def total(self) -> int:
        """All input tokens, cached or not."""
        return self.fresh + self.read + sum(self.written.values())


def read_prompt(request: Request, memory: Memory) -> Prompt:
    """Counts tools, system and messages in this order; each cache_control ends a prefix, cached from the second time on.

    Real prefixes need 1024 tokens and more, these need 1.
    """
    total, mark = 0, digest(request.model)
    prefixes: list[tuple[str, str, int]] = []
    for block, ttl in _blocks(request.body):
        total += _size(block)
        mark = digest(mark, json.dumps(block))
        if ttl:
            prefixes.append((mark, ttl, total))
    with memory.lock:
        read = max((size for name, _, size in prefixes if name in memory.prefixes), default=0)
        memory.prefixes.update(name for name, _, _ in prefixes)
    written, upto = dict(_NO_WRITES), read
    for _, ttl, size in prefixes:
        written[ttl] += max(0, size - upto)
        upto = max(upto, size)
    return Prompt(3 + total - upto, read, written)


def _blocks(body: JSON) -> list[tuple[JSON, str]]:
    """Every block of the prompt with the time to live of the prefix that it ends, "" if it ends none."""
    found = [as_dict(tool) for tool in as_list(body.get("tools"))]
    for content in (body.get("system"), *(as_dict(said).get("content") for said in as_list(body.get("messages")))):
        found += [{"type": "text", "text": content}] if isinstance(content, str) else map(as_dict, as_list(content))
    if found and body.get("cache_control"):  # at the top level: the last block ends a prefix
        found[-1] = {**found[-1], "cache_control": body["cache_control"]}
    return [({k: v for k, v in one.items() if k != "cache_control"}, _ttl(one.get("cache_control"))) for one in found]


def _ttl(control: object) -> str:
    return ("1h" if as_dict(control).get("ttl") == "1h" else "5m") if control else ""


def _size(block: JSON) -> int:
    kind = str(block.get("type"))
    if kind in _BLOCK_TOKENS:
        return _BLOCK_TOKENS[kind]
    return 2 + tokens(str(block["text"]) if "text" in block else json.dumps(block))


def searches(body: JSON) -> bool:
    """Whether the web search of the server is on offer; the model then uses it once."""
    return any(str(as_dict(tool).get("type")).startswith("web_search_") for tool in as_list(body.get("tools")))


def usage(request: Request, prompt: Prompt, output: int, thinking: int) -> JSON:
    """The usage of one message. A web search adds its result to the input, after message_start has gone out."""
    body, searched = request.body, searches(request.body)
    tier = request.headers.get("x-test-service-tier", "standard") if body.get("service_tier") != "standard_only" else "standard"
    found: JSON = {
        "input_tokens": prompt.fresh + (_SEARCH_TOKENS if searched else 0),
        "cache_creation_input_tokens": sum(prompt.written.values()),
        "cache_read_input_tokens": prompt.read,
        "cache_creation": {f"ephemeral_{ttl}_input_tokens": count for ttl, count in prompt.written.items()},
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": thinking},
        "service_tier": "batch" if request.batch else tier,
        "inference_geo": body.get("inference_geo") or "global",
        "speed": body.get("speed") or "standard",
    }
    if searched:
        found["server_tool_use"] = {"web_search_requests": 1, "web_fetch_requests": 0}
    extra = iterations(request)
    if extra:
        mine: JSON = {name: found[name] for name in ("input_tokens", "output_tokens", *_CACHE)}
        found["iterations"] = [*extra, {"type": "message", **mine}]
    return found


def iterations(request: Request) -> list[JSON]:
    """What ran beside the message and is not in the top level of its usage.

    Asked for by a compact edit in context_management, or by the header `x-test-iterations`: "1" or a list of
    "compaction", "advisor" and "fallback".
    """
    asked = request.headers.get("x-test-iterations", "")
    edits = as_list(as_dict(request.body.get("context_management")).get("edits"))
    compacts = asked == "1" or "compaction" in asked or any(str(as_dict(e).get("type")).startswith("compact_") for e in edits)
    blank: JSON = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    blank["cache_creation"] = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    found: list[JSON] = []
    if compacts:
        found.append({"type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500, **blank})
    if "advisor" in asked:
        found.append(
            {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 823, "output_tokens": 1_612, **blank}
        )
    if "fallback" in asked:
        found.append({"type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 412, "output_tokens": 95, **blank})
    return found
