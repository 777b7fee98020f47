"""Azure OpenAI: the Global Standard list under the bare names, the Data Zone lists as `us/…`, `eu/…`, `apac/…`, `us-gov/…`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from otel_tokens.importers import kinds
from otel_tokens.importers.clouds import azure
from otel_tokens.importers.clouds.gaps import by_tokens, every_row, finished
from otel_tokens.importers.model import Model, agree, copied, show
from otel_tokens.importers.report import Report


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    """Every model of the seller, by the id that the file has."""
    models = azure.snapshots(azure.lists(litellm, ("azure", "azure_text"), rulings, report), rulings["undated"])
    first = {name: model for name, model in genai["azure"].items() if not name.startswith(("phi", "mai", "wizard"))}
    first |= {"o3": first["o3-2025-04-16"], "text-embedding-ada-002": first["ada"]}
    for name in rulings["only_first"]:
        models[name] = {**copied(first[name]), "dated": True}
    for name, model in models.items():
        bare = name.rpartition("/")[2]
        model["kind"] = model.get("kind") or kinds.of(bare, model)
        own = first.get(name)
        if own and not agree(own["prices"][-1]["rates"], model["prices"][0]["rates"]):
            report.differ(name, show(own["prices"][-1]["rates"]), show(model["prices"][0]["rates"]))
            model["prices"] = copied(own)["prices"]
        list_price = genai["openai"].get(bare)
        checked = own or (list_price if name == bare else None)
        agreed = checked is not None and agree(checked["prices"][-1]["rates"], model["prices"][-1]["rates"])
        model["confidence"] = "sources agree" if agreed else "single source"
        long_writes(model)
        by_tokens(model)
        finished(model)
    for alias, name in rulings["aliases"].items():
        models[name]["names"].append(alias)
    return models


def long_writes(model: Model) -> None:
    """OpenAI's 12-hour write costs twice the 30-minute one; published rates come first."""
    for rates in every_row(model):
        if "write" in rates:
            rates.setdefault("cache_write_12h", rates["write"] * Decimal(2))
