"""A question that brings the response body as the provider sent it, instead of counts."""

from __future__ import annotations

from typing import Any

from otel_tokens.types import Cost, Unpriced, Usage


def ask(line: dict[str, Any]) -> tuple[Usage, Cost | Unpriced]:
    """The counts that the body states, and what they cost. Raises ValueError, with what to do next."""
    raise ValueError(f'a response of {line.get("api") or "no api"} is not read by this release: say "usage"')
