"""Who pays: team, customer, feature, workflow; carried in the OpenTelemetry context, and in baggage by allow-list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from opentelemetry import baggage
from opentelemetry import context as otel
from opentelemetry.context import Context

from otel_tokens import semconv
from otel_tokens.types import Payer

PAYER = otel.create_key("otel-tokens payer")
NAMES: Mapping[str, str] = {
    "team": semconv.TEAM,
    "feature": semconv.FEATURE,
    "customer": semconv.CUSTOMER,
    "workflow": semconv.WORKFLOW,
    "agent": semconv.AGENT,
    "conversation": semconv.CONVERSATION,
    "session": semconv.SESSION,
}
LONGEST = 256


class _Settings:
    """Set once by the plugin: the resource's payer, and what may travel in baggage."""

    default = Payer()
    allowed: tuple[str, ...] = ()


settings = _Settings()


def from_resource(attributes: Mapping[str, Any]) -> Payer:
    """The payer that the resource names (`OTEL_RESOURCE_ATTRIBUTES=otel_tokens.team=search,…`)."""
    return Payer(**{name: str(attributes[key]) for name, key in NAMES.items() if key in attributes})


def resolve(context: Context) -> Payer:
    """Scope, then baggage, then resource; a field that nobody set is None."""
    said = context.get(PAYER)
    if said is not None:
        return cast("Payer", said)
    return _heard(context) if settings.allowed else settings.default


def derive(context: Context, **fields: str | None) -> Payer:
    """The payer here with some fields said anew."""
    return resolve(context)._replace(**{name: value[:LONGEST] for name, value in fields.items() if value is not None})


def enter(context: Context, payer: Payer) -> Context:
    """The context below a scope or a step: its payer, and the allowed part of it as baggage."""
    context = otel.set_value(PAYER, payer, context)
    for name in settings.allowed:
        value = getattr(payer, name)
        if value is not None:
            context = baggage.set_baggage(NAMES[name], value, context)
    return context


def entered_from_afar(context: Context) -> bool:
    """Whether this process was entered with a workflow of another one: then it starts no run of its own."""
    return "workflow" in settings.allowed and baggage.get_baggage(NAMES["workflow"], context) is not None


def _heard(context: Context) -> Payer:
    heard = {
        name: str(value)[:LONGEST]
        for name in settings.allowed
        if (value := baggage.get_baggage(NAMES[name], context)) is not None
    }
    return settings.default._replace(**heard) if heard else settings.default
