"""What `otel-tokens run` starts inside the program: spans and metrics go to files, and to nothing else.

Nothing global is set. A provider that the program sets is used, with a file beside its own exporters; where there is none, a
private one stands in. Importing this costs an ordinary start of `opentelemetry-instrument` next to nothing.
"""

from __future__ import annotations

import os

RUN = "OTEL_TOKENS_RUN"
"""The environment variable that names the run's directory; set by `run` for the program and all that it starts."""

_begun: list[str] = []


def pre_instrument() -> None:
    """Called by `opentelemetry-instrument` before any instrumentation: under `run`, its provider gets our file too."""
    if os.environ.get(RUN):
        begin()


def begin() -> None:
    """Called once, by the hook or by `opentelemetry-instrument`, before the program's own code."""
    from otel_tokens import _pre

    if _begun or _pre.disabled():
        return
    _begun.append(os.environ[RUN])
    from otel_tokens.guard import shield
    from otel_tokens.keep import attach

    shield("keep")(attach.watch)()
    _pre.pre_instrument()
