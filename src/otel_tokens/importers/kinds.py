"""What a model is, from its name or from what it is billed by; empty for chat."""

from __future__ import annotations

import re

from otel_tokens.importers.model import Model

NAMES = (
    (r"rerank", "rerank"), (r"embed|\bbge-|\bgte-|\be5-|voyage-|uae-large|titan-text-express-embed", "embedding"),
    (r"moderation", "moderation"), (r"realtime|-live\b|native-audio", "realtime"), (r"\bocr\b", "ocr"),
    (r"whisper|transcri|\bstt\b|scribe|\btts\b|speech|orpheus|translate", "audio"),
    (r"decider|decision|\bjev\b|\bclef\b|\bclairic\b|\btev1\b", "decision"),
)  # fmt: skip
BILLED = (
    ("pages", "ocr"), ("search_units", "rerank"), ("video_ms", "video"), ("images", "image"), ("audio_ms", "audio"),
    ("characters", "audio"),
)  # fmt: skip


def of(name: str, model: Model) -> str:
    """The kind in the words of docs/price-files.md."""
    rates = model["prices"][-1]["rates"]
    kind = next((kind for pattern, kind in NAMES if re.search(pattern, name.lower())), "")
    if kind or "output" in rates:
        return kind
    return next((kind for leaf, kind in BILLED if leaf in rates), "")
