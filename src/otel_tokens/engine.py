"""Turns a Config into a running pipeline, and back into nothing. Loaded with the first SDK, not with the program."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from otel_tokens import adopt, foreign, ledger, payer, price, rollup, steps
from otel_tokens.config import Config
from otel_tokens.frameworks import FRAMEWORKS
from otel_tokens.metrics import Instruments
from otel_tokens.patch import executors, observe, pending, steps_seam
from otel_tokens.pipeline import Pipeline
from otel_tokens.providers import PROVIDERS
from otel_tokens.spans import live
from otel_tokens.version import NAME, VERSION

log = logging.getLogger(NAME)
_instruments: dict[MeterProvider | None, Instruments] = {}
on_start: list[Callable[[], None]] = []


def start(config: Config, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None) -> None:
    """Puts everything on. Without providers the global ones are used, whenever they are set. Twice is once."""
    for problem in config.problems:
        log.warning("otel-tokens: %s", problem)
    for host, seller in config.sellers:
        price.sellers.assign(host, seller)
    price.watch.start(config.price_order, config.prices)
    payer.settings.allowed = config.baggage
    tracer = trace.get_tracer(NAME, VERSION, tracer_provider)
    pipeline = Pipeline(tracer, draft_cost=config.draft_cost)
    steps.settings.tracer = tracer
    adopt.once.forget()
    ledger.on_poll[:] = [foreign.polled]
    live.parents.started, rollup.hooks.recognise = foreign.Foreign(pipeline).started, foreign.recognise
    _measure(config, meter_provider)
    live.parents.flush = pending.flush
    live.attach(tracer_provider or trace.get_tracer_provider())
    live.tell(_attached)
    if config.executors == "carry":
        executors.watch()
    for provider in PROVIDERS:
        observe.watch(provider, pipeline.open, ask_usage=config.stream_usage == "request")
    for framework in FRAMEWORKS:
        steps_seam.watch(framework, steps.of_framework)
    for told in on_start:
        told()


def stop() -> None:
    """Settles what is open; steps are plain blocks from now on. What was spent stays counted."""
    pending.flush()
    price.watch.stop()
    steps.settings.tracer = live.parents.started = rollup.hooks.recognise = None
    rollup.on_end.clear()
    ledger.on_poll.clear()


def _attached(provider: Any) -> None:
    atexit.unregister(pending.flush)  # registered last, run first: before the provider's own shutdown
    atexit.register(pending.flush)
    resource = getattr(provider, "resource", None)
    if resource is not None:
        payer.settings.default = payer.from_resource(resource.attributes)


def _measure(config: Config, meter_provider: MeterProvider | None) -> None:
    """One set of instruments per meter provider: registering the callbacks twice would double every sum."""
    if meter_provider not in _instruments:
        meter = metrics.get_meter(NAME, VERSION, meter_provider)
        _instruments[meter_provider] = Instruments(
            meter, config.token_usage, rollup.open_runs, price.timestamps, price.pools.capacity
        )
    for other, instruments in _instruments.items():
        instruments.active = other is meter_provider
    rollup.on_end[:] = [_instruments[meter_provider].step_ended]


os.register_at_fork(after_in_child=pending.forget)
os.register_at_fork(after_in_child=rollup.open_runs.clear)
