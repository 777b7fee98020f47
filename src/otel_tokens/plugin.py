"""The OpenTelemetry instrumentor: `TokensInstrumentor().instrument(tracer_provider=, meter_provider=)`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from otel_tokens import _pre


class TokensInstrumentor(BaseInstrumentor):
    """Watches every supported LLM client library of this process.

    `instrument()` is safe to call twice, before or after the libraries are imported, before or after the global providers
    are set. `uninstrument()` restores every patched class exactly.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """None: a library that is not installed is not watched."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        _pre.arm(kwargs.get("tracer_provider"), kwargs.get("meter_provider"))

    def _uninstrument(self, **_kwargs: Any) -> None:
        _pre.disarm()
