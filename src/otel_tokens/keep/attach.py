"""Decides where the program's spans go: to its own provider and a file, or, where it has none, to a private provider and a file.

No global provider is ever set by us: the program may set its own at any time, before or after its first call, and is not warned.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any
from weakref import WeakSet

from otel_tokens.guard import shield
from otel_tokens.patch import seam

API = "opentelemetry.trace"
LIVE = "otel_tokens.spans.live"
ENGINE = "otel_tokens.engine"
PRIVATE = "_otel_tokens_private"
EVERY_MS = 5000

_lock = threading.RLock()
_written: WeakSet[Any] = WeakSet()
_own: list[Any] = []


def watch() -> None:
    """Waits for the OpenTelemetry API and for our engine: a program that loads neither pays for nothing."""
    seam.watch(API, _stand_in)
    seam.watch(LIVE, lambda live: live.tell(write))
    seam.watch(ENGINE, lambda engine: engine.on_start.append(_measure))


def _stand_in(api: Any) -> None:
    """Until a provider is set, a tracer of the API does nothing. From now on it uses the private provider until then."""
    proxy: Any = api.ProxyTracer
    original: Any = proxy._tracer
    nothing: type = api.NoOpTracer

    def tracer(self: Any) -> Any:
        found: Any = original.fget(self)
        return (private_tracer(self) or found) if isinstance(found, nothing) else found

    proxy._tracer = property(tracer)


@shield("keep")
def private_tracer(proxy: Any) -> Any:
    """The private provider's tracer of the same name."""
    if (known := getattr(proxy, PRIVATE, None)) is None:
        known = own_provider().get_tracer(proxy._instrumenting_module_name, proxy._instrumenting_library_version)
        setattr(proxy, PRIVATE, known)
    return known


def own_provider() -> Any:
    """The private tracer provider; made when the first span is started and nobody has set one. It records everything."""
    with _lock:
        if not _own:
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.sampling import ALWAYS_ON

            provider = TracerProvider(sampler=ALWAYS_ON, resource=resource())
            write(provider)
            _own.append(provider)
        return _own[0]


@shield("keep")
def write(provider: Any) -> None:
    """The provider's spans go to a file too, once."""
    from otel_tokens.keep.exporters import FileSpans

    if provider not in _written:
        _written.add(provider)
        provider.add_span_processor(FileSpans())


@shield("keep")
def _measure() -> None:
    """Our own metrics go to a file, over the same ledger, whether or not the program has a meter provider too."""
    from otel_tokens.keep import measure
    from otel_tokens.spans import live

    for provider in _own:
        live.attach(provider)
    measure.start(resource(), EVERY_MS)


def resource() -> Any:
    """What `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say, else the name of the program."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource

    found = Resource.create()
    if str(found.attributes.get(SERVICE_NAME, "unknown_service")).startswith("unknown_service"):
        found = found.merge(Resource({SERVICE_NAME: program()}))
    return found


def program() -> str:
    """`app` for `python app.py`, `package.module` for `python -m package.module`."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is not None:
        return str(spec.name).removesuffix(".__main__")
    return Path((getattr(sys, "argv", None) or [""])[0]).stem.strip("-") or "python"
