"""A settled call as ledger key and span attributes: everything that a span of ours says."""

from __future__ import annotations

from typing import Any

from otel_tokens import semconv
from otel_tokens.ledger import Key
from otel_tokens.types import FEMTO, LEAF_PART, PER_MILLION, Call, Cost, Payer, Price, Unpriced, Usage, Waste

Attributes = dict[str, Any]
CHEAP_HIT = 0.9


def key_of(call: Call, cost: Cost | Unpriced, usage: Usage, model: str | None, tier: str) -> Key:
    """The ledger key of a settled call."""
    payer, nobody = call.payer, semconv.UNATTRIBUTED
    priced = isinstance(cost, Cost)
    return Key(
        payer.team or nobody, payer.feature or nobody, payer.workflow or nobody, payer.agent or nobody, payer.customer or nobody,
        call.seller, model or semconv.UNKNOWN, tier, served_tier(call, cost) or semconv.UNKNOWN,
        cost.status if priced else "unpriced", cost.reason or "none", call.hosting, call.outcome,
        "none" if usage.input_tokens is None and not usage else "full" if call.outcome == "completed" else "partial",
    )  # fmt: skip


def served_tier(call: Call, cost: Cost | Unpriced) -> str | None:
    """The tier that was priced, in one spelling for all vendors; what the answer said where nothing was priced."""
    return cost.price.service_tier if isinstance(cost, Cost) and cost.price is not None else call.service_tier


def attributes(call: Call, cost: Cost | Unpriced, usage: Usage, key: Key, waste: Waste, *, draft: bool) -> Attributes:
    """Everything that a call's span says at its end. `draft`: the drafted `gen_ai.usage.cost.*` too."""
    shown: Attributes = {
        semconv.SELLER: key.seller,
        semconv.HOSTING: key.hosting,
        semconv.OUTCOME: key.outcome,
        semconv.MODEL_TIER: key.model_tier,
        semconv.MODEL_TIER_SOURCE: call.tier_source,
        semconv.COST_SOURCE: "sdk",
        semconv.COST_STATUS: key.status,
        semconv.TEAM: key.team,
        semconv.FEATURE: key.feature,
        semconv.CUSTOMER: key.customer,
        semconv.WORKFLOW: key.workflow,
        semconv.CACHE_STATUS: cache_status(usage, cost),
    }
    for name, value in (
        (semconv.RESPONSE_MODEL, call.response_model),
        (semconv.RESPONSE_ID, call.response_id),
        (semconv.CONVERSATION, call.conversation or call.payer.conversation),
        (semconv.SESSION, call.payer.session),
        (semconv.SERVICE_TIER, None if key.service_tier == semconv.UNKNOWN else key.service_tier),
        (semconv.INPUT_TOKENS, usage.input_tokens),
        (semconv.OUTPUT_TOKENS, usage.output_tokens),
        (semconv.CACHE_READ_TOKENS, usage.cache_read_tokens),
        (semconv.CACHE_WRITE_TOKENS, usage.cache_write_tokens),
        (semconv.REASONING_TOKENS, usage.reasoning_tokens),
        (semconv.COST_REASON, cost.reason),
        (semconv.ERROR_TYPE, call.error_type),
        (semconv.WASTED_REASON, waste.reason),
        (semconv.AGENT, call.payer.agent),
        (semconv.ATTEMPTS, call.attempts if call.attempts > 1 else None),
        (semconv.RETRY, waste.attempt if waste.attempt > 1 else None),
    ):
        if value is not None:
            shown[name] = value
    if isinstance(cost, Cost):
        _money(shown, call, cost, usage, draft=draft)
    return shown


FOREMOST = (semconv.COST, semconv.COST_STATUS, semconv.COST_REASON, semconv.COST_SOURCE, semconv.SELLER, semconv.WORKFLOW)

"""What matters most, where not everything fits on a span."""


def _money(shown: Attributes, call: Call, cost: Cost, usage: Usage, *, draft: bool) -> None:
    usd = cost.total / FEMTO
    shown[semconv.COST] = usd
    shown[semconv.COST_BAND] = semconv.band(usd)
    for leaf, amount in cost.parts.items():
        if amount:
            part = PART[leaf]
            shown[part] = shown.get(part, 0.0) + amount / FEMTO
    if draft:
        shown[semconv.DRAFT_COST] = usd
        shown[semconv.DRAFT_CURRENCY] = "USD"
        shown[semconv.DRAFT_SOURCE] = "provider" if cost.status == "provider" else "local"
    if call.reported is not None:
        shown[semconv.COST_REPORTED] = call.reported / FEMTO
    if cost.list_total is not None:
        shown[semconv.COST_LIST] = cost.list_total / FEMTO
    if usage.cache_read_tokens is not None and usage.input_tokens:
        shown[semconv.CACHE_HIT_RATIO] = usage.cache_read_tokens / usage.input_tokens
    if cost.saved:
        shown[semconv.CACHE_SAVED] = cost.saved / FEMTO
    if cost.premium:
        shown[semconv.CACHE_PREMIUM] = cost.premium / FEMTO
    if cost.price is not None:
        _card(shown, cost.price)


def _card(shown: Attributes, card: Price) -> None:
    shown[semconv.PRICE_VERSION] = card.version
    shown[semconv.PRICE_SOURCE] = card.source
    if card.valid_from is not None:
        shown[semconv.PRICE_VALID_FROM] = card.valid_from
    for name, leaf in RATES:
        rate = card.rates.get(leaf)
        if rate is not None:
            shown[name] = rate / PER_MILLION


PART = {leaf: semconv.COST_PART + part for leaf, part in LEAF_PART.items()}
RATES = ((semconv.PRICE_INPUT, "input"), (semconv.PRICE_OUTPUT, "output"), (semconv.PRICE_CACHE_READ, "cache_read"))


def cache_status(usage: Usage, cost: Cost | Unpriced) -> str:
    """hit, partial, write, miss, none (this model has no cache) or unknown (the vendor reported nothing)."""
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    if read is None and written is None:
        card = cost.price if isinstance(cost, Cost) else None
        return "none" if card is not None and "cache_read" not in card.rates else "unknown"
    if not read:
        return "write" if written else "miss"
    return "partial" if written or read < CHEAP_HIT * (usage.input_tokens or read) else "hit"


def payer_attributes(payer: Payer) -> Attributes:
    """Who pays, on a step's span."""
    nobody = semconv.UNATTRIBUTED
    shown: Attributes = {
        semconv.TEAM: payer.team or nobody,
        semconv.FEATURE: payer.feature or nobody,
        semconv.CUSTOMER: payer.customer or nobody,
        semconv.WORKFLOW: payer.workflow or nobody,
    }
    if payer.conversation:
        shown[semconv.CONVERSATION] = payer.conversation
    if payer.session:
        shown[semconv.SESSION] = payer.session
    return shown
