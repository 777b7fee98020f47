"""What Azure's two sellers share: lists by data zone, snapshots that are their model, rows that contradict themselves."""

from __future__ import annotations

from typing import Any

from otel_tokens.importers.clouds.gaps import WRITES, every_row, skipped
from otel_tokens.importers.model import Model, copied, same, stem
from otel_tokens.importers.report import Report

ZONES = ("us", "eu", "apac", "us-gov")


def lists(litellm: dict[str, Model], providers: tuple[str, ...], rulings: dict[str, Any], report: Report) -> dict[str, Model]:
    """Name or `zone/name` → model; the global lists are the bare names' own."""
    found: dict[str, Model] = {}
    for key, model in litellm.items():
        if model["provider"] not in providers or skipped(key, rulings, report):
            continue
        name = key.partition("/")[2]
        zone, _, bare = name.partition("/")
        if not bare or zone in ZONES:
            found[name] = {**copied(model), "names": []}
            honest_writes(found[name])
        else:
            report.left_out(key, "the same list under another name, or a path that is no model")
    return found


def honest_writes(model: Model) -> None:
    """Drops a cache write that costs no more than input: it repeats another column, and writes of those models are input."""
    for rates in every_row(model):
        if any(rates[leaf] <= rates.get("input", 0) for leaf in WRITES if leaf in rates):
            for leaf in WRITES:
                rates.pop(leaf, None)


def snapshots(found: dict[str, Model], undated: list[str]) -> dict[str, Model]:
    """Without the dated names that cost what their model costs: those are names of it."""
    models: dict[str, Model] = {}
    for name in sorted(found, key=len):
        base = stem(name)
        if base in models and alike(models[base], found[name]):
            models[base]["names"].append(name)
            for tier, card in found[name]["prices"][0]["tiers"].items():  # the row of the snapshot may be the fuller one
                models[base]["prices"][0]["tiers"].setdefault(tier, card)
        else:
            models[name] = found[name]
    for name, model in models.items():
        model["dated"] = stem(name) is None and name.rpartition("/")[2] not in undated
    return models


def alike(one: Model, other: Model) -> bool:
    """The same price, or the same but for tiers that one of the two does not list."""
    return same(one, other) or one["prices"][0]["rates"] == other["prices"][0]["rates"]
