"""The pytest plugin of both runs of an SDK's suite: records outcomes and, when asked to, puts us in.

Runs inside the SDK's environment. TRANSPARENCY_OUTCOMES names the file for the outcomes, TRANSPARENCY_CALLS the one for what we
measured; without the latter the run is bare.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

OUTCOMES = Path(os.environ["TRANSPARENCY_OUTCOMES"])
CALLS = os.environ.get("TRANSPARENCY_CALLS")
outcomes: dict[str, str] = {}
RANK = ("passed", "skipped", "failed")  # of setup, call and teardown the worst counts


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcomes[report.nodeid] = max(outcomes.get(report.nodeid, "passed"), report.outcome, key=RANK.index)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        outcomes[report.nodeid] = "failed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        OUTCOMES.write_text(json.dumps(outcomes), encoding="utf-8")
    if CALLS and measured:
        with Path(CALLS).open("a", encoding="utf-8") as lines:  # one line per worker
            lines.write(json.dumps(measured()) + "\n")


def instrument() -> Any:
    """Puts us in as a user would, before a test module imports the SDK. Returns what counts the spans we ended."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from otel_tokens import TokensInstrumentor

    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    meters = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    TokensInstrumentor().instrument(tracer_provider=provider, meter_provider=meters)
    return lambda: count(exporter.get_finished_spans())


def count(spans: tuple[Any, ...]) -> dict[str, int]:
    priced = sum("otel_tokens.cost.total" in span.attributes for span in spans)
    return {"settled": len(spans), "priced": priced}


measured = instrument() if CALLS else None
