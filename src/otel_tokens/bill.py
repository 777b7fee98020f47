"""What a settled call costs: the vendor's own figure where it states one, else the price book's, part by part."""

from __future__ import annotations

from collections.abc import Mapping

from otel_tokens import price, totals
from otel_tokens.types import NOTHING, Call, Cost, Served, Unpriced, Usage

BY_REQUEST = frozenset({"aws.bedrock"})
"""Sellers whose price depends on the profile that was asked for (`us.`, `global.`), which the answer does not name."""


def total_usage(call: Call) -> Usage:
    """What the span shows: the sum over the parts of a call that has several."""
    if not call.parts:
        return call.usage or NOTHING
    whole = NOTHING
    for _, usage in call.parts:
        whole = whole + usage
    return whole


def priced(call: Call, usage: Usage, error: BaseException | None) -> Cost | Unpriced:
    """The vendor's own figure where it states one, else the table's, part by part; unpriced with a reason otherwise."""
    table = from_table(call, usage, error)
    if call.reported is None or not price.shelf.used("provider"):
        return table
    if price.shelf.first("overlay", "provider") and isinstance(table, Cost) and _contract(table):
        return table  # a contract: the vendor states its list price, not what you pay
    whole = {"request": call.reported}
    if isinstance(table, Unpriced):
        return Cost(call.reported, whole, None, "provider")
    return table._replace(total=call.reported, parts=whole, status="provider", reason=None, table_total=table.total)


def _contract(cost: Cost) -> bool:
    """Whether a rate or a discount of the user's own made it."""
    return cost.list_total is not None or (cost.price is not None and cost.price.origin == "overlay")


def from_table(call: Call, usage: Usage, error: BaseException | None) -> Cost | Unpriced:
    """The price book's answer, marked as an estimate when the usage is not whole."""
    if not usage:
        return Unpriced(why_no_usage(call, error))
    cost = price_parts(call)
    if isinstance(cost, Unpriced):
        return Unpriced("invalid usage") if call.invalid else cost
    reason = None
    if call.invalid:
        reason = "invalid usage"
    elif call.outcome != "completed":
        reason = "partial usage"
    elif call.operation.has_output and usage.output_tokens is None and usage.input_tokens is not None:
        reason = "no output count"
    elif usage.input_tokens is None and usage.output_tokens is not None:
        reason = "no input count"
    elif call.doubt:
        reason = call.doubt
    if reason and call.ticket is not None:
        reason = f"{cost.reason}; {reason}"  # the method of a pool is told in any case
    return cost if reason is None else cost._replace(status="estimated", reason=reason)


def why_no_usage(call: Call, error: BaseException | None) -> str:
    """Why nothing can be priced, in words that a person can act on."""
    if call.invalid:
        return "invalid usage"
    if call.refused or was_refused(error):
        return totals.REJECTED
    if call.outcome == "failed":
        return "failed without usage"
    return "no usage"


def was_refused(error: BaseException | None) -> bool:
    """Whether the vendor answered with an error status, as far as the library's exception says so."""
    statuses = (getattr(error, name, None) for name in ("status_code", "code"))
    return any(type(status) is int and status >= 400 for status in statuses)


def price_parts(call: Call) -> Cost | Unpriced:
    """The sum over the parts; one part without a price leaves the whole call without one."""
    if not call.parts:
        return price_whole(call, call.usage or NOTHING)
    whole: Cost | None = None
    for model, usage in call.parts:
        cost = price_part(call, model, usage)
        if isinstance(cost, Unpriced):
            return cost
        whole = cost if whole is None else _sum(whole, cost)
    return whole or Unpriced("no usage")


def price_whole(call: Call, usage: Usage) -> Cost | Unpriced:
    """The model that answered is priced; of a seller that bills by what was asked for, that, if the book knows it."""
    if call.seller not in BY_REQUEST or not call.request_model:
        return price_part(call, call.response_model or call.request_model, usage)
    asked = price_part(call, call.request_model, usage)
    if isinstance(asked, Cost) or not call.response_model:
        return asked
    answered = price_part(call, call.response_model, usage)
    return answered._replace(status="estimated", reason=asked.reason) if isinstance(answered, Cost) else asked


def price_part(call: Call, model: str | None, usage: Usage) -> Cost | Unpriced:
    """What the book says of one part, for how it was served."""
    if model is None:
        return Unpriced("no model")
    tier, batch, speed, geo = call.service_tier, call.batch, call.speed, call.geo
    served = Served(call.seller, model, call.host, tier, batch, speed, geo, call.started_ns)
    if call.ticket is not None:
        return price.pools.quote(call.ticket, usage, served, None if call.parts else call.engine_seconds)
    return price.quote(usage, served)


def _sum(one: Cost, two: Cost) -> Cost:
    return one._replace(
        total=one.total + two.total,
        parts=_added(one.parts, two.parts),
        leaves=_added(one.leaves or {}, two.leaves or {}),
        status=one.status if one.status == two.status else "estimated",
        reason=one.reason or two.reason,
        saved=one.saved + two.saved,
        premium=one.premium + two.premium,
    )


def _added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    return {leaf: one.get(leaf, 0) + two.get(leaf, 0) for leaf in {**one, **two}}
