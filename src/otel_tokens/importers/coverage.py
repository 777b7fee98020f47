"""How much of the two sources is in the book, and the names that a seller goes by."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from otel_tokens.importers import long_tail
from otel_tokens.importers.model import stem
from otel_tokens.importers.sources import Sources


def names(seller: str, where: dict[str, Any]) -> list[str]:
    """Every other name of a seller: what both sources call it and what people write."""
    found = {*where.get("genai", ()), *where.get("litellm", ()), *where.get("names", ())}
    return sorted({name for each in found for name in (each, each.replace("_", "-"), each.replace("-", "_"))} - {seller})


def lines(found: Sources, config: dict[str, Any], out: Path) -> list[str]:
    """What of each source can be looked up in the files, by id, alias, decoration or date, and where the rest is from."""
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for seller, where in config["sellers"].items():
        if not (out / f"{seller}.json").exists():
            continue
        known = _known(json.loads((out / f"{seller}.json").read_text("utf-8")))
        for provider in where.get("genai", ()):
            route = f":{provider.partition('_')[2]}" if where.get("routed") else ""
            for name, model in found.genai[provider].items():
                first["" if any(known(each + route) for each in (name, *model["names"])) else seller] += 1
        for key, model in found.litellm.items():
            if model["provider"] in where.get("litellm", ()):
                name = long_tail.stripped(key, model["provider"], where)
                second["" if known(name) or known(key) or known(name.rpartition("/")[2]) else seller] += 1
    taken = {provider for where in config["sellers"].values() for provider in where.get("litellm", ())}
    homeless = {model["provider"] for model in found.litellm.values()} - taken
    return [
        _line("genai-prices", sum(map(len, found.genai.values())), first),
        _line("LiteLLM", len(found.litellm), second),
        f"LiteLLM: {len(found.unpriced)} more entries state no rate, or none that we have a leaf for",
        f"providers of LiteLLM without a seller: {', '.join(sorted(homeless)) or 'none'}",
    ]


def _line(source: str, total: int, counts: Counter[str]) -> str:
    rest = ", ".join(f"{seller} {count}" for seller, count in counts.most_common() if seller)
    return f"{source}: {counts['']} of {total} models are in the book; not: {rest or 'none'}"


def _known(book: dict[str, Any]) -> Callable[[str], bool]:
    models, aliases = book["models"], book.get("aliases", {})
    every = {*models, *aliases, *book.get("ambiguous", {})}
    prefixes, suffix = tuple(book.get("prefixes", ())), re.compile(f"(?:{book.get('suffixes') or 'a^'})$")

    def known(name: str) -> bool:
        plain = next((name.removeprefix(each) for each in prefixes if name.startswith(each)), name).removesuffix("@default")
        spellings = {name, plain, suffix.sub("", plain)}
        whole = [stem(each) for each in spellings]
        return bool(spellings & every) or any(models.get(aliases.get(each or "", each or ""), {}).get("dated") for each in whole)

    return known
