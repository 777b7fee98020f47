"""Short ways to read one raw answer and say what was in it."""

from typing import Any

from otel_tokens import bill, bodies
from otel_tokens.types import Call, Unpriced, Usage


def call(seller: str, api: str | None, body: object, **more: Any) -> Call:
    found = bodies.read(seller, api, body, **more)
    assert isinstance(found, Call), found
    return found


def used(seller: str, api: str | None, body: object, **more: Any) -> Usage:
    """What was used in all, of an answer that contradicts nothing."""
    found = call(seller, api, body, **more)
    assert not found.invalid
    return bill.total_usage(found)


def refused(seller: str, api: str | None, body: object, **more: Any) -> str:
    found = bodies.read(seller, api, body, **more)
    assert isinstance(found, Unpriced), found
    return found.reason
