"""`otel-tokens doctor`: what will be counted here, what will not, and what to do about it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from otel_tokens.cli import findings, screen

HELP = "say what is watched here, what would be lost, and what to do about it"
DESCRIPTION = """\
Looks at this Python and this environment: client libraries and the seams on them, settings, other instrumentations,
exporters, the price book, and the newest recorded run. Changes nothing.
"""
EPILOG = "exit code 0 when nothing is wrong, 1 when something will lose numbers. Run it with the Python of your program."
MARKS = {"ok": ("✓", "green"), "note": ("•", "yellow"), "lost": ("✗", "bold red")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--json", action="store_true", help="print the findings as JSON: topic, level (ok, note, lost), text, fix"
    )


def main(told: argparse.Namespace) -> int:
    """1 when something will lose numbers."""
    found = list(findings.everything())
    lost = sum(one.level == "lost" for one in found)
    if told.json:
        print(json.dumps({"version": 1, "lost": lost, "findings": [asdict(one) for one in found]}, ensure_ascii=False))
        return int(lost > 0)
    console = screen.out()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    topic = ""
    for one in found:
        text = Text(one.text)
        if one.fix:
            text.append(f"\n→ {one.fix}", style="cyan" if one.level == "note" else "red")
        mark, style = MARKS[one.level]
        table.add_row(Text(mark, style=style), one.topic if one.topic != topic else "", text)
        topic = one.topic
    console.print(table)
    console.print()
    console.print(
        Text(
            f"{lost} of these will lose numbers." if lost else "Nothing here will lose numbers.",
            style="bold red" if lost else "bold green",
        )
    )
    return int(lost > 0)
