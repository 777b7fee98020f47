"""index.json: what is in a book, by digest, and the names and hosts of its sellers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from otel_tokens.importers import coverage
from otel_tokens.price.book import FORMAT, INDEX, Book


def save(out: Path, config: dict[str, Any], head: dict[str, Any]) -> None:
    """Lists the files in `out`. `head`: generated_by, version and sources, which are what it was compiled from."""
    texts = {path.stem: path.read_bytes() for path in sorted(out.glob("*.json")) if path.name != INDEX}
    priced = {seller: where for seller, where in config["sellers"].items() if seller in texts}
    names = {name: seller for seller, where in priced.items() for name in coverage.names(seller, where)}
    data = {
        "generated_by": head["generated_by"], "format": FORMAT, "version": head["version"],
        "timestamp": _checked(head["version"], texts.values()), "sources": head["sources"], "names": dict(sorted(names.items())),
        "hosts": [list(pair) for pair in config["hosts"]],
        "sellers": {seller: hashlib.sha256(text).hexdigest() for seller, text in texts.items()},
    }  # fmt: skip
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in data.items()]
    (out / INDEX).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _checked(version: str, texts: Iterable[bytes]) -> float:
    """When the oldest of the files is from: one that could not be compiled anew makes a book no younger than itself."""
    days = [Book.parse(text.decode()).header["version"] for text in texts]
    return datetime.fromisoformat(min((version, *days))).replace(tzinfo=UTC).timestamp()


def _lines(value: object) -> str:
    """Each name, host and digest on a line of its own."""
    if isinstance(value, dict):
        pairs = cast("dict[str, str]", value).items()
        return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in pairs) + "\n}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in cast("list[Any]", value)) + "\n]"
    return json.dumps(value)
