"""What otel-tokens makes of a block of code, in memory: `with capture() as seen:`, for the tests of whoever uses it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from math import fsum

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, Metric, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_tokens import guard, ledger, semconv
from otel_tokens.patch import pending
from otel_tokens.plugin import TokensInstrumentor
from otel_tokens.price import sellers as known_sellers

Labels = frozenset[tuple[str, object]]


class Captured:
    """What was seen so far. The providers are for code under test that wants one of its own."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracer_provider = TracerProvider(shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meter_provider = MeterProvider([self._reader], shutdown_on_exit=False)

    @property
    def spans(self) -> list[ReadableSpan]:
        """Every finished span, in the order in which they ended."""
        return list(self._exporter.get_finished_spans())

    @property
    def calls(self) -> list[ReadableSpan]:
        """The spans that stand for a call to a model, whoever opened them."""
        return [span for span in self.spans if semconv.COST_STATUS in (span.attributes or {})]

    @property
    def steps(self) -> list[ReadableSpan]:
        """The workflow, agent and tool spans."""
        return [span for span in self.spans if (span.attributes or {}).get(semconv.OPERATION) in semconv.STEPS]

    @property
    def cost(self) -> float:
        """USD: the plain sum of `otel_tokens.cost.total` over all spans; unpriced calls add nothing to it."""
        stated = ((span.attributes or {}).get(semconv.COST) for span in self.spans)
        return fsum(usd for usd in stated if isinstance(usd, float))

    def metrics(self) -> dict[str, dict[Labels, float]]:
        """Every metric as {name: {labels: value}}; labels are a frozenset of pairs, a histogram's value is its sum."""
        data = self._reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: _values(metric) for scope in scopes for metric in scope.metrics}

    def clear(self) -> None:
        """Forgets spans and sums."""
        self._exporter.clear()
        ledger.forget()


@contextmanager
def capture(*, sellers: Mapping[str, str] | None = None) -> Generator[Captured]:
    """Watches every supported library inside the block, and takes everything off again after it.

    `sellers` says who bills for a host, as OTEL_TOKENS_SELLERS does: `{"127.0.0.1:8000": "openai"}`. A bug of otel-tokens
    raises in the block instead of being counted. Raises RuntimeError where otel-tokens is on already.
    """
    instrumentor = TokensInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("otel-tokens is on already: uninstrument before capture()")
    seen, strict = Captured(), guard.mode.strict
    _forget()
    guard.mode.strict = True
    for host, seller in (sellers or {}).items():
        known_sellers.assign(host, seller)
    instrumentor.instrument(tracer_provider=seen.tracer_provider, meter_provider=seen.meter_provider)
    try:
        yield seen
    finally:
        instrumentor.uninstrument()
        seen.tracer_provider.shutdown()
        seen.meter_provider.shutdown()
        guard.mode.strict = strict
        known_sellers.reset()
        _forget()


def _values(metric: Metric) -> dict[Labels, float]:
    found: dict[Labels, float] = {}
    for point in metric.data.data_points:
        if isinstance(point, HistogramDataPoint | NumberDataPoint):
            value = point.sum if isinstance(point, HistogramDataPoint) else point.value
            found[frozenset((point.attributes or {}).items())] = value
    return found


def _forget() -> None:
    ledger.forget()
    pending.forget()
