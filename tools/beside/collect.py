"""What OpenTelemetry was given, by whomever: the spans of one call, and what it added to each metric."""

from collections import Counter
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

HOUR = 3_600_000.0  # in milliseconds: only a flush exports
INFERENCE = ("chat", "generate_content", "text_completion", "embeddings")

spans = InMemorySpanExporter()
last: list[MetricsData] = []
_before: Counter[str] = Counter()


class Kept(MetricExporter):
    """Keeps the last export. An entry point, so that `opentelemetry-instrument` sets it up as any other exporter."""

    def export(self, metrics_data: MetricsData, *_: Any, **__: Any) -> MetricExportResult:
        last[:] = [metrics_data]
        return MetricExportResult.SUCCESS

    def force_flush(self, *_: Any, **__: Any) -> bool:
        return True

    def shutdown(self, *_: Any, **__: Any) -> None:
        last.clear()


def set_up() -> None:
    """Global providers, as a program has them that configures OpenTelemetry itself."""
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(Kept(), HOUR)]))


def listen() -> None:
    """Sees every span of the global provider from now on."""
    provider: Any = trace.get_tracer_provider()
    provider.add_span_processor(SimpleSpanProcessor(spans))


def taken() -> list[dict[str, Any]]:
    """The spans since the last time."""
    provider: Any = trace.get_tracer_provider()
    provider.force_flush()
    found = [_told(span) for span in spans.get_finished_spans()]
    spans.clear()
    return found


def added() -> dict[str, float]:
    """`scope/metric` → what its points sum to more than the last time."""
    provider: Any = metrics.get_meter_provider()
    provider.force_flush()
    scopes = [scope for resource in last[0].resource_metrics for scope in resource.scope_metrics] if last else []
    now: Counter[str] = Counter()
    for name, metric in ((scope.scope.name, metric) for scope in scopes for metric in scope.metrics):
        points: Any = metric.data.data_points
        now[f"{name}/{metric.name}"] += sum(point.value if hasattr(point, "value") else point.sum for point in points)
    difference = {name: now[name] - _before[name] for name in now}
    _before.clear()
    _before.update(now)
    return difference


def _told(span: ReadableSpan) -> dict[str, Any]:
    attributes = dict(span.attributes or {})
    llm = (
        attributes.get("gen_ai.operation.name") in INFERENCE
        or attributes.get("openinference.span.kind") in ("LLM", "EMBEDDING")
        or "llm.request.type" in attributes
    )
    return {
        "scope": span.instrumentation_scope.name if span.instrumentation_scope else "",
        "name": span.name,
        "llm": llm,
        "root": span.parent is None,
        "cost": attributes.get("otel_tokens.cost.total"),
        "status": attributes.get("otel_tokens.cost.status"),
        "rollup": attributes.get("otel_tokens.rollup.cost"),
    }
