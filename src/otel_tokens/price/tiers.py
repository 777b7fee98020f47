"""What kind of model it is (premium … nano): from the price file, frozen at release, else from the words of its name."""

from __future__ import annotations

import re

from . import shelf

UNKNOWN_TIER = ("unknown", "unknown")
_WORDS = {
    "nano": "nano", "micro": "nano",
    "mini": "mini", "lite": "mini", "haiku": "mini", "small": "mini", "luna": "mini", "flash": "mini",
    "sonnet": "standard", "medium": "standard", "terra": "standard",
    "opus": "flagship", "large": "flagship", "premier": "flagship",
    "pro": "premium", "astra": "premium", "fable": "premium", "mythos": "premium",
}  # fmt: skip
_SMALLEST_FIRST = ("nano", "mini", "standard", "flagship", "premium")
_BILLIONS = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])")
_BY_SIZE = ((9.0, "nano"), (32.0, "mini"), (100.0, "standard"), (float("inf"), "flagship"))
"""Most billions of parameters of each class of open weights; of a mixture of experts all of them count."""
_OTHER_KINDS = frozenset({
    "embedding", "embed", "rerank", "tts", "whisper", "transcribe", "translate", "image", "dall", "sora", "moderation", "ocr",
})  # fmt: skip
_LIMIT = 1024
_known: dict[tuple[str, str], tuple[str, str]] = {}


def model_tier(seller: str, model: str) -> tuple[str, str]:
    """(premium | flagship | standard | mini | nano | unknown, where that is from: overlay | table | name | unknown).

    Only models that answer in words have a tier; an embedding, speech or image model is unknown unless the table says.
    """
    key = (seller, model)
    tier = _known.get(key)
    if tier is None:
        if len(_known) >= _LIMIT:
            _known.clear()
        tier = _known[key] = _decide(seller, model)
    return tier


@shelf.when_changed
def forget() -> None:
    """Empties the cache: the user's own tiers may have changed."""
    _known.clear()


def _decide(seller: str, model: str) -> tuple[str, str]:
    stated = shelf.state().overlay
    if stated and (tier := stated.model_tiers.get(f"{seller}/{model}") or stated.model_tiers.get(model)):
        return tier, "overlay"
    for book in shelf.books(seller):
        found = book.find(model)
        if not isinstance(found, str):
            tier = found[1].get("tier")
            return (tier, "table") if tier else UNKNOWN_TIER if found[1].get("kind", "chat") != "chat" else by_name(model)
    return by_name(model)


def by_name(model: str) -> tuple[str, str]:
    """The tier that the words of a name say, the smallest class first; else the number of parameters that it states."""
    words = frozenset(re.split(r"[-_.:/@]", model.lower()))
    if words & _OTHER_KINDS:
        return UNKNOWN_TIER
    tiers = {_WORDS[word] for word in words if word in _WORDS}
    if tiers:
        return next(tier for tier in _SMALLEST_FIRST if tier in tiers), "name"
    sizes = [float(size) for size in _BILLIONS.findall(model.lower())]
    return (next(tier for most, tier in _BY_SIZE if max(sizes) <= most), "name") if sizes else UNKNOWN_TIER
