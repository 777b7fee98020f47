"""The tree as data: what `--json` prints. The shape is documented in docs/run.md and held by a test."""

from __future__ import annotations

from typing import Any

from otel_tokens import semconv
from otel_tokens.report.fixes import fix
from otel_tokens.report.read import Recording
from otel_tokens.report.totals import FEMTO, Totals
from otel_tokens.report.tree import Node, grand_total

VERSION = 1


def document(recording: Recording, roots: list[Node]) -> dict[str, Any]:
    """The whole answer: `total`, `unpriced`, `tree`, and where it is from."""
    total = grand_total(roots)
    return {
        "version": VERSION,
        "total": _totals(total),
        "unpriced": [
            {"at": at, "model": model, "reason": reason, "calls": calls, "fix": fix(reason, at)}
            for (at, model, reason), calls in total.unpriced.most_common()
        ],
        "tree": [_node(root) for root in roots],
        "files": [str(path) for path in recording.files],
        "processes": len({span.process for span in recording.spans}),
        "broken_lines": len(recording.broken),
    }


def _node(node: Node) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": node.kind, "name": node.name, "count": node.count, **_totals(node.total)}
    if node.kind == "call":
        for name, attribute in (
            ("operation", semconv.OPERATION), ("seller", semconv.SELLER), ("model_tier", semconv.MODEL_TIER),
            ("service_tier", semconv.SERVICE_TIER), ("reason", semconv.COST_REASON), ("error", semconv.ERROR_TYPE),
        ):  # fmt: skip
            if node.said(attribute):
                shown[name] = node.said(attribute)
    else:
        shown["direct_usd"] = node.direct.cost / FEMTO
        shown["direct_calls"] = node.direct.calls
    if node.outcomes:
        shown["outcomes"] = node.outcomes
    if node.span is not None:
        shown["trace_id"], shown["span_id"], shown["service"] = node.span.trace, node.span.id, node.span.service
    shown["children"] = [_node(child) for child in node.children]
    return shown


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "cost_usd": totals.usd,
        "status": totals.status,
        "calls": totals.calls,
        "input_tokens": totals.input,
        "output_tokens": totals.output,
        "cache_read_tokens": totals.cached,
        "cache_write_tokens": totals.written,
        "reasoning_tokens": totals.reasoning,
        "cache_saved_usd": totals.saved / FEMTO,
        "cache_premium_usd": totals.premium / FEMTO,
        "wasted_usd": totals.wasted / FEMTO,
        "retries": totals.retries,
        "failed_calls": totals.failed,
        "abandoned_calls": totals.abandoned,
        "unpriced_calls": sum(totals.unpriced.values()),
    }
