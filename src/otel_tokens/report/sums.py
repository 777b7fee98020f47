"""What the metrics of a run say was spent: complete where a program's own sampler left spans out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from otel_tokens import semconv
from otel_tokens.report.read import JSON, Recording, as_list, plain
from otel_tokens.report.totals import femto, of_call
from otel_tokens.report.tree import kind_of


def unseen(run: Path, recording: Recording) -> int:
    """Femto-USD that the metrics count and no recorded span shows, summed over processes."""
    on_spans: dict[str, int] = {}
    for span in recording.spans:
        if kind_of(span) == "call":
            on_spans[span.process] = on_spans.get(span.process, 0) + of_call(span).cost
    missing = 0
    for path in sorted(run.glob("metrics-*.jsonl")):
        process, spent = _latest(path)
        more = spent - on_spans.get(process, 0)
        missing += more if more > spent // 10**9 else 0  # less is the rounding of floats
    return missing


def _latest(path: Path) -> tuple[str, int]:
    """The process and its cost at the last whole line: sums are cumulative."""
    for line in reversed(path.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            groups = as_list(json.loads(line), "resourceMetrics")
            process = str(plain(as_list(groups[0]["resource"], "attributes")).get("service.instance.id"))
            return process, sum(_cost(as_list(scope, "metrics")) for group in groups for scope in as_list(group, "scopeMetrics"))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            continue  # half-written: the line before it has what was known then
    return "", 0


def _cost(metrics: Iterable[JSON]) -> int:
    return sum(
        femto(point.get("asDouble", float(point.get("asInt", 0))))
        for metric in metrics
        if metric.get("name") == semconv.COST_TOTAL.name
        for point in as_list(metric.get("sum"), "dataPoints")
    )
