"""What is added to a provider: a span processor and a metric exporter that write files and lose nothing."""

from __future__ import annotations

import os
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from otel_tokens import semconv
from otel_tokens.guard import shield
from otel_tokens.keep import files, otlp

MOST = 256
"""Spans that wait at most; those of calls, steps and local roots never wait, so a kill loses only what is still open."""


class FileSpans(SpanProcessor):
    """Writes a call, a step or a local root when it ends, in the thread that ends it, with all that ended before it."""

    def __init__(self) -> None:
        self.waiting: list[ReadableSpan] = []
        os.register_at_fork(after_in_child=self.waiting.clear)  # what the parent process has not written, it will

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing to do."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        with files.process.lock:
            self.waiting.append(span)
            root = span.parent is None or span.parent.is_remote
            if root or semconv.OPERATION in (span.attributes or {}) or len(self.waiting) >= MOST:
                self.write()

    @shield("keep")
    def write(self) -> None:
        """One line for all that wait."""
        with files.process.lock:
            spans, self.waiting[:] = list(self.waiting), []
            if spans:
                files.append("traces", otlp.trace_request(spans))

    def shutdown(self) -> None:
        self.write()

    def force_flush(self, timeout_millis: int = 30000) -> bool:  # noqa: ARG002  # the interface's name
        self.write()
        return True


class FileMetrics(MetricExporter):
    """Appends each collection; the latest line of a process has its sums."""

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:  # noqa: ARG002
        shield("keep")(self.write)(metrics_data)
        return MetricExportResult.SUCCESS

    def write(self, data: MetricsData) -> None:
        if data.resource_metrics:
            files.append("metrics", otlp.metrics_request(data))

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Each line is written already."""
