"""`family` and `tier` of chat and realtime models, from the curated patterns of rulings/families.toml."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from otel_tokens.importers import rulings
from otel_tokens.importers.model import Model

_VENDOR = re.compile(
    r"^(?:(?:us-gov|us|eu|jp|au|apac|global)\.)?"
    r"(?:(?:anthropic|openai|google|meta|nvidia|xai|zai|cohere|ai21|databricks|fw)[.-]"
    r"|(?:amazon|mistral|deepseek|qwen|minimax|moonshotai?)\.)"
)
_PARAMETERS = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:[.p]\d+)?)([bt])(?![a-z0-9])")
_SIZES = ((9, "nano"), (32, "mini"), (100, "standard"))


def place(models: dict[str, Model], ruling: dict[str, Any]) -> None:
    """Sets family and tier where a pattern knows them; a ruling about the model itself was first."""
    known: list[dict[str, Any]] = rulings.load("families")["family"]
    for name, model in models.items():
        if model.get("kind", "") not in ("", "realtime"):
            continue
        base = plain(name)
        nothing: dict[str, Any] = {}
        found = next((each for each in known if any(fnmatchcase(base, pattern) for pattern in each["match"])), nothing)
        own = next((tier for pattern, tier in ruling.get("model_tiers", ()) if fnmatchcase(name, pattern)), None)
        tier = sized(base) if found.get("sized") else found.get("tier", "")
        model.setdefault("family", found.get("name", ""))
        model.setdefault("tier", tier if own is None else own)


def plain(name: str) -> str:
    """A model's own name, without the path, vendor and fine-tuning in front of it."""
    base = name.lower().removeprefix("ft:").rpartition("/")[2]
    for _ in range(2):
        base = _VENDOR.sub("", base)
    return base


def sized(name: str) -> str:
    """The tier of a number of parameters, all experts of a mixture together."""
    found = _PARAMETERS.search(name)
    if not found:
        return ""
    billions = int(found[1] or 1) * float(found[2].replace("p", ".")) * (1000 if found[3] == "t" else 1)
    return next((tier for most, tier in _SIZES if billions <= most), "flagship")
