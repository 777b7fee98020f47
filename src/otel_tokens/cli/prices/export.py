"""`otel-tokens prices export`: the price book as a table, for a spreadsheet, a program or the Collector."""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from otel_tokens.cli import screen
from otel_tokens.cli.prices import collector, exact, rows, sold
from otel_tokens.types import LEAF_PART

HELP = "write the price book as csv, json or the Collector's prices.csv"
DESCRIPTION = """\
csv and json have one row for each card: seller, model, service tier, the length of input above which it holds (over_tokens) and
the hours that it holds in. A column for each kind of unit: USD per million tokens, per minute, or for one; empty: no rate.
collector is the table that the Collector looks prices up in: one row for each name of a model and tier, key seller|model|tier,
no empty cell; -1 is a rate that nobody states, so that a call that used it stays unpriced (docs/prices.md).
"""
EPILOG = """\
examples:
  otel-tokens prices export --format csv --provider anthropic > claude.csv
  otel-tokens prices export --format collector -o /etc/otelcol/prices.csv     replaced in one step, never half written
"""
FACTS = (
    "seller", "model", "service_tier", "over_tokens", "hours", "kind", "tier", "valid_from", "valid_to", "currency",
    "source", "confidence", "price_version",
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--format", choices=("csv", "json", "collector"), required=True, help="what to write")
    parser.add_argument("--provider", help="only this seller")
    parser.add_argument("--at", metavar="DATE", help="the prices of that day or instant (default: now)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there, not to standard output")


def main(told: argparse.Namespace) -> int:
    """0; 1 when there is nothing to write or it cannot be written."""
    seller = sold.typed(told.provider) if told.provider else None
    when = exact.typed(told.at)
    books = rows.in_force(seller)
    if told.format == "collector":
        text = table(collector.COLUMNS, collector.lines(books, when))
    else:
        cards = [row for book, _, entry in rows.entries(books) for row in rows.at(book, entry, when)]
        text = _json(cards, when) if told.format == "json" else table((*FACTS, *LEAF_PART), map(_cells, cards))
    if text.count("\n") < 2 and told.format != "json":
        raise screen.Problem("no price was in force there and then: name another --provider or --at")
    if told.output is None:
        sys.stdout.write(text)
        return 0
    replace(told.output, text)
    screen.note(f"{told.output}: {text.count(chr(10)) - 1:,} rows of {exact.instant(when)}")
    return 0


def table(columns: tuple[str, ...], lines: Iterator[list[str]]) -> str:
    """Comma-separated, one header line, line feeds."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return made.getvalue()


def replace(path: Path, text: str) -> None:
    """In one step: whoever reads it sees the old file or the whole new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise screen.Problem(f"cannot write {path}: {error.strerror}. Name another place with -o FILE.") from None


def _cells(row: rows.Row) -> list[str]:
    return [
        row.seller, row.model, row.service_tier, str(row.over) if row.over >= 0 else "", row.window, row.kind, row.tier,
        row.valid_from, row.valid_to, row.currency, row.source, row.confidence, row.version,
        *(rows.shown(row, leaf) for leaf in LEAF_PART),
    ]  # fmt: skip


def _json(cards: list[rows.Row], when: int) -> str:
    """One JSON document, a card a line."""
    lines = [
        {
            **{name: cell or None for name, cell in zip(FACTS, _cells(row), strict=False)},
            "over_tokens": row.over if row.over >= 0 else None,
            "rates": {leaf: rows.shown(row, leaf) for leaf in LEAF_PART if leaf in row.rates},
            "unsure": dict(row.unsure) or None,
        }
        for row in cards
    ]
    body = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    return f'{{"version":1,"at":"{exact.instant(when)}","rows":[\n{body}\n]}}\n'
