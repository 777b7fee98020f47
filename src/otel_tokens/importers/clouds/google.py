"""What Gemini's two sellers share: which of the sources' entries is a model, and the rules of Google's two price pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from otel_tokens.importers.clouds.gaps import announced, by_tokens, every_card, every_row, finished, plain_text, ruled, uncached
from otel_tokens.importers.model import Card, Model

QUOTA = "free search quota not known"


def exact(found: dict[str, Model], rulings: dict[str, Any]) -> dict[str, Model]:
    """genai-prices' Google models by every exact name: its ids, what it matches as a whole, and the spellings ruled equal.

    It also matches by the start of a name; that whole start is a name, anything behind it is not.
    """
    names: dict[str, Model] = {}
    for name, model in found.items():
        if not model["prices"][-1]["rates"]:
            continue
        for each in (name, *model["names"], *_starts(model["file"].match)):
            names.setdefault(each.removeprefix("anthropic/"), model)
    for name, other in rulings.get("same", {}).items():
        names[name] = names[other]
    return names


def _starts(clause: Any) -> list[str]:
    fields: dict[str, Any] = clause.__dict__
    inner = [name for key in ("or_", "and_") for each in fields.get(key, ()) for name in _starts(each)]
    start: str = fields.get("starts_with", "")
    return [*inner, *([start] if start and not start.endswith("-") else [])]


def settled(models: dict[str, Model], rulings: dict[str, Any]) -> dict[str, Model]:
    """The rules that hold for every model of a Google seller."""
    for name, model in models.items():
        plain_text(model)
        for wrong in rulings.get("wrong", ()):
            if wrong["model"] == name:
                _without(model, wrong["tier"], wrong["leaf"])
        if name in rulings.get("uncached", ()):
            _uncached(model)
        if not name.startswith("claude"):
            _no_writes(model)
            _flex_bands(model)
        _speech(name, model)
        if model["kind"] == "image":  # its context ends below the threshold
            _flat(model)
        by_tokens(model)
        announced(model, rulings["in_force"])
        finished(model, any(name.startswith(each) for each in rulings["cache_as_standard"]))
        _stored(name, model, rulings)
        if not name.startswith("claude"):
            _asked(model, rulings)
        uncached(model)
        model["dated"] = True
    for name, special in rulings.get("ruled", {}).items():
        models[name] = ruled(special)
    return models


def _no_writes(model: Model) -> None:
    """Google bills storage, not writes: LiteLLM's write rates are the cached ones in the wrong field."""
    for rates in every_row(model):
        rates.pop("write", None)


def _flex_bands(model: Model) -> None:
    """Flex and batch are both half of standard on Google's pages; LiteLLM lacks flex's long-context row, which is batch's."""
    for period in model["prices"]:
        flex, batch = (period["tiers"].get(tier) for tier in ("flex", "batch"))
        if flex and batch and not flex["above"] and _main(flex) == _main(batch):
            flex["above"] = {tokens: dict(rates) for tokens, rates in batch["above"].items()}


def _main(card: Card) -> list[Decimal | None]:
    return [card["rates"].get(leaf) for leaf in ("input", "output")]


def _flat(model: Model) -> None:
    for card in every_card(model):
        card["above"] = {}


def _speech(name: str, model: Model) -> None:
    """A model that only speaks has one output rate, whichever modality the answer calls it."""
    if "-tts" in name:
        model["kind"] = "audio"
        for card in every_card(model):
            if "output" in card["rates"]:
                card["rates"].setdefault("output_audio", card["rates"]["output"])


def _stored(name: str, model: Model, rulings: dict[str, Any]) -> None:
    rates = rulings["storage"].get(name, [])
    for period, rate in zip(model["prices"][-len(rates) :] if rates else (), rates, strict=True):
        period["rates"]["cache_storage"] = Decimal(rate)


def _asked(model: Model, rulings: dict[str, Any]) -> None:
    """A project's free searches are used up by all its processes. Before Gemini 3 a search was billed once per grounded prompt,
    since then once per query.
    """
    for leaf in ("web_search", "maps"):
        if rate := model["prices"][-1]["rates"].get(leaf):
            once = leaf == "web_search" and rate == Decimal(rulings["per_prompt"])
            reason = f"billed once per grounded prompt; {QUOTA}" if once else QUOTA
            model["unsure"] = {**model.get("unsure", {}), leaf: reason}


def _without(model: Model, tier: str, leaf: str) -> None:
    for period in model["prices"]:
        period["tiers"].get(tier, {"rates": {}})["rates"].pop(leaf, None)


def _uncached(model: Model) -> None:
    for card in every_card(model):
        card["rates"].pop("cache_read", None)
