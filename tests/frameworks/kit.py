"""What every framework is asked: the tree that it makes, and whether it adds up to what the vendor billed."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

from otel_tokens import ledger, semconv
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor

BIG, MINI, NANO = "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"
# https://developers.openai.com/api/docs/pricing: USD per million tokens in, cached, out; in femto-USD per token
RATES = {
    f"{name}-2025-04-14": tuple(round(usd * 10**9) for usd in usds)
    for name, usds in {BIG: (2, 0.5, 8), MINI: (0.4, 0.1, 1.6), NANO: (0.1, 0.025, 0.4)}.items()
}


def billed(vendor: Vendor) -> int:
    """Femto-USD of everything that the vendor billed, worked out by hand."""
    total = 0
    for bill in vendor.billed:
        usage: dict[str, Any] = bill.usage
        sent = usage.get("prompt_tokens", usage.get("input_tokens", 0))
        got = usage.get("completion_tokens", usage.get("output_tokens", 0))
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
        fresh, cached, out = RATES[bill.model]
        read = details.get("cached_tokens", 0)
        total += (sent - read) * fresh + read * cached + got * out
    return total


def adds_up(seen: Captured, vendor: Vendor, calls: int | None = None) -> None:
    """Every femto-USD is on exactly one local root or in the sums of what no root counts, and is what the vendor billed."""
    roots = [dict(span.attributes or {}) for span in seen.spans if semconv.ROLLUP_ROOT in (span.attributes or {})]
    rooted = sum(root[semconv.ROLLUP_COST_NANO] for root in roots) * 10**6
    assert rooted + sum(ledger.unrooted.values()) == ledger.total() == billed(vendor)
    assert round(seen.cost * 10**9) == billed(vendor) // 10**6
    assert len(seen.calls) == len(vendor.billed)
    assert calls is None or len(seen.calls) == calls


def alone(outside: trace.Span = trace.INVALID_SPAN) -> None:
    """Nothing is current here but what was before."""
    assert trace.get_current_span() is outside


async def until(there: Callable[[], object]) -> None:
    """Waits for something that happens soon."""
    for _ in range(1000):
        if there():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def tree(seen: Captured) -> list[str]:
    """Every span on a line of its own, indented, siblings by name; steps with their direct and inclusive calls."""
    known = {span.context.span_id for span in seen.spans if span.context}
    below: dict[int | None, list[ReadableSpan]] = {}
    for span in seen.spans:
        above = span.parent.span_id if span.parent and span.parent.span_id in known else None
        below.setdefault(above, []).append(span)
    lines: list[str] = []

    def show(spans: Sequence[ReadableSpan], depth: int) -> None:
        for span in sorted(spans, key=lambda span: (span.name, span.start_time or 0)):
            said = span.attributes or {}
            counts = f" {said[semconv.DIRECT_CALLS]}/{said[semconv.ROLLUP_CALLS]}" if semconv.DIRECT_CALLS in said else ""
            lines.append("  " * depth + span.name + counts)
            show(below.get(span.context.span_id if span.context else 0, []), depth + 1)

    show(below.get(None, []), 0)
    return lines


def outcomes(seen: Captured) -> list[str]:
    """What became of each run, in the order in which they ended."""
    return [str(said[semconv.RUN_OUTCOME]) for span in seen.spans if semconv.RUN_OUTCOME in (said := span.attributes or {})]


def named(seen: Captured, name: str) -> dict[str, Any]:
    """The attributes of the only span of that name."""
    (span,) = (span for span in seen.spans if span.name == name)
    return dict(span.attributes or {})


def two_tools(api: str, first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """An answer that asks for two tools at once, as the vendor's API writes it."""
    model, tools = f"{BIG}-2025-04-14", (first, second)
    if api == "chat":
        calls = [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for i, (name, arguments) in enumerate(tools)
        ]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        usage = {"prompt_tokens": 70, "completion_tokens": 30, "total_tokens": 100}
        choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
        return {"id": "c1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage}
    output = [
        {"type": "function_call", "id": f"fc_{i}", "call_id": f"call_{i}", "status": "completed", "name": name}
        | {"arguments": json.dumps(arguments)}
        for i, (name, arguments) in enumerate(tools)
    ]
    usage = {"input_tokens": 70, "output_tokens": 30, "total_tokens": 100}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    head = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": model, "tools": []}
    return {**head, "output": output, "usage": usage, "parallel_tool_calls": True, "tool_choice": "auto"}
