"""The Gemini API (AI Studio): its own page, with tiers and announced prices."""

from __future__ import annotations

from typing import Any

from otel_tokens.importers.clouds import google
from otel_tokens.importers.clouds.gaps import merged, skipped
from otel_tokens.importers.model import Model, copied
from otel_tokens.importers.report import Report


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    """Every model of the seller, by the id that the file has."""
    first = google.exact({name: each for name, each in genai["google"].items() if not _elsewhere(name)}, rulings)
    second: dict[str, Model] = {}
    for key, model in sorted(litellm.items(), key=lambda found: not found[0].startswith("gemini/")):
        if model["provider"] == "gemini" and not skipped(key, rulings, report):
            second.setdefault(key.removeprefix("gemini/"), copied(model))
    models: dict[str, Model] = {}
    for name in sorted({*second, *first}):
        if name in rulings["aliases"] or (name not in second and name not in genai["google"]):
            continue
        models[name] = merged(name, first.get(name), second.get(name), rulings["in_force"], report)
        models[name]["names"] = []
    for alias, name in rulings["aliases"].items():
        models[name]["names"].append(alias)
    return google.settled(models, rulings)


def _elsewhere(name: str) -> bool:
    return name.startswith(("claude", "gemma-2")) or name.endswith("-maas")
