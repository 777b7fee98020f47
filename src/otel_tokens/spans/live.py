"""Knows the live parent of every recording span, so that cost can climb through spans that others opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import get_current_span

from otel_tokens import semconv
from otel_tokens.guard import shield
from otel_tokens.spans.shadow import end_orphans

PARENT = "_otel_tokens_parent"
CALLED = "_otel_tokens_called"


class Parents(SpanProcessor):
    """Notes each span's live parent when it starts; has open calls settled when the provider shuts down."""

    active = True
    started: Callable[[Any, Context | None], object] | None = None
    """Told of each span that starts, and of the context that it starts in."""
    flush: Callable[[], None] | None = None

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if not self.active:
            return
        if span.parent is not None and not span.parent.is_remote:
            parent = get_current_span(parent_context)
            if parent.is_recording():
                note(span, parent)
        if self.started is not None:
            self.started(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Nothing to do: totals are written before the end."""

    def shutdown(self) -> None:
        if self.flush is not None:
            self.flush()
        end_orphans()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here, so there is no time limit to keep."""
        del timeout_millis
        end_orphans()
        return True


def note(span: Any, parent: Any) -> None:
    """Sets the pointer without asking for the instance's `__dict__`: that would make one, and slow the span down."""
    try:
        setattr(span, PARENT, parent)
    except (AttributeError, TypeError):
        return  # a span of a class that allows no attribute: nothing climbs through it


parents = Parents()
_attached: WeakSet[Any] = WeakSet()
_told: list[Callable[[Any], None]] = []


@shield("provider")
def attach(provider: Any) -> None:
    """Lets a provider's spans know their parents, once. Each one that hands out a tracer comes here before its first span."""
    if provider not in _attached and hasattr(provider, "add_span_processor"):
        _attached.add(provider)
        provider.add_span_processor(parents)
        for tell in _told:
            tell(provider)


def tell(told: Callable[[Any], None]) -> None:
    """Calls `told` with every provider attached so far, and with every one to come."""
    if told not in _told:
        _told.append(told)
        for provider in list(_attached):
            told(provider)


def got_tracer(wrapped: Callable[..., Any], provider: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Wraps `TracerProvider.get_tracer`."""
    attach(provider)
    return wrapped(*args, **kwargs)


def local_root(span: Any) -> Any:
    """The topmost live span above (or the span itself): the one without a parent, or whose parent is remote. None if unknown."""
    if not span.is_recording():
        return None
    while (above := getattr(span, "__dict__", {}).get(PARENT)) is not None:
        if not above.is_recording():
            break
        span = above
    return span


def called(span: Any, what: object = True) -> None:
    """A call was seen below this span: whichever of those above it stand for a call to a model, stand for this one."""
    while (fields := getattr(span, "__dict__", None)) is not None and CALLED not in fields:
        fields[CALLED] = what
        span = fields.get(PARENT)


def fitting(span: Any, shown: Mapping[str, Any], foremost: Sequence[str]) -> Mapping[str, Any]:
    """What fits on somebody else's span, the foremost first: a full span drops its oldest attributes, which are not ours."""
    bounded = getattr(span, "_attributes", None)
    most = getattr(bounded, "maxlen", None)
    room = len(shown) if most is None or bounded is None else max(0, most - len(bounded))
    if room >= len(shown):
        return shown
    first = [name for name in foremost if name in shown]
    return {name: shown[name] for name in [*first, *(name for name in shown if name not in first)][:room]}


def is_inference(span: Any) -> bool:
    """Whether a recording span already stands for a call to a model, whoever opened it."""
    attributes = getattr(span, "attributes", None)
    return bool(attributes) and attributes.get(semconv.OPERATION) in semconv.INFERENCE and span.is_recording()
