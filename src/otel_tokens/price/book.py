"""One seller's prices: a file read at the first use of that seller, and of it only the lines of the models that were called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .names import FT_PREFIX, opaque, spellings

PRICES = Path(__file__).with_name("prices")
INDEX = "index.json"
FORMAT = 1
"""What docs/price-files.md describes; a book that says another number is of another release."""
MODELS = '"models":{\n'

Entry = dict[str, Any]


class Book:
    """A seller's file: its header, and every model's entry once it was asked for."""

    def __init__(self, header: Entry, lines: Mapping[str, str | Entry], origin: str, own: frozenset[str]) -> None:
        """`lines`: an entry, or the text of one that nobody has read yet, by model id. `own`: the seller's names."""
        self.header, self.origin, self.own = header, origin, own
        self.aliases: Mapping[str, str] = header.get("aliases", {})
        self._lines, self._entries = lines, dict[str, Entry]()
        self._places = re.compile(header["regions"]) if "regions" in header else None

    @classmethod
    def parse(cls, text: str, origin: str = "bundled", own: frozenset[str] = frozenset()) -> Book:
        """A file in the form of docs/price-files.md. Raises ValueError when it is something else."""
        head, found, models = text.partition(MODELS)
        if not found:
            raise ValueError('not a price file: it has no line "models":{')
        lines: dict[str, str | Entry] = {}
        for line in models.splitlines():
            name, quote, rest = line[1:].partition('":')
            if quote and line[0] == '"':
                lines[name] = rest
        return cls(json.loads(head.rstrip().removesuffix(",") + "}"), lines, origin, own)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, model: str) -> bool:
        return model in self._lines

    def entry(self, model: str) -> Entry:
        """What the file says of one model. Raises KeyError for a name that is not an id in it."""
        entry = self._entries.get(model)
        if entry is None:
            line = self._lines[model]
            entry = self._entries[model] = json.loads(line.removesuffix(",")) if isinstance(line, str) else line
        return entry

    def names_of(self, model: str) -> list[str]:
        """The aliases of a model."""
        return [alias for alias, of in self.aliases.items() if of == model]

    def find(self, model: str, host: str | None = None) -> tuple[str, Entry] | str:
        """The model's id and entry, or the reason why there is none. Exact, never by prefix or likeness.

        `host` matters to a seller whose prices differ by region: the region's own entry comes first.
        """
        if reason := opaque(model):
            return reason
        placed = self._places.search(host) if self._places and host else None
        place = f"{placed[1]}/" if placed else ""
        for name, undated in spellings(model, self.header, self.own):
            found = (place and self._exact(place + name, undated)) or self._exact(name, undated)
            if found:
                return found, self.entry(found)
            if name in self.header.get("ambiguous", ()):
                return f"ambiguous model: {self.header['ambiguous'][name]}"
        return "fine-tuned rate unknown" if model.startswith(FT_PREFIX) or ".ft-" in model else "unknown model"

    def _exact(self, name: str, undated: bool) -> str | None:
        found = name if name in self._lines else self.aliases.get(name)
        return found if found and (not undated or self.entry(found).get("dated")) else None


def at(folder: Path) -> tuple[Entry, Path]:
    """The index of the book in a folder, and where its files are: beside the index, or in the folder that it names.

    Raises ValueError for a book that a later release wrote.
    """
    found: Entry = json.loads((folder / INDEX).read_bytes())
    if {"version", "timestamp", "sellers"} - set(found):
        raise ValueError(f"{INDEX} is not the index of a price book")
    if not isinstance(form := found.get("format", FORMAT), int) or form > FORMAT:
        raise ValueError(f"it has format {form}, which this release does not know: upgrade otel-tokens")
    return found, folder / found.get("folder", "")


@cache
def index() -> Entry:
    """What is in the bundled book: its version, its date, each seller's digest, other names and hosts."""
    found: Entry = json.loads((PRICES / INDEX).read_bytes())
    return found


@cache
def own_names(seller: str) -> frozenset[str]:
    """Every name that a seller goes by."""
    return frozenset({seller, *(name for name, of in index()["names"].items() if of == seller)})


@cache
def bundled(seller: str) -> Book | None:
    """The seller's book in this release, or None when there is none."""
    if seller not in index()["sellers"]:
        return None
    return Book.parse((PRICES / f"{seller}.json").read_text("utf-8"), "bundled", own_names(seller))


def version() -> str:
    """The version of the bundled book: the day of its facts."""
    return str(index()["version"])


def timestamp() -> float:
    """When the facts of the bundled book were last checked, Unix seconds."""
    return float(index()["timestamp"])
