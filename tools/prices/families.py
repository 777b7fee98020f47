"""`family` and `tier` of chat and realtime models, from the curated patterns of rulings/families.toml."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from tools.prices import rulings
from tools.prices.model import Model

_VENDOR = re.compile(
    r"^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|openai|deepseek|qwen|google|zai|minimax|moonshotai?|nvidia)\."
)


def place(models: dict[str, Model], ruling: dict[str, Any]) -> None:
    """Sets family and tier where a pattern knows them; a ruling about the model itself was first."""
    known = rulings.load("families")["family"]
    for name, model in models.items():
        if model.get("kind", "") not in ("", "realtime"):
            continue
        base = plain(name)
        found = next((each for each in known if any(fnmatchcase(base, pattern) for pattern in each["match"])), {})
        own = next((tier for pattern, tier in ruling.get("model_tiers", ()) if fnmatchcase(name, pattern)), None)
        model.setdefault("family", found.get("name", ""))
        model.setdefault("tier", found.get("tier", "") if own is None else own)


def plain(name: str) -> str:
    """A model's own name, without the path, vendor and fine-tuning in front of it."""
    base = name.lower().removeprefix("ft:").rpartition("/")[2]
    return _VENDOR.sub("", base.removeprefix("@cf").removeprefix("databricks-").removeprefix("anthropic-"))
