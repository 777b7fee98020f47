"""`otel-tokens prices refresh`: newer prices than the release's, after a look at what they change. Only it has a network."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from otel_tokens.cli import screen
from otel_tokens.cli.prices import changes, diff, doubtful, exact, progress, rows, shelving, sold
from otel_tokens.price import book as bundle
from otel_tokens.price import shelf
from otel_tokens.price.book import Book
from otel_tokens.report.words import plural

JSON = dict[str, Any]
HELP = "get newer prices, and show what they change"
DESCRIPTION = """\
Compiles a price book from the newest genai-prices and LiteLLM that pip finds wherever it is configured to look, by the same rules
as the release's own. Shows what it changes and puts it in force for every program of this user; running ones follow within half a
minute. It is the only command that opens a connection. Nothing is installed.

It refuses a rate that becomes more than 5 times what it was (or less than a fifth), a seller that loses more than a fifth of its
models, and sources that are older than those in force: look at the list, then say --accept.
"""
EPILOG = """\
examples:
  otel-tokens prices refresh --dry-run
  otel-tokens prices refresh --offline            from genai-prices and litellm as installed here
  otel-tokens prices refresh --from https://mirror.example/prices
  otel-tokens prices refresh --seller openai --seller anthropic --json

exit code 1 when it is refused or cannot be done; then the book in force is the one that it was
"""


class Standing(NamedTuple):
    """The book in force, without the user's own prices."""

    origin: str
    folder: Path
    """Where its files are."""
    listed: JSON
    """Its index."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--from", dest="origin", metavar="DIR|URL", help="a book that is already compiled: index.json and its files"
    )
    where.add_argument(
        "--offline", action="store_true", help="from genai-prices and litellm as they are installed in this Python"
    )
    parser.add_argument("--seller", action="append", default=[], metavar="NAME", help="only this one; can be repeated")
    parser.add_argument("--accept", action="store_true", help="take it in spite of what would be refused")
    parser.add_argument("--dry-run", action="store_true", help="show it, write nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when it is refused."""
    sellers = [sold.typed(name) for name in told.seller]
    old = standing()
    with tempfile.TemporaryDirectory(prefix="otel-tokens-", ignore_cleanup_errors=True) as folder:
        new = Path(folder) / "book"
        notes = _made(told, sellers, old, new)
        found = _compared(old, new, notes)
        refused: list[JSON] = [] if told.accept else found["doubtful"]
        found["refused"] = refused
        found["written"] = not refused and not told.dry_run
        if found["written"]:
            shelving.put(new, shelf.folder())
    if told.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)
    return int(bool(refused))


def standing() -> Standing:
    """What new prices are compared with, and what stays where there are none."""
    if shelf.state().refreshed:
        at = shelf.folder()
        index, files = bundle.at(at)
        if not rows.altered(at):
            return Standing("refreshed", files, index)
    return Standing("bundled", bundle.PRICES, bundle.index())


def _made(told: argparse.Namespace, sellers: list[str], old: Standing, out: Path) -> JSON:
    """Writes the new book; what was said about that."""
    from otel_tokens.cli.prices import fetched, mirror  # what they need of the library would slow down every other command

    if told.origin:
        with progress.step(f"reading {told.origin}"):
            mirror.copy(told.origin, sellers, old.folder, out)
        return {"kept": {}, "notes": []}
    with progress.step(
        "looking for installed packages" if told.offline else "asking pip for the newest genai-prices and LiteLLM"
    ):
        found = fetched.installed() if told.offline else fetched.newest(out.parent)
    day = max(datetime.now(UTC).date().isoformat(), old.listed["version"])
    with progress.step("compiling the price book"):
        return fetched.compiled(found, sellers, day, old.folder, out)


def _compared(old: Standing, new: Path, notes: JSON) -> JSON:
    """The report; Problem when the new files are not what docs/price-files.md describes."""
    now = exact.typed(None)
    books, others = rows.read(old.folder), rows.read(new)
    index: JSON = bundle.at(new)[0]
    if index["version"] < bundle.version():
        raise screen.Problem(
            f"that book is of {index['version']}, and the release's own of {bundle.version()}: no call would be priced by it."
        )
    try:
        _named(index, others)
        difference = changes.between(books, now, others, now) | {"announced": changes.announced(books, others, now)}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise screen.Problem(f"the new files are not price files of this release ({error!r}): nothing was changed.") from None
    before = Counter[str]({book.header["seller"]: len(book) for book in books})
    return {
        "version": 1, "written": False, "folder": str(shelf.folder()),
        "old": {"origin": old.origin, **_facts(old.listed, books)}, "new": {"origin": "refreshed", **_facts(index, others)},
        **difference, "kept": notes["kept"], "notes": notes["notes"],
        "doubtful": doubtful.found(difference, old.listed, index, before),
    }  # fmt: skip


def _named(index: JSON, books: list[Book]) -> None:
    if index["sellers"].keys() != (headers := {book.header["seller"] for book in books}):
        raise ValueError(f"files of other sellers than the index lists: {sorted(headers ^ index['sellers'].keys())}")


def _facts(index: JSON, books: list[Book]) -> JSON:
    return {
        "price_version": index["version"], "sources": index.get("sources", {}), "sellers": len(books),
        "models": sum(map(len, books)),
    }  # fmt: skip


def _show(found: JSON) -> None:
    old, new = found["old"], found["new"]
    names = {"old": {"name": f"{old['origin']} {old['price_version']}"}, "new": {"name": f"new {new['price_version']}"}}
    console = screen.out()
    diff.show({**found, **names}, console)
    console.print(f"\n{plural(new['models'], 'model')} of {plural(new['sellers'], 'seller')}")
    for note in found["notes"]:
        screen.note(note)
    if found["refused"]:
        lines = "\n".join(f"  {doubtful.said(one)}" for one in found["refused"])
        screen.error(
            f"refused, and nothing was changed:\n{lines}\n→ look at what they are, then otel-tokens prices refresh --accept"
        )
    elif found["written"]:
        console.print(f"in force: {found['folder']}")
        if not shelf.used("refreshed"):
            screen.note("OTEL_TOKENS_PRICE_ORDER leaves out `refreshed`, so no call is priced by it")
    else:
        console.print("dry run: nothing was written")
