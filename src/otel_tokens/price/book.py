"""The price book: one dated file per seller, read at the first use of that seller, and the exact match of a model name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PRICES = Path(__file__).with_name("prices")
INDEX = "index.json"

FT_PREFIX, FT_INFIX = "ft:", ".ft-"


class Book(NamedTuple):
    """One seller's prices: the file as it is, and every exact name of each model."""

    data: dict[str, Any]
    names: dict[str, str]

    def find(self, model: str) -> tuple[str, dict[str, Any]] | str:
        """The model's id and entry, or the reason why there is none. Exact, never by prefix or likeness."""
        name = model.removesuffix("[1m]").removeprefix("models/")
        tuned = _tuned(name)
        name = tuned or name
        found = self.names.get(name) or self._undated(name)
        if found is None:
            return "fine-tuned rate unknown" if tuned else "unknown model"
        return found, self.data["models"][found]

    def _undated(self, name: str) -> str | None:
        stem = without_date(name)
        found = self.names.get(stem) if stem else None
        return found if found and self.data["models"][found].get("dated") else None


@cache
def index() -> dict[str, Any]:
    """What is in the bundled book: its version, its date and the digest of each seller's file."""
    found: dict[str, Any] = json.loads((PRICES / INDEX).read_bytes())
    return found


def book_of(seller: str) -> Book | None:
    """The seller's book, or None when there is none."""
    return _read(seller) if seller in index()["sellers"] else None


@cache
def _read(seller: str) -> Book:
    data: dict[str, Any] = json.loads((PRICES / f"{seller}.json").read_bytes())
    models: dict[str, dict[str, Any]] = data["models"]
    names = {alias: model for model, entry in models.items() for alias in entry.get("aliases", ())}
    names.update((model, model) for model in models)
    return Book(data, names)


def version() -> str:
    """The version of the bundled book: the day of its facts."""
    return str(index()["version"])


def timestamp() -> float:
    """When the facts of the bundled book were last checked, Unix seconds."""
    return float(index()["timestamp"])


def without_date(name: str) -> str | None:
    """The name before a date suffix (-YYYY-MM-DD, -YYYYMMDD, @YYYYMMDD), None when it has no such suffix."""
    for length, separators in ((11, "-"), (9, "-@")):
        stem, tail = name[:-length], name[-length:]
        digits = tail[1:].replace("-", "") if length == 11 and tail[5:6] == tail[8:9] == "-" else tail[1:]
        if stem and tail[0] in separators and len(digits) == 8 and digits.isascii() and digits.isdigit():
            return stem if "20000000" < digits < "21000000" else None
    return None


def _tuned(name: str) -> str | None:
    """The name under which the fine-tuned rates of a model stand: `ft:BASE:org::id` and Azure's `BASE.ft-id`."""
    if name.startswith(FT_PREFIX):
        return FT_PREFIX + name.split(":")[1]
    base, found, _ = name.partition(FT_INFIX)
    return FT_PREFIX + base if found else None
