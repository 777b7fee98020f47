"""One question about a price, from a line of JSON; and its answer. The names of the fields are a promise (docs/prices.md)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple, cast

from otel_tokens import price
from otel_tokens.cli.prices import counts, exact, sold
from otel_tokens.price import cards, cost
from otel_tokens.types import Cost, Served, Unpriced, Usage

JSON = dict[str, Any]
PRICED_BY = ("service_tier", "batch", "speed", "inference_geo", "server_address", "usage", "calls", "response", "headers")
"""Fields that change an amount: a misspelling of one of these is an error. Fields that nobody knows are left alone."""
KNOWN = frozenset({*PRICED_BY, "id", "provider", "model", "at", "api", "request"})
MANY = "size of each call not known"
FEE = {"request", "output"}
"""What a model has a rate for that bills each request beside its tokens."""
NO_REQUESTS = "without the fee for each request: usage.requests not stated"


class Mistake(ValueError):
    """A line that is no question; its text says what to do next."""


class Question(NamedTuple):
    """What was used, and how it was served; `problem`: why it has no price although it can be read."""

    usage: Usage
    served: Served
    calls: int = 1
    problem: str | None = None


def ask(line: JSON) -> Question:
    """Reads a question that states its usage. Raises ValueError, with what to do next."""
    known(line)
    model = text(line, "model")
    if not model:
        raise ValueError("no model: say which model was called")
    seller, host, stranger = sold.asked(text(line, "provider"), text(line, "server_address"))
    stated = line.get("usage")
    if not isinstance(stated, dict):
        raise Mistake('no usage: say "usage": {"input_tokens": 1000, "output_tokens": 200}, or "api" and "response"')
    claude = seller == "anthropic" or "claude" in model
    usage, problem = counts.read(cast("Mapping[str, object]", stated), claude=claude)
    return Question(usage, served(line, seller, model, host), _calls(line), stranger or problem)


def served(line: JSON, seller: str, model: str, host: str | None) -> Served:
    """How the call was served, as far as the line says."""
    batch = line.get("batch")
    if batch is not None and not isinstance(batch, bool):
        raise ValueError(f"batch must be true or false, not {batch!r}")
    return Served(
        seller, model, host, text(line, "service_tier"), bool(batch), text(line, "speed"), text(line, "inference_geo"),
        exact.moment(line["at"]) if line.get("at") is not None else time.time_ns(),
    )  # fmt: skip


def answer(question: Question) -> Cost | Unpriced:
    """The price book's answer. `requests` is a fee where the model has one, and else only a number."""
    usage, how, calls, problem = question
    if problem is not None:
        return Unpriced(problem)
    if usage.requests is not None:
        card = price.card(how, usage.input_tokens or 0)
        if isinstance(card, Unpriced):
            return card
        if "request" not in card.rates:
            usage = usage._replace(requests=None)
    found = price.quote(usage, how) if calls == 1 else _of_many(usage, how, calls)
    if usage.requests is None and isinstance(found, Cost) and found.price and found.price.rates.keys() >= FEE:
        return found._replace(status="estimated", reason=found.reason or NO_REQUESTS)
    return found


def _of_many(usage: Usage, how: Served, calls: int) -> Cost | Unpriced:
    """The price of a sum over calls: what depends on the size of a call is decided by their mean."""
    found, leaves, size = cards.resolve(how), usage.leaves(), usage.input_tokens or 0
    if isinstance(found, Unpriced) or not leaves or size <= found.long:
        return price.quote(usage, how)
    priced = cost.charge(leaves, -(-size // calls), found)
    return priced._replace(status="estimated", reason=MANY) if isinstance(priced, Cost) else priced


def document(ident: object, usage: Usage, found: Cost | Unpriced, *, parts: bool = False) -> JSON:
    """The answer as a line of JSON."""
    card, status = (found.price, found.status) if isinstance(found, Cost) else (None, "unpriced")
    shown: JSON = {
        "id": ident,
        "amount": exact.usd(found.total) if isinstance(found, Cost) else None,
        "currency": (card.currency if card else "USD") if isinstance(found, Cost) else None,
        "status": status,
        "reason": found.reason,
        "source": status if status == "provider" else card.source if card else None,
        "valid_from": card.valid_from if card else None,
        "price_version": card.version if card else None,
        "usage": counts.reported(usage),
    }
    if parts:
        shown["parts"] = {leaf: exact.usd(amount) for leaf, amount in found.parts.items()} if isinstance(found, Cost) else None
        shown["seller"], shown["model"] = (card.seller, card.model) if card else (None, None)
        shown["service_tier"] = card.service_tier if card else None
    return shown


def text(line: JSON, name: str) -> str | None:
    """A field that is a text. Raises ValueError for another kind."""
    value = line.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise ValueError(f"{name} must be a text, not {str(value)[:40]!r}")


def known(line: JSON) -> None:
    """Raises ValueError for a field that is nearly the name of one that changes the price."""
    for name in line:
        if name not in KNOWN and (meant := _meant(name)):
            raise ValueError(f"unknown field {name!r}: did you mean {meant!r}?")


@lru_cache(4096)
def _meant(name: str) -> str | None:
    return next(iter(get_close_matches(name, PRICED_BY, 1, 0.8)), None)


def _calls(line: JSON) -> int:
    calls = line.get("calls", 1)
    if type(calls) is int and calls > 0:
        return calls
    raise ValueError(f"calls must be a whole number ≥ 1, not {calls!r}")
