"""What kind of model it is (premium … nano): from the price file, frozen at release, else from the words of its name."""

from __future__ import annotations

import re

from . import shelf

UNKNOWN = ("unknown", "unknown")
_WORDS = {
    "nano": "nano", "micro": "nano",
    "mini": "mini", "lite": "mini", "haiku": "mini", "small": "mini", "luna": "mini", "flash": "mini",
    "sonnet": "standard", "medium": "standard", "terra": "standard",
    "opus": "flagship", "large": "flagship", "premier": "flagship",
    "pro": "premium", "astra": "premium", "fable": "premium", "mythos": "premium",
}  # fmt: skip
_SMALLEST_FIRST = ("nano", "mini", "standard", "flagship", "premium")
_OTHER_KINDS = frozenset({
    "embedding", "embed", "rerank", "tts", "whisper", "transcribe", "translate", "image", "dall", "sora", "moderation", "ocr",
})  # fmt: skip
_LIMIT = 1024
_known: dict[tuple[str, str], tuple[str, str]] = {}


def model_tier(seller: str, model: str) -> tuple[str, str]:
    """(premium | flagship | standard | mini | nano | unknown, where that is from: overlay | table | name | unknown).

    Only models that answer in words have a tier; an embedding, speech or image model is unknown unless the table says.
    A seller without a book is unknown: its names follow no rule that we know.
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
    books = shelf.books(seller)
    if not books:
        return UNKNOWN
    for book in books:
        found = book.find(model)
        if not isinstance(found, str):
            tier = found[1].get("tier")
            return (tier, "table") if tier else UNKNOWN
    words = frozenset(re.split(r"[-_.:/@]", model.lower()))
    if words & _OTHER_KINDS:
        return UNKNOWN
    tiers = {_WORDS[word] for word in words if word in _WORDS}
    return next(((tier, "name") for tier in _SMALLEST_FIRST if tier in tiers), UNKNOWN)
