"""The sellers without a module of their own: their models in both sources, by the ids that they themselves use."""

from __future__ import annotations

from typing import Any

from otel_tokens.importers.model import Model, copied
from otel_tokens.importers.report import Report
from otel_tokens.importers.sources import Sources


def named(where: dict[str, Any], found: Sources, report: Report) -> tuple[dict[str, Model], dict[str, Model]]:
    """The seller's models in the first and in the second source, by id."""
    first = _routed(where, found) if where.get("routed") else {}
    for provider in () if where.get("routed") else where.get("genai", ()):
        for name, model in found.genai[provider].items():
            first[_id(name, model)] = model if _id(name, model) == name else _under_its_name(name, model)
    second: dict[str, Model] = {}
    for key, model in sorted(found.litellm.items(), key=lambda pair: ("/" not in pair[0], pair[0])):
        if model["provider"] not in where.get("litellm", ()):
            continue
        name = stripped(key, model["provider"], where)
        other = second.setdefault(name, model)
        if other is not model and other["prices"] != model["prices"]:
            report.differ(name, f"(LiteLLM) {key}", "another key of the same id")
            second[name] = model  # keys with the provider's prefix come last: they are kept better
    return first, second


def stripped(key: str, provider: str, where: dict[str, Any]) -> str:
    """The seller's own id behind LiteLLM's key."""
    name = key.removeprefix(f"{provider}/")
    for prefix in where.get("strip", ()):
        name = name.removeprefix(prefix)
    return name


def _id(name: str, model: Model) -> str:
    """What the seller calls a model: the first source's id unless its own rule does not accept that."""
    return name if model["file"].is_match(name) or not model["names"] else model["names"][0]


def _under_its_name(name: str, model: Model) -> Model:
    own = copied(model)
    own["names"] = [name, *own["names"][1:]]
    return own


def _routed(where: dict[str, Any], found: Sources) -> dict[str, Model]:
    """Hugging Face's router: `MODEL:PROVIDER`; a bare model has no price unless all its providers ask the same."""
    models: dict[str, Model] = {}
    bare: dict[str, list[str]] = {}
    for provider in where["genai"]:
        for name, model in found.genai[provider].items():
            own = copied(model)
            route = provider.partition("_")[2]
            own["names"] = [f"{alias}:{route}" for alias in (name, *own["names"])][1:]
            models[f"{name}:{route}"] = own
            bare.setdefault(name, []).append(f"{name}:{route}")
    for name, routes in bare.items():
        for route in routes:
            models[route]["names"].append(name)
    return models
