"""`otel-tokens prices diff`: what changed between two price books, and what that does to a recorded run."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otel_tokens.cli import screen, tree
from otel_tokens.cli.prices import changes, exact, recorded, rows, under
from otel_tokens.price.book import Book

JSON = dict[str, Any]
HELP = "say what changed between two price books, or between two days"
DESCRIPTION = """\
Compares two price books: files or directories in the form of docs/price-files.md, or days, which mean the bundled book as it was
in force then. Says which models were added and removed and which rates changed, by how much; of two books that are not days also
what is announced. With --run: what the calls of a recorded run would have cost under each.
"""
EPILOG = """\
examples:
  otel-tokens prices diff 2026-08-20 2026-08-22
  otel-tokens prices diff 2026-08-20 2026-08-22 --run .otel-tokens/runs/20261121T101500Z-1a2b3c
  otel-tokens prices diff old/prices new/prices --json | jq .changed
"""


class Side(NamedTuple):
    """One of the two books."""

    name: str
    books: list[Book]
    at: int
    dated: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("old", metavar="OLD", help="a price file, a directory of them, or a day")
    parser.add_argument("new", metavar="NEW", help="the same")
    parser.add_argument("--run", type=Path, metavar="FILE", help="also price this recorded run under each")
    parser.add_argument("--at", metavar="DATE", help="compare files as of that day or instant (default: now)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(told: argparse.Namespace) -> int:
    """0 whether or not something changed."""
    old, new = (_side(text, exact.typed(told.at)) for text in (told.old, told.new))
    found = changes.between(old.books, old.at, new.books, new.at)
    shown: JSON = {"version": 1, "old": _said(old), "new": _said(new), **found}
    if not old.dated and not new.dated:
        shown["announced"] = changes.announced(old.books, new.books, new.at)
    if told.run:
        shown["run"] = _run(told.run, old, new)
    if told.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        show(shown, screen.out())
    return 0


def _side(text: str, now: int) -> Side:
    if exact.DATE.fullmatch(text.upper()) and not Path(text).exists():
        return Side(text, rows.bundled(), exact.typed(text), dated=True)
    return Side(text, rows.read(Path(text)), now, dated=False)


def _said(side: Side) -> JSON:
    versions = sorted({book.header["version"] for book in side.books})
    return {"name": side.name, "at": exact.instant(side.at), "versions": versions}


def _run(path: Path, old: Side, new: Side) -> JSON:
    """The calls that both books can price, under each; the others counted by reason."""
    prices = [under.pricer(side.books, side.at) for side in (old, new)]
    sums, priced, left = [0, 0], 0, Counter[str]()
    for call in recorded.calls(tree.load([path]).spans):
        costs = [call.problem] if call.problem else [price(call.usage, call.served) for price in prices]
        amounts = [cost for cost in costs if isinstance(cost, int)]
        if len(amounts) == 2:
            priced += 1
            sums = [one + more for one, more in zip(sums, amounts, strict=True)]
        else:
            left[next(reason for reason in costs if isinstance(reason, str))] += 1
    return {
        "file": str(path), "calls": priced, "old_usd": exact.usd(sums[0]), "new_usd": exact.usd(sums[1]),
        "change_percent": changes.percent(sums[0], sums[1]), "not_priced": dict(left.most_common()),
    }  # fmt: skip


def show(shown: JSON, console: Console) -> None:
    """What is different, for people."""
    console.print(Text(f"{shown['old']['name']} → {shown['new']['name']}", style="bold"))
    for title, style in (("added", "green"), ("removed", "red")):
        if names := [f"{one['seller']}/{one['model']}" for one in shown[title]]:
            console.print(Text.assemble((f"{title} ({len(names)}) ", style), ", ".join(names)))
    for title, style in (("cards_added", "green"), ("cards_removed", "red")):
        if names := [f"{one['seller']}/{one['model']} {_card(one)}" for one in shown[title]]:
            console.print(Text.assemble((f"{title.replace('_', ' ')} ({len(names)}) ", style), ", ".join(names)))
    for title in ("changed", "announced"):
        if shown.get(title):
            console.print()
            console.print(_table(shown[title], title))
    if not any(shown.get(title) for title in ("added", "removed", "cards_added", "cards_removed", "changed", "announced")):
        console.print("nothing changed")
    if run := shown.get("run"):
        console.print()
        console.print(f"{run['file']}: {run['calls']} calls, ${run['old_usd']} → ${run['new_usd']}{_percent(run)}")
        for reason, count in run["not_priced"].items():
            console.print(Text(f"  {count} left out: {reason}", style="yellow"))


def _table(changed: list[JSON], title: str) -> Table:
    """One line for each card."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(title, no_wrap=True)
    table.add_column("card")
    table.add_column("rates, USD", overflow="fold")
    cards: dict[tuple[str, str], list[str]] = {}
    for one in changed:
        rate = f"{one['leaf']} {one['old'] or '–'} → {one['new'] or '–'}{_percent(one)}"
        cards.setdefault((f"{one['seller']}/{one['model']}", _card(one)), []).append(rate)
    for (model, card), rates in cards.items():
        table.add_row(model, card, "  ".join(rate.replace(" ", "\xa0") for rate in rates))
    return table


def _card(one: JSON) -> str:
    over = f" above {one['over']:,}" if one["over"] is not None else ""
    hours = f" {one['hours']}" if one["hours"] != rows.ALWAYS else ""
    since = f"from {one['from']} " if "from" in one else ""
    return f"{since}{one['service_tier']}{over}{hours}"


def _percent(one: JSON) -> str:
    return f" ({one['change_percent']}%)" if one["change_percent"] is not None else ""
