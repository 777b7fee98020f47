"""The zero-code entry point: registers import hooks and nothing else, so an app without an LLM SDK pays for this file only."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from otel_tokens.guard import shield
from otel_tokens.patch import seam

WATCHED = (
    "openai._base_client", "anthropic._base_client", "botocore.client", "aiobotocore.client", "otel_tokens.steps",
    "google.genai._api_client", "ollama._client",
    "agents.tracing.traces", "langgraph.pregel", "langchain_core.tools.base",
)  # fmt: skip
"""The modules whose import starts the engine: every provider's and framework's, and our own public API."""


SDK = "opentelemetry.sdk.trace"
OTHERS = (
    "genai", "openinference", "traceloop", "openlit", "pydantic-ai", "logfire", "vertex", "langchain", "llama", "agents",
    "instrumentation.openai", "instrumentation.anthropic", "instrumentation.bedrock", "instrumentation.cohere",
    "instrumentation.mistral", "instrumentation.ollama", "instrumentation.groq", "instrumentation.together", "litellm",
)  # fmt: skip
"""Parts of the names under which others make spans of calls to models: their first tracer starts the engine."""


class _Armed:
    """What `instrument()` was told, kept until the engine starts; `started` once it has."""

    active = False
    started = False
    hooked = False
    providers: tuple[Any, Any] = (None, None)


armed = _Armed()


@shield("start")
def pre_instrument() -> None:
    """Called by `opentelemetry-instrument` before any instrumentation. An exception here would abort all of them."""
    arm()


def disabled() -> bool:
    """Whether the environment says no: ours, the SDK's, or the list of disabled instrumentations."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return True
    if os.environ.get("OTEL_TOKENS_DISABLED", "").strip().lower() in ("1", "true", "yes", "on"):
        return True
    off = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").replace(" ", "").split(",")
    return "*" in off or "otel_tokens" in off


def arm(tracer_provider: Any = None, meter_provider: Any = None) -> None:
    """From now on the first import of a watched module starts the engine; at once if one is loaded."""
    if disabled():
        return
    if armed.started and (tracer_provider, meter_provider) != (None, None):
        disarm()  # started by `opentelemetry-instrument`, and now told by the program where to send what it sees
    armed.active = True
    seam.watch(SDK, _watch_spans)
    if (tracer_provider, meter_provider) != (None, None):
        armed.providers = (tracer_provider, meter_provider)
    if any(name in sys.modules for name in WATCHED):
        start()
    elif not armed.hooked:
        armed.hooked = True
        from wrapt import register_post_import_hook

        for name in WATCHED:
            register_post_import_hook(start, name)


def _watch_spans(sdk: ModuleType) -> None:
    """Spans that are open before the first call are known to it: every provider is seen before its first span."""
    from opentelemetry.trace import get_tracer_provider

    from otel_tokens.spans import live

    seam.wrap(sdk, "TracerProvider.get_tracer", _got_tracer)
    if hasattr(live, "attach"):  # else it is `live` itself that imports the SDK just now, and the engine will attach
        live.parents.active = True
        live.attach(get_tracer_provider())


def _got_tracer(wrapped: Any, provider: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    from otel_tokens.spans import live

    tracer = live.got_tracer(wrapped, provider, args, kwargs)
    if not armed.started:
        name = str(args[0] if args else kwargs.get("instrumenting_module_name"))
        if any(part in name for part in OTHERS):
            start()
        elif live.parents.started is None:
            live.parents.started = _first_span
    return tracer


def _first_span(span: Any, context: Any) -> None:
    """Until the engine runs: a span that says from its start that it is about a model starts it."""
    from otel_tokens.adopt.read import speaks
    from otel_tokens.spans import live

    if speaks(span.attributes or ()):
        live.parents.started = None
        start()
        if live.parents.started is not None:
            live.parents.started(span, context)


def disarm() -> None:
    """Takes everything off again."""
    started, armed.active, armed.started, armed.providers = armed.started, False, False, (None, None)
    seam.take_off()
    live = sys.modules.get("otel_tokens.spans.live")
    if live is not None:
        live.parents.active = False
    if started:
        from otel_tokens import engine

        engine.stop()


def start(_module: object = None) -> None:
    """A watched module has been imported."""
    if armed.active and not armed.started:
        armed.started = True
        shield("start")(_start)()


def _start() -> None:
    from otel_tokens import engine
    from otel_tokens.config import Config

    engine.start(Config.from_env(), *armed.providers)
