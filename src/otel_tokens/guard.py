"""The only place that swallows an error of ours: telemetry that fails loses a number, never a request."""

import functools
import logging
from collections import Counter
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("otel_tokens")
errors: Counter[str] = Counter()
"""Swallowed errors by stage since the process started; exported as `otel_tokens.internal.errors`."""


class _Mode:
    """Tests set `strict`, so that a bug of ours is loud there and silent in production."""

    strict = False


mode = _Mode()
_told: set[tuple[str, type]] = set()


def note(stage: str, error: Exception) -> None:
    """Counts a swallowed error; the first of its kind is logged with its traceback."""
    if mode.strict:
        raise error
    errors[stage] += 1
    kind = (stage, type(error))
    if kind not in _told:
        _told.add(kind)
        log.warning("otel-tokens: %s failed; a number is lost, the program is not touched. Reported once.", stage, exc_info=error)


def shield(stage: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """A function that cannot raise an `Exception` into the caller: it answers None instead, and the error is counted."""

    def wrap(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def shielded(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                note(stage, error)
                return None

        return shielded

    return wrap
