"""Short ways to say one call and read its price in dollars."""

from datetime import UTC, datetime
from decimal import Decimal

from otel_tokens.price import quote
from otel_tokens.types import FEMTO, Cost, Served, Unpriced, Usage

M = 1_000_000


def at(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 10**9


NOW = at("2026-11-21T12:00:00")


def openai(model: str, **more: object) -> Served:
    return Served("openai", model, **{"host": "api.openai.com", "at": NOW, **more})  # type: ignore[arg-type]


def claude(model: str, **more: object) -> Served:
    return Served("anthropic", model, **{"host": "api.anthropic.com", "at": NOW, **more})  # type: ignore[arg-type]


def cost(usage: Usage, served: Served) -> Cost:
    found = quote(usage, served)
    assert isinstance(found, Cost), found
    return found


def usd(usage: Usage, served: Served) -> Decimal:
    return Decimal(cost(usage, served).total) / FEMTO


def reason(usage: Usage, served: Served) -> str:
    found = quote(usage, served)
    assert isinstance(found, Unpriced), found
    return found.reason
