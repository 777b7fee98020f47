"""Work submitted to a ThreadPoolExecutor keeps the context of its submitter, so that its cost finds its parent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry import context as otel
from opentelemetry.context import Context

from otel_tokens.patch import seam

MODULE = "concurrent.futures.thread"


def watch() -> None:
    """Puts the seam on `submit`, which `run_in_executor` and `map` go through too."""
    seam.watch(MODULE, _put_on)


def _put_on(module: Any) -> None:
    seam.wrap(module, "ThreadPoolExecutor.submit", _submit)


def _submit(wrapped: Callable[..., Any], _pool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    context = otel.get_current()
    if not context or not args:
        return wrapped(*args, **kwargs)
    return wrapped(_run, context, *args, **kwargs)


def _run(context: Context, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    token = otel.attach(context)
    try:
        return function(*args, **kwargs)
    finally:
        otel.detach(token)
