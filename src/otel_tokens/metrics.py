"""Every instrument, over the ledger: nothing synchronous is in a call's path except one record per finished step."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from time import perf_counter
from typing import Any

from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation
from opentelemetry.trace import set_span_in_context

from otel_tokens import guard, ledger, semconv
from otel_tokens.ledger import Key, Row
from otel_tokens.semconv import Metric
from otel_tokens.types import FEMTO, PER_MILLION, Step

Observe = Callable[[], Iterable[Observation]]

FIELD_OF: Mapping[str, str] = {
    semconv.TEAM: "team", semconv.FEATURE: "feature", semconv.WORKFLOW: "workflow", semconv.AGENT: "agent",
    semconv.CUSTOMER: "customer", semconv.SELLER: "seller", semconv.RESPONSE_MODEL: "model", semconv.MODEL_TIER: "model_tier",
    semconv.SERVICE_TIER: "service_tier", semconv.COST_STATUS: "status", semconv.REASON: "reason",
    semconv.HOSTING: "hosting", semconv.OUTCOME: "outcome", semconv.USAGE: "usage",
}  # fmt: skip
"""A label on a metric → the field of the ledger's key that holds its value."""

OTHER_GENAI = (
    "opentelemetry.instrumentation.openai",
    "opentelemetry.instrumentation.openai_v2",
    "opentelemetry.instrumentation.anthropic",
    "opentelemetry.instrumentation.genai",
    "opentelemetry.util.genai",
    "openlit",
)
"""Modules of others that record `gen_ai.client.token.usage` themselves."""


class Instruments:
    """Every instrument, over the ledger: counters and gauges are observed, per-call histograms drained at collection."""

    def __init__(
        self,
        meter: Meter,
        token_usage: str,
        open_runs: Iterable[Step],
        book_times: Callable[[], Mapping[str, float]],
        capacity: Callable[[], Mapping[tuple[str, str], int]],
    ) -> None:
        self.token_usage = token_usage
        self.active = True
        self.drained: dict[str, Histogram] = {
            metric.name: _histogram(meter, metric)
            for metric in (semconv.CALL_INPUT, semconv.CALL_OUTPUT, semconv.DURATION, semconv.TOKEN_USAGE)
        }
        self.per_run: list[tuple[Histogram, Callable[[Step], float]]] = [
            (_histogram(meter, semconv.RUN_COST), lambda step: step.cost / FEMTO),
            (_histogram(meter, semconv.RUN_DEPTH), lambda step: step.max_depth),
            (_histogram(meter, semconv.RUN_CALLS), lambda step: step.calls),
            (_histogram(meter, semconv.RUN_TOOLS), lambda step: step.tools),
        ]
        self.step_cost = _histogram(meter, semconv.STEP_COST)
        for metric, observe in _counters(capacity).items():
            meter.create_observable_counter(metric.name, [self._guarded(observe)], metric.unit, metric.description)
        for metric, observe in _gauges(open_runs, book_times).items():
            meter.create_observable_gauge(metric.name, [self._guarded(observe)], metric.unit, metric.description)

    def _guarded(self, observe: Callable[[], Iterable[Observation]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            if not self.active:
                return ()
            self.drain()
            return shielded() or ()

        shielded = guard.shield("metrics")(lambda: list(observe()))
        return callback

    @guard.shield("metrics")
    def drain(self) -> None:
        """Records the waiting points; observables are asked first, so they land in the same export."""
        usage_too = self.token_usage == "on" or (
            self.token_usage == "auto" and not any(name in sys.modules for name in OTHER_GENAI)
        )
        while ledger.points:
            point = ledger.points.popleft()
            lengths = _labels(semconv.CALL_INPUT, point.key)
            common = {
                semconv.OPERATION: point.operation, semconv.PROVIDER: point.provider, semconv.REQUEST_MODEL: point.request_model,
                semconv.RESPONSE_MODEL: point.key.model, semconv.SERVER_ADDRESS: point.host, semconv.SERVER_PORT: point.port,
                semconv.ERROR_TYPE: point.error_type,
            }  # fmt: skip
            common = {name: value for name, value in common.items() if value is not None}
            self.drained[semconv.DURATION.name].record(point.seconds, common)
            stated = ((semconv.CALL_INPUT, "input", point.input_tokens), (semconv.CALL_OUTPUT, "output", point.output_tokens))
            for metric, kind, tokens in ((m, k, n) for m, k, n in stated if n is not None):
                self.drained[metric.name].record(tokens, lengths)
                if usage_too:
                    self.drained[semconv.TOKEN_USAGE.name].record(tokens, {**common, semconv.TOKEN_KIND: kind})

    @guard.shield("metrics")
    def step_ended(self, step: Step) -> None:
        """The per-run and per-step histograms: synchronous, so that they carry an exemplar of the trace."""
        workflow = step.payer.workflow or semconv.UNATTRIBUTED
        context = set_span_in_context(step.span, Context())
        if step.kind in semconv.STEPS:
            self.step_cost.record(
                step.cost / FEMTO,
                {semconv.STEP_KIND: step.kind, semconv.STEP_NAME: step.name, semconv.WORKFLOW: workflow},
                context,
            )
        if step.run:
            labels = {
                semconv.WORKFLOW: workflow,
                semconv.TEAM: step.payer.team or semconv.UNATTRIBUTED,
                semconv.RUN_OUTCOME: step.outcome or semconv.UNKNOWN,
            }
            for histogram, value in self.per_run:
                histogram.record(value(step), labels, context)


def _histogram(meter: Meter, metric: Metric) -> Histogram:
    return meter.create_histogram(
        metric.name, metric.unit, metric.description, explicit_bucket_boundaries_advisory=metric.buckets
    )


def _labels(metric: Metric, key: Key, **more: str) -> dict[str, str]:
    return {name: getattr(key, FIELD_OF[name]) for name in metric.labels if name in FIELD_OF} | more


def _sums(metric: Metric, entries: Iterable[tuple[Key, Mapping[str, str], float]]) -> list[Observation]:
    """Many ledger rows onto the fewer labels of one metric."""
    names = [name for name in metric.labels if name in FIELD_OF]
    pick = attrgetter(*(FIELD_OF[name] for name in names))
    sums: dict[tuple[Any, ...], float] = {}
    for key, more, value in entries:
        where = (pick(key), *more.items())
        sums[where] = sums.get(where, 0) + value
    scale = FEMTO if metric.unit == "USD" else 1
    return [
        Observation(value / scale if scale > 1 else value, dict(zip(names, where[0], strict=True)) | dict(where[1:]))
        for where, value in sums.items()
    ]


def _per_row(metric: Metric, value: Callable[[Row], int]) -> Callable[[], list[Observation]]:
    return lambda: _sums(metric, ((key, {}, value(row)) for key, row in ledger.snapshot().items()))


def _per_leaf(metric: Metric, table: Callable[[Row], Counter[str]]) -> Callable[[], list[Observation]]:
    return lambda: _sums(metric, (
        (key, {semconv.TOKEN_TYPE: leaf}, amount)
        for key, row in ledger.snapshot().items() for leaf, amount in dict(table(row)).items()
    ))  # fmt: skip


def _per_reason(metric: Metric, table: Counter[tuple[Key, str]]) -> Callable[[], list[Observation]]:
    """The reason of the waste or the retry, not the reason of the cost's status."""
    bare = metric._replace(labels=tuple(name for name in metric.labels if name != semconv.REASON))
    return lambda: _sums(bare, ((key, {semconv.REASON: reason}, amount) for (key, reason), amount in dict(table).items()))


def _named(table: Counter[str], label: str) -> Observe:
    return lambda: [Observation(number, {label: name}) for name, number in dict(table).items()]


def _paired(table: Counter[tuple[str, str]], one: str, two: str) -> Observe:
    return lambda: [Observation(number, {one: first, two: second}) for (first, second), number in dict(table).items()]


def _counters(capacity: Callable[[], Mapping[tuple[str, str], int]]) -> dict[Metric, Observe]:
    return {
        semconv.COST_TOTAL: _per_row(semconv.COST_TOTAL, lambda row: row.cost),
        semconv.COST_PARTS: _per_leaf(semconv.COST_PARTS, lambda row: row.parts),
        semconv.TOKENS_TOTAL: _per_leaf(semconv.TOKENS_TOTAL, lambda row: row.tokens),
        semconv.CALLS: _per_row(semconv.CALLS, lambda row: row.calls),
        semconv.LIST_COST: _per_row(semconv.LIST_COST, lambda row: row.listed),
        semconv.REPORTED_COST: _per_row(semconv.REPORTED_COST, lambda row: row.reported),
        semconv.TABLE_COST: _per_row(semconv.TABLE_COST, lambda row: row.table),
        semconv.SAVED: _per_row(semconv.SAVED, lambda row: row.saved),
        semconv.PREMIUM: _per_row(semconv.PREMIUM, lambda row: row.premium),
        semconv.UNPRICED_TOKENS: _per_row(semconv.UNPRICED_TOKENS, lambda row: row.unpriced),
        semconv.WASTED: _per_reason(semconv.WASTED, ledger.wasted),
        semconv.RETRIES: _per_reason(semconv.RETRIES, ledger.retries),
        semconv.CARRIED_COST: _carried(0, FEMTO),
        semconv.CARRIED_TOKENS: _carried(1, 1),
        semconv.LATE: lambda: [Observation(ledger.counts["late"])],
        semconv.PARENTLESS: lambda: [Observation(ledger.counts["parentless"])],
        semconv.SUPPRESSED: _paired(ledger.seen_again, semconv.LAYER, semconv.REASON),
        semconv.OVERFLOW: _named(ledger.overflow, semconv.LABEL),
        semconv.ERRORS: _named(guard.errors, semconv.STAGE),
        semconv.OUTCOMES: _paired(ledger.outcomes, semconv.WORKFLOW, semconv.OUTCOME_LABEL),
        semconv.OVERHEAD: lambda: [Observation(ledger.clock["overhead"])],
        semconv.CAPACITY: lambda: [
            Observation(amount / FEMTO, {semconv.POOL: pool, semconv.USE: use}) for (pool, use), amount in capacity().items()
        ],
    }


def _carried(at: int, scale: int) -> Callable[[], list[Observation]]:
    def observe() -> list[Observation]:
        return [
            Observation(row[at] / scale if scale > 1 else row[at], {semconv.WORKFLOW: workflow, semconv.AGENT: agent})
            for (workflow, agent), row in dict(ledger.carried).items()
        ]

    return observe


def _gauges(open_runs: Iterable[Step], book_times: Callable[[], Mapping[str, float]]) -> dict[Metric, Observe]:
    return {
        semconv.RATE: _rates,
        semconv.BOOK_TIME: lambda: [
            Observation(seconds, {semconv.SOURCE: source}) for source, seconds in book_times().items() if ledger.rows
        ],
        semconv.OPEN_COST: _open(open_runs, lambda step: step.cost / FEMTO),
        semconv.OPEN_CALLS: _open(open_runs, lambda step: step.calls),
        semconv.OPEN_AGE: _open(open_runs, lambda step: perf_counter() - step.started),
    }


def _rates() -> list[Observation]:
    return [
        Observation(rate / PER_MILLION, _labels(semconv.RATE, key, **{semconv.TOKEN_TYPE: leaf, semconv.VERSION: version}))
        for (key, version), card in dict(ledger.cards).items()
        for leaf, rate in card.rates.items()
    ]


def _open(open_runs: Iterable[Step], value: Callable[[Step], float]) -> Callable[[], list[Observation]]:
    def observe() -> list[Observation]:
        most: dict[str, float] = {}
        for step in list(open_runs):
            workflow = step.payer.workflow or semconv.UNATTRIBUTED
            most[workflow] = max(most.get(workflow, 0), value(step))
        return [Observation(number, {semconv.WORKFLOW: workflow}) for workflow, number in most.items()]

    return observe
