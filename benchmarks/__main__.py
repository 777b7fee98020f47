"""`python -m benchmarks [--quick] [--json]`: added CPU per call against a floor and the bare SDK, alternated in one process."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
from collections.abc import Callable
from time import process_time_ns
from typing import Any

import wrapt
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import SpanKind, use_span

from benchmarks import micro
from benchmarks.traffic import Case, cases
from otel_tokens import TokensInstrumentor, agent, tool, workflow

FLOOR_ATTRIBUTES = {f"floor.attribute.{n}": n for n in range(12)}
SEAMS = {"openai": ("request",), "anthropic": ("request",)}


class Nowhere(SpanExporter):
    """Takes every span and keeps none."""

    def export(self, spans: Any) -> SpanExportResult:
        del spans
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing to close."""


class Floor:
    """The least that any instrumentation does: one wrapt wrapper, one span with twelve attributes."""

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer
        self.put: list[tuple[type, str, Any]] = []

    def on(self) -> None:
        import anthropic._base_client
        import openai._base_client

        for module in (openai._base_client, anthropic._base_client):
            for name, wrapper in (("SyncAPIClient", self.sync), ("AsyncAPIClient", self.asynchronous)):
                holder = getattr(module, name)
                original = vars(holder)["request"]
                self.put.append((holder, "request", original))
                holder.request = wrapt.FunctionWrapper(original, wrapper)

    def off(self) -> None:
        while self.put:
            holder, name, original = self.put.pop()
            setattr(holder, name, original)

    def sync(self, wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        span = self.tracer.start_span("floor", kind=SpanKind.CLIENT, attributes=FLOOR_ATTRIBUTES)
        with use_span(span, end_on_exit=True):
            return wrapped(*args, **kwargs)

    def asynchronous(self, wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        async def run() -> Any:
            span = self.tracer.start_span("floor", kind=SpanKind.CLIENT, attributes=FLOOR_ATTRIBUTES)
            with use_span(span, end_on_exit=True):
                return await wrapped(*args, **kwargs)

        return run()


class Bench:
    """Runs bare, floor and ours in turn, a few milliseconds each, and compares within each turn."""

    def __init__(self, *, sampled: bool) -> None:
        self.provider = TracerProvider(sampler=ALWAYS_ON if sampled else ALWAYS_OFF, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(Nowhere()))
        self.meters = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
        self.floor = Floor(self.provider.get_tracer("floor"))
        self.ours = TokensInstrumentor()
        self.loop = asyncio.new_event_loop()

    def block(self, case: Case) -> float:
        began = process_time_ns()
        if case.is_async:
            for _ in range(case.batch):
                self.loop.run_until_complete(case.run())  # pyright: ignore[reportArgumentType]
        else:
            for _ in range(case.batch):
                case.run()
        return (process_time_ns() - began) / 1000 / case.batch

    def bare(self, case: Case) -> float:
        return self.block(case)

    def floored(self, case: Case) -> float:
        self.floor.on()
        try:
            return self.block(case)
        finally:
            self.floor.off()

    def everything(self, case: Case) -> float:
        self.ours.instrument(tracer_provider=self.provider, meter_provider=self.meters)
        try:
            with workflow("bench"), agent("runner"), tool("caller"):
                return self.block(case)
        finally:
            self.ours.uninstrument()

    def compare(self, case: Case, turns: int) -> dict[str, Any]:
        """Medians over the turns of what floor and ours add to the bare call, in µs of CPU."""
        kinds: tuple[Callable[[Case], float], ...] = (self.bare, self.floored, self.everything)
        for kind in kinds:
            kind(case)
        rows: list[list[float]] = []
        for turn in range(turns):
            gc.collect()
            order = [*range(3)] if turn % 2 else [2, 1, 0]
            row = [0.0, 0.0, 0.0]
            for which in order:
                row[which] = kinds[which](case)
            rows.append(row)
        per = 64 if "64 at once" in case.name else 1
        bare = statistics.median(row[0] for row in rows) / per
        floor = statistics.median(row[1] - row[0] for row in rows) / per
        ours = statistics.median(row[2] - row[0] for row in rows) / per
        ratio = ours / floor if floor > 0 else None
        return {"case": case.name, "bare_us": bare, "floor_us": floor, "ours_us": ours, "ratio": ratio}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first impression")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    args = parser.parse_args()
    turns = 9 if args.quick else 41
    report: dict[str, Any] = {"sampled": [], "unsampled": [], "micro": []}
    for sampled in (True, False):
        bench = Bench(sampled=sampled)
        for case in [*cases(native=False), *(cases(native=True) if sampled else [])]:
            if args.only in case.name:
                print(f"  {case.name} …", file=sys.stderr)
                report["sampled" if sampled else "unsampled"].append(bench.compare(case, turns // 3 if case.chunks else turns))
    if not args.only:
        report["micro"] = micro.figures(quick=args.quick)
    print(json.dumps(report, indent=2) if args.json else text(report))
    return 0


def text(report: dict[str, Any]) -> str:
    lines = ["CPU per call in µs: the bare SDK, what the floor adds, what otel-tokens adds with everything on, their ratio."]
    for kind in ("sampled", "unsampled"):
        lines += ["", f"{kind:46s} {'bare':>8s} {'+floor':>8s} {'+ours':>8s} {'ratio':>6s}"]
        for row in report[kind]:
            ratio = f"{row['ratio']:.2f}" if row["ratio"] else "–"
            lines.append(f"{row['case']:46s} {row['bare_us']:8.0f} {row['floor_us']:8.1f} {row['ours_us']:8.1f} {ratio:>6s}")
    if report["micro"]:
        lines += ["", "elsewhere"]
        lines += [f"  {row['what']:58s} {row['value']:10.2f} {row['unit']}  (target {row['target']})" for row in report["micro"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
