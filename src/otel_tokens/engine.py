"""Turns a Config into a running pipeline, and back into nothing. Loaded with the first SDK, not with the program."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any
from weakref import WeakSet

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from otel_tokens import payer, price, rollup, steps
from otel_tokens.config import Config
from otel_tokens.guard import shield
from otel_tokens.metrics import Instruments
from otel_tokens.patch import executors, observe, pending, seam
from otel_tokens.pipeline import Pipeline
from otel_tokens.providers import PROVIDERS
from otel_tokens.spans.live import Parents
from otel_tokens.version import VERSION

NAME = "otel_tokens"
SDK = "opentelemetry.sdk.trace"

log = logging.getLogger(NAME)
parents = Parents(pending.flush)
_attached: WeakSet[Any] = WeakSet()
_instruments: dict[int | None, Instruments] = {}
on_attach: list[Callable[[Any], None]] = []
"""Told of every provider that hands out a tracer, once: `keep` adds a file this way."""
on_start: list[Callable[[], None]] = []


def start(config: Config, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None) -> None:
    """Puts everything on. Without providers the global ones are used, whenever they are set. Twice is once."""
    for problem in config.problems:
        log.warning("otel-tokens: %s", problem)
    for host, seller in config.sellers:
        price.sellers.assign(host, seller)
    payer.settings.allowed = config.baggage
    tracer = trace.get_tracer(NAME, VERSION, tracer_provider)
    pipeline = Pipeline(tracer, draft_cost=config.draft_cost)
    steps.settings.tracer = tracer
    _measure(config, meter_provider)
    parents.active = True
    attach(tracer_provider or trace.get_tracer_provider())
    seam.watch(SDK, _watch_providers)
    if config.executors == "carry":
        executors.watch()
    for provider in PROVIDERS:
        observe.watch(provider, pipeline.open, ask_usage=config.stream_usage == "request")
    for told in on_start:
        told()


def stop() -> None:
    """Takes everything off: classes are as they were, steps are plain blocks, what was spent stays counted."""
    seam.take_off()
    pending.flush()
    parents.active = False
    steps.settings.tracer = None
    rollup.on_end.clear()


def attach(provider: Any) -> None:
    """Lets a provider's spans know their parents. Any provider that hands out a tracer passes here before its first span."""
    if provider in _attached or not hasattr(provider, "add_span_processor"):
        return
    _attached.add(provider)
    provider.add_span_processor(parents)
    for told in on_attach:
        told(provider)
    atexit.unregister(pending.flush)  # registered last, run first: before the provider's own shutdown
    atexit.register(pending.flush)
    resource = getattr(provider, "resource", None)
    if resource is not None:
        payer.settings.default = payer.from_resource(resource.attributes)


def _watch_providers(module: ModuleType) -> None:
    seam.wrap(module, "TracerProvider.get_tracer", _got_tracer)


def _got_tracer(wrapped: Any, provider: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    shield("provider")(attach)(provider)
    return wrapped(*args, **kwargs)


def _measure(config: Config, meter_provider: MeterProvider | None) -> None:
    """One set of instruments per meter provider: registering the callbacks twice would double every sum."""
    which = None if meter_provider is None else id(meter_provider)
    if which not in _instruments:
        meter = metrics.get_meter(NAME, VERSION, meter_provider)
        _instruments[which] = Instruments(meter, config.token_usage, rollup.open_runs, price.timestamp)
    for other, instruments in _instruments.items():
        instruments.active = other == which
    rollup.on_end[:] = [_instruments[which].step_ended]


os.register_at_fork(after_in_child=pending.forget)
