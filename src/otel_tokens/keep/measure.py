"""Our metrics in the run's files, read from the same ledger as those that the program exports itself."""

from __future__ import annotations

from typing import Any

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from otel_tokens import price, rollup
from otel_tokens.config import Config
from otel_tokens.keep.exporters import FileMetrics
from otel_tokens.metrics import Instruments
from otel_tokens.version import NAME, VERSION

_started: list[Instruments] = []


class Beside(Instruments):
    """A second set of instruments: it leaves the queue of points to the program's own, where there is one."""

    def drain(self) -> None:
        if not isinstance(metrics.get_meter_provider(), MeterProvider):
            super().drain()


def start(resource: Any, every_ms: int) -> None:
    """Collects every few seconds and at the end of the process."""
    if not _started:
        provider = MeterProvider([PeriodicExportingMetricReader(FileMetrics(), export_interval_millis=every_ms)], resource)
        meter = provider.get_meter(NAME, VERSION)
        usage = Config.from_env().token_usage
        _started.append(Beside(meter, usage, rollup.open_runs, price.timestamps, price.pools.capacity))
    if _started[0].step_ended not in rollup.on_end:
        rollup.on_end.append(_started[0].step_ended)
