"""Vertex AI: Google's models by its own list, Claude and the other partners; the global endpoint, others by the uplift."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from otel_tokens.importers.clouds import google
from otel_tokens.importers.clouds.gaps import merged, renamed_write, skipped
from otel_tokens.importers.model import Model, copied, scaled
from otel_tokens.importers.report import Report

VERSION = re.compile(r"@.*$")
PUBLISHER = re.compile(r"^[a-z0-9-]+/")


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    """Every model of the seller, by the id that the file has: without publisher and without version."""
    first = google.exact(genai["google"], rulings)
    second, names = _second(litellm, rulings, report)
    models: dict[str, Model] = {}
    for name in sorted({*second, *rulings["also"]}):
        own = None if name in rulings["own_list"] else first.get(name)
        if own and not name.startswith("claude") and name in second:
            own = _without_tiers(own)
        models[name] = merged(name, own, second.get(name), rulings["in_force"], report)
        models[name]["names"] = sorted(names.get(name, set()) - {name})
        _claude(name, models[name], rulings)
        flagged = "regional_endpoint_uplift_multiplier" in second.get(name, {}).get("raw", {})
        if flagged or any(re.search(rule, name) for rule in rulings["uplifted"]):
            models[name]["uplift"] = True
    for alias, name in rulings["aliases"].items():
        models[name]["names"].append(alias)
    return google.settled(models, rulings)


def _second(litellm: dict[str, Model], rulings: dict[str, Any], report: Report) -> tuple[dict[str, Model], dict[str, set[str]]]:
    """LiteLLM's entries by stem. `vertex_ai/…` before the bare key: only those have the uplift; several versions, one price."""
    found: dict[str, Model] = {}
    names: dict[str, set[str]] = {}
    keys = sorted(litellm, key=lambda key: (not key.startswith("vertex_ai/"), len(key), key))
    for key in keys:
        model = litellm[key]
        if not model["provider"].startswith("vertex_ai") or skipped(key, rulings, report):
            continue
        full = PUBLISHER.sub("", key.removeprefix("vertex_ai/"))
        name = VERSION.sub("", full)
        other = found.setdefault(name, {**copied(model), "raw": model["raw"]})
        _join(name, other, model, report)
        if full != name and not full.endswith("@default"):
            names.setdefault(name, set()).add(full)
    return found, names


def _join(name: str, mine: Model, other: Model, report: Report) -> None:
    """A second spelling of the same model adds what the first leaves out; where it says something else it is reported."""
    own, more = mine["prices"][0], other["prices"][0]
    if any(own["rates"][leaf] != rate for leaf, rate in more["rates"].items() if leaf in own["rates"]):
        report.differ(f"{name} (two keys of LiteLLM)", str(own["rates"]), str(more["rates"]))
        return
    for leaf, rate in more["rates"].items():
        own["rates"].setdefault(leaf, rate)
    for tier, card in copied(other)["prices"][0]["tiers"].items():
        mine_too = own["tiers"].setdefault(tier, card)
        for leaf, rate in card["rates"].items():
            mine_too["rates"].setdefault(leaf, rate)


def _without_tiers(model: Model) -> Model:
    """genai-prices' tiers of Google's models are the Gemini API's page, which rounds differently; Vertex has its own tables."""
    found = copied(model)
    for period in found["prices"]:
        period["tiers"] = {}
    return found


def _claude(name: str, model: Model, rulings: dict[str, Any]) -> None:
    """Batch is half of every rate on Google's Claude page, cache included; one row of LiteLLM's is another model's."""
    if not name.startswith("claude"):
        return
    renamed_write(model, "cache_write_5m")
    for period in model["prices"]:
        if any(re.search(rule, name) for rule in rulings["batched"]):
            half = scaled(period, Decimal("0.5"))
            half["rates"].pop("web_search", None)
            period["tiers"]["batch"] = half
