"""Azure AI Foundry: other vendors' models on Azure, Claude at Anthropic's list, OpenAI's models by the Azure OpenAI list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from otel_tokens.importers import kinds, rulings
from otel_tokens.importers.clouds import azure, azure_openai
from otel_tokens.importers.clouds.gaps import by_tokens, finished, merged, renamed_write, ruled, uncached, writes_are_input
from otel_tokens.importers.model import Model, agree, card, copied, scaled, show
from otel_tokens.importers.report import Report


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], ruling: dict[str, Any], report: Report
) -> dict[str, Model]:
    """Every model of the seller, by the id that the file has; also in lower case, as answers spell it."""
    found = azure.lists(litellm, ("azure_ai",), ruling, report)
    first = {name.lower(): model for name, model in genai["azure"].items() if model["prices"][-1]["rates"]}
    openai = _openai(genai, litellm)
    models: dict[str, Model] = {}
    for name, model in azure.snapshots(found, []).items():
        if name.startswith("claude"):
            models[name] = _claude(name, model, genai["anthropic"], report)
        elif name not in openai:
            models[name] = merged(name, first.get(name.lower()), model, ruling["in_force"], report)
    for name, other in ruling["only_first"].items():
        models.setdefault(name, merged(name, first[other], None, ruling["in_force"], report) | {"names": []})
    for name in ruling["claude_too"]:
        models[name] = _list_price(genai["anthropic"][name])
    for name in ruling["fast_at_double"]:
        models[f"{name}-fast"] = _fast(models[name])
    for name, special in ruling.get("ruled", {}).items():
        models[name] = ruled(special)
    models.update(openai)
    for alias, name in ruling["aliases"].items():
        models[name]["names"].append(alias)
    for name, model in models.items():
        model["kind"] = model.get("kind") or kinds.of(name, model)
        model["dated"] = model.get("dated", True) or "claude" in name
        model["names"] = sorted({*model["names"], name.lower()} - {name})
        by_tokens(model)
        finished(model)
        uncached(model)
    return models


def _claude(name: str, model: Model, anthropic: dict[str, Model], report: Report) -> Model:
    """Foundry sells Claude at Anthropic's list, so both must say the same."""
    own = anthropic.get(name)
    if own and not agree(own["prices"][-1]["rates"], model["prices"][0]["rates"]):
        report.differ(name, show(own["prices"][-1]["rates"]), show(model["prices"][0]["rates"]))
    renamed_write(model, "cache_write_5m")
    model["prices"][0]["rates"]["web_search"] = Decimal("0.01")
    return {**model, "confidence": "sources agree" if own else "single source"}


def _list_price(model: Model) -> Model:
    """A model that only Anthropic's list has: its standard card, without the tiers and speeds that Foundry does not sell."""
    found = copied(model)
    last = found["prices"][-1]
    found["prices"] = [{"from": None, **card(last["rates"], last["above"]), "tiers": {}}]
    renamed_write(found, "cache_write_5m")
    return {**found, "names": [], "confidence": "ruling", "dated": True}


def _fast(model: Model) -> Model:
    """Fast mode is an id of its own here: every token rate twice, fees as they are."""
    period = model["prices"][-1]
    double = scaled(period, Decimal(2))
    double["rates"]["web_search"] = period["rates"].get("web_search", Decimal("0.01"))
    return {**model, "names": [], "prices": [{"from": None, **double, "tiers": {}}], "confidence": "ruling"}


def _openai(genai: dict[str, dict[str, Model]], litellm: dict[str, Model]) -> dict[str, Model]:
    """OpenAI's models are answered on Foundry's addresses too, at the Azure OpenAI list."""
    found = azure_openai.build(genai, litellm, rulings.load("azure.ai.openai"), Report("azure.ai.openai"))
    models = {name: copied(model) for name, model in found.items() if "/" not in name}
    for model in models.values():
        renamed_write(model, "cache_write_30m")
        writes_are_input(model)
        model["unsure"] = {**model.get("unsure", {}), "*": "deployment type not stated"}
    return models
