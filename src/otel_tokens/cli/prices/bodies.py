"""A question that brings the response body as the provider sent it, instead of counts."""

from __future__ import annotations

from typing import Any, cast

from otel_tokens import bill, bodies
from otel_tokens.cli.prices import questions, sold
from otel_tokens.types import NOTHING, Cost, Unpriced, Usage


def ask(line: dict[str, Any]) -> tuple[Usage, Cost | Unpriced]:
    """The counts that the body states, and what they cost. Raises ValueError, with what to do next.

    What the answer says of tier, speed and place goes before what the line says.
    """
    questions.known(line)
    if line.get("usage") is not None or line.get("calls") is not None:
        raise questions.Mistake("usage and response: say one of the two (calls goes with usage)")
    body = line["response"]
    if not isinstance(body, dict | list | str):
        raise questions.Mistake("response must be the body as it came: an object, a list of events, or their text")
    seller, host, stranger = sold.asked(questions.text(line, "provider"), questions.text(line, "server_address"))
    how = questions.served(line, seller, questions.text(line, "model") or "", host)
    call = bodies.read(
        seller, questions.text(line, "api"), cast("object", body), headers=_headers(line), request=line.get("request"),
        model=how.model or None, host=host, tier=how.service_tier, speed=how.speed, geo=how.geo, batch=how.batch, at=how.at,
    )  # fmt: skip
    if isinstance(call, Unpriced):
        return NOTHING, call
    usage = bill.total_usage(call)
    cost = bill.priced(call, usage, None)
    return usage, Unpriced(stranger) if stranger and isinstance(cost, Unpriced) else cost


def _headers(line: dict[str, Any]) -> dict[str, str]:
    stated = line.get("headers")
    if stated is not None and not isinstance(stated, dict):
        raise questions.Mistake('headers must be an object: {"x-gemini-service-tier": "flex"}')
    return {str(name): str(value) for name, value in cast("dict[str, object]", stated or {}).items()}
