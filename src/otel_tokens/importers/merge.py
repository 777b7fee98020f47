"""Two sources into one list of a seller's models: genai-prices first, completed by LiteLLM where both agree on the base rates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from otel_tokens.importers import kinds
from otel_tokens.importers.model import Card, Model, agree, cards, copied, has_date, same, scaled, show, stem
from otel_tokens.importers.report import Report

HALF = Decimal("0.5")
FILLED = frozenset({  # what the second source may add to a card that the first one has
    "cache_read", "write", "cache_write_1h", "cache_write_12h", "input_audio", "output_audio", "cache_read_audio",
    "input_image", "output_image", "cache_read_image", "input_video", "output_video", "reasoning", "citation", "maps",
    "images", "annotated_pages", "messages", "web_search",
})  # fmt: skip
WRITES = ("write", "cache_write_1h", "cache_write_12h")


def merged(first: dict[str, Model], second: dict[str, Model], ruling: dict[str, Any], report: Report) -> dict[str, Model]:
    """Model id → model, before the rulings about single models. `first` and `second` are keyed by the seller's own ids."""
    second = {name: _adjusted(copied(model), ruling) for name, model in second.items()}
    lower: dict[str, list[str]] = {}
    for name in second:
        lower.setdefault(name.lower(), []).append(name)
    models: dict[str, Model] = {}
    used: set[str] = set()
    skip = frozenset(name for name in {*first, *second} if _matches(name, ruling.get("skip", ())))
    for name in skip & second.keys():
        report.left_out(name, "skipped by a ruling")
    for found, model in first.items():
        if found in skip or not _priced(found, model):
            report.left_out(found, "skipped by a ruling" if found in skip else "no rate stated")
            continue
        name = ruling.get("rename", {}).get(found, found)
        others = _others(name, model, lower)
        used |= others
        models[name] = _entry(name, _adjusted(copied(model), ruling), _second(name, model, second, others), ruling, report)
        models[name]["names"] += sorted(others - {name, *models[name]["names"]})
    rest = {name: model for name, model in second.items() if name not in used and name not in skip}
    for name in _lone(rest, models, report):
        models[name] = _single(name, copied(rest[name]), first.values(), ruling)
    for name, model in models.items():
        model["dated"] = _dated(name, model, models, ruling)
    _sizes(models)
    return models


def _sizes(models: dict[str, Model]) -> None:
    """`quality/size/model` beside `model`: without its size, what a picture or film costs is an estimate."""
    for name, model in models.items():
        whole = models.get(name.rpartition("/")[2])
        if whole is None or whole is model:
            continue
        for leaf in ("images", "video_ms"):
            one, other = (each["prices"][-1]["rates"].get(leaf) for each in (model, whole))
            if one and other and one != other:
                whole["unsure"] = {**whole.get("unsure", {}), leaf: "size not stated"}


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _adjusted(model: Model, ruling: dict[str, Any]) -> Model:
    """A source's rates in the seller's own terms: its threshold where the sources list one token less, its decimals."""
    at, places = int(ruling.get("inclusive_at", 0)), ruling.get("round_second")
    for card in cards(model):
        if at - 1 in card["above"]:
            card["above"][at] = card["above"].pop(at - 1)
        if places and "raw" in model:
            for rates in (card["rates"], *card["above"].values()):
                rates |= {leaf: round(rate, places).normalize() for leaf, rate in rates.items()}
    return model


def _priced(name: str, model: Model) -> bool:
    """Whether a model has any rate; one whose id says that it is free is free."""
    last = model["prices"][-1]["rates"]
    if not last and name.endswith(":free"):
        last |= {"input": Decimal(0), "output": Decimal(0)}
    return bool(last)


def _others(name: str, model: Model, lower: dict[str, list[str]]) -> set[str]:
    """The second source's ids that are this model by name: its id or an exact name of it, in any case."""
    return {other for each in (name, *model["names"]) for other in lower.get(each.lower(), ())}


def _second(name: str, model: Model, second: dict[str, Model], others: set[str]) -> Model | None:
    for each in (name, *model["names"]):
        if each in second:
            return second[each]
    if others:
        return second[min(others)]
    return next((second[each] for each in sorted(second) if each.startswith(f"{name}-202") and stem(each) == name), None)


def _entry(name: str, model: Model, other: Model | None, ruling: dict[str, Any], report: Report) -> Model:
    model["kind"] = (other or {}).get("kind") or kinds.of(name, model)
    last = model["prices"][-1]
    for price in model["prices"]:
        _without_noise(model["kind"], price, ruling)
    model["confidence"] = "single source"
    if other:
        there = other["prices"][0]
        last["rates"] |= {leaf: there["rates"][leaf] for leaf in ruling.get("prefer_second", ()) if leaf in there["rates"]}
        if agree(last["rates"], there["rates"]):
            model["confidence"] = "sources agree"
            complete(last, there, ruling, model["kind"])
            _without_noise(model["kind"], last, ruling)
            model["unsure"] = {**other.get("unsure", {}), **model.get("unsure", {})}
        else:
            report.differ(name, show(last["rates"]), show(there["rates"]))
        model["uplift"] = other.get("uplift")
        model["most"] = {part: max(each.get("most", {}).get(part, 0) for each in (model, other)) for part in ("input", "output")}
    for price in model["prices"]:
        rules_of_thumb(name, price, last, ruling)
    return model


def rules_of_thumb(name: str, price: dict[str, Any], last: dict[str, Any], ruling: dict[str, Any]) -> None:
    """What a seller documents for all its models, where neither source has the rate."""
    if ruling.get("long_writes"):
        long_writes(price)
    for tier in ruling.get("half_before", ()) if price is not last else ():
        if last["tiers"].get(tier) == scaled(last, HALF):
            price["tiers"].setdefault(tier, scaled(price, HALF))
    if _matches(name, ruling.get("batch_is_half", ())) and "batch" not in price["tiers"]:
        price["tiers"]["batch"] = batch = scaled(price, HALF)
        if ruling.get("batch_without_cache") and "cache_read" in batch["rates"]:
            batch["rates"]["cache_read"] = batch["rates"]["input"]
    if (by := ruling.get("batch_times")) and "request" not in price["rates"]:
        price["tiers"].setdefault("batch", scaled(price, Decimal(by)))
    if ruling.get("images_by_token") and price is last and "image" in name and "input_image" in price["rates"]:
        price["rates"]["images"] = Decimal(0)


def _without_noise(kind: str, price: dict[str, Any], ruling: dict[str, Any]) -> None:
    """An embedding or a rerank has no output, whatever a table filled in, and a fee of the seller is no model's."""
    surplus = [*ruling.get("fees", ()), *(["output"] if kind in ("embedding", "rerank") else [])]
    if kind == "decision" and "input" in price["rates"] and "output" not in price["rates"]:
        price["rates"]["output"] = Decimal(0)  # both sources say so of each such model
    for card in (price, *price["tiers"].values()):
        for rates in (card["rates"], *card["above"].values()):
            for leaf in surplus:
                rates.pop(leaf, None)


def complete(card: Card, other: Card, ruling: dict[str, Any], kind: str = "") -> None:
    """Adds what only the second source has to a card of the first, standard and tiers, short and long context."""
    for leaf in FILLED & other["rates"].keys():
        card["rates"].setdefault(leaf, other["rates"][leaf])
    for tokens, rates in card["above"].items():
        for leaf, rate in other["above"].get(tokens, {}).items():
            rates.setdefault(leaf, rate)
    allowed = ruling.get("tiers_from_second")
    for tier, found in other.get("tiers", {}).items():
        if tier in card["tiers"]:
            _complete_tier(card["tiers"][tier], found)
        elif allowed is None or tier in allowed or kind == "embedding":  # whose batch is half and documented
            card["tiers"][tier] = scaled(found, Decimal(1))


def _complete_tier(card: Card, other: Card) -> None:
    """A tier is completed by cache writes only: a cached rate that its table leaves out is a question, not a gap."""
    for leaf in WRITES:
        if leaf in other["rates"]:
            card["rates"].setdefault(leaf, other["rates"][leaf])
        for tokens, rates in card["above"].items():
            if rate := other["above"].get(tokens, {}).get(leaf):
                rates.setdefault(leaf, rate)


def long_writes(price: dict[str, Any]) -> None:
    """OpenAI's 12-hour write is documented as 2.5x of input where the 30-minute one is 1.25x; published rates come first."""
    for card in (price, *price["tiers"].values()):
        for rates in (card["rates"], *card["above"].values()):
            if "write" in rates and "cache_write_1h" not in rates:
                rates.setdefault("cache_write_12h", rates["write"] * 2)


def _lone(rest: dict[str, Model], models: dict[str, Model], report: Report) -> Iterable[str]:
    """The ids that only the second source has, without the snapshots that their stem's price covers."""
    for name in sorted(rest):
        base = stem(name)
        whole = models.get(base or "") or rest.get(base or "")
        if whole and same_now(whole, rest[name]):
            report.covered(name, f"{base} with a date")
            continue
        yield name


def same_now(one: Model, other: Model) -> bool:
    """The same price today; tiers and leaves that only one of them knows do not count."""
    a, b = one["prices"][-1], other["prices"][-1]
    shared = a["rates"].keys() & b["rates"].keys()
    return same(one, other) or (agree(a["rates"], b["rates"]) and all(a["rates"][leaf] == b["rates"][leaf] for leaf in shared))


def _single(name: str, model: Model, first: Iterable[Model], ruling: dict[str, Any]) -> Model:
    model["kind"] = model["kind"] or kinds.of(name, model)
    model["confidence"] = "single source"
    price = model["prices"][0]
    if any(each["file"].is_match(name) and agree(each["prices"][-1]["rates"], price["rates"]) for each in first):
        model["confidence"] = "sources agree"  # the first knows it by a pattern
    if ruling.get("tiers_from_second") is not None and not _matches(name, ruling.get("lone_tiers", ())):
        price["tiers"] = {}  # one source is enough for a base rate, not for a tier
    _without_noise(model["kind"], price, ruling)
    rules_of_thumb(name, price, price, ruling)
    return model


def _dated(name: str, model: Model, models: dict[str, Model], ruling: dict[str, Any]) -> bool:
    """Whether any date behind the id is the same model: not where a listed snapshot has another price."""
    days = [alias[-10:] for alias in model["names"] if alias[-10:-8] == "20" and stem(alias) == name]
    if days:
        model.setdefault("released", min(days))
    if name in ruling.get("undated", ()) or has_date(name):
        return False
    if name in ruling.get("dated", ()) or ruling.get("all_dated"):
        return True
    return not any(stem(other) == name and not same_now(model, found) for other, found in models.items())
