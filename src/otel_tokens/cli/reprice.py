"""`otel-tokens reprice`: a recorded run at the prices of another day, beside what it was billed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otel_tokens import price
from otel_tokens.cli import screen, tree
from otel_tokens.cli.prices import changes, exact, recorded, sold
from otel_tokens.report import words
from otel_tokens.types import FEMTO, Cost

JSON = dict[str, Any]
HELP = "price a recorded run again, at the prices of another day"
DESCRIPTION = """\
Takes the counts of every call of a recorded run and prices them as if the calls had been made at DATE: as billed beside as of
then, by model. The tokens stay what they were: another model or another prompt would have used others. What a span does not say
(how many images, searches or seconds of sound) cannot be priced again; such calls are named and are in neither sum.
"""
EPILOG = """\
examples:
  otel-tokens reprice .otel-tokens/runs/20260820T101500Z-1a2b3c --at 2026-08-21
  otel-tokens reprice spans.jsonl --at 2027-01-01 --json | jq .total

~ marks an estimate, with its reason in the JSON. exit code 1 when not one call could be priced again
"""


@dataclass(slots=True)
class Sum:
    """Calls that have both amounts, in femto-USD."""

    calls: int = 0
    billed: int = 0
    again: int = 0
    estimated: int = 0

    def data(self) -> JSON:
        """For `--json`."""
        return {
            "calls": self.calls, "as_billed": exact.usd(self.billed), "as_of": exact.usd(self.again),
            "difference": exact.usd(self.again - self.billed), "change_percent": changes.percent(self.billed, self.again),
            "estimated_calls": self.estimated,
        }  # fmt: skip


@dataclass(slots=True)
class Repriced:
    """One call: what it was billed, what it would cost, or why that cannot be said."""

    call: recorded.Recorded
    again: int | None
    status: str
    reason: str | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a run directory or OTLP/JSON-lines files")
    parser.add_argument("--at", required=True, metavar="DATE", help="the day or instant whose prices are used")
    parser.add_argument("--json", action="store_true", help="print JSON, with every call")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when nothing could be priced again."""
    sold.settings()
    at = exact.typed(told.at)
    recording = tree.load(told.paths)
    found = [one(call, at) for call in recorded.calls(recording.spans)]
    if not found:
        raise screen.Problem(
            f"no LLM call in {', '.join(map(str, told.paths))}. `otel-tokens run -- python app.py` records some."
        )
    shown = document(found, at)
    shown["broken_lines"] = len(recording.broken)
    if told.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        show(shown, screen.out())
    return int(not shown["total"]["calls"])


def one(call: recorded.Recorded, at: int) -> Repriced:
    """A call at the prices of another time."""
    if call.problem:
        return Repriced(call, None, "unpriced", call.problem)
    cost = price.quote(call.usage, call.served._replace(at=at))
    if not isinstance(cost, Cost):
        return Repriced(call, None, "unpriced", cost.reason)
    doubt = cost.reason or call.doubt
    return Repriced(call, cost.total, "estimated" if doubt else cost.status, doubt)


def document(found: list[Repriced], at: int) -> JSON:
    """Every call, and the sums of those that have both amounts."""
    models: dict[tuple[str, str], Sum] = {}
    total = Sum()
    for each in found:
        if each.again is not None and each.call.billed is not None:
            for sums in (total, models.setdefault((each.call.seller, each.call.model), Sum())):
                sums.calls += 1
                sums.billed += each.call.billed
                sums.again += each.again
                sums.estimated += each.status == "estimated"
    return {
        "version": 1,
        "at": exact.instant(at),
        "total": total.data(),
        "models": [{"seller": seller, "model": model, **sums.data()} for (seller, model), sums in sorted(models.items())],
        "left_out": _left_out(found),
        "calls": [_call(each) for each in found],
    }


def _left_out(found: Iterable[Repriced]) -> list[JSON]:
    """The calls that are in no sum, by model and reason."""
    counted: dict[tuple[str, str, str], int] = {}
    for each in found:
        reason = each.reason or "" if each.again is None else "it was billed no amount" if each.call.billed is None else None
        if reason is not None:
            key = (each.call.seller, each.call.model, reason)
            counted[key] = counted.get(key, 0) + 1
    return [{"seller": seller, "model": model, "reason": why, "calls": calls} for (seller, model, why), calls in counted.items()]


def _call(each: Repriced) -> JSON:
    call = each.call
    return {
        "trace_id": call.span.trace, "span_id": call.span.id, "at": exact.instant(call.span.start), "seller": call.seller,
        "model": call.model, "service_tier": call.served.service_tier or call.served.speed,
        "as_billed": None if call.billed is None else exact.usd(call.billed),
        "as_of": None if each.again is None else exact.usd(each.again), "status": each.status, "reason": each.reason,
    }  # fmt: skip


def show(shown: JSON, console: Console) -> None:
    """By model, for people."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("model", overflow="fold")
    table.add_column("seller", overflow="fold")
    for title in ("calls", "as billed", f"as of {shown['at']}", "change"):
        table.add_column(title, justify="right", no_wrap=True)
    lines = [*shown["models"], {"model": "total", "seller": "", **shown["total"]}]
    for line in lines:
        percent = line["change_percent"]
        mark = "~ " if line["estimated_calls"] else ""
        cells = (line["model"], line["seller"], f"{line['calls']:,}", _money(line["as_billed"]), mark + _money(line["as_of"]))
        table.add_row(*cells, "" if percent is None else f"{percent}%", style="bold" if line is lines[-1] else "")
    console.print(table)
    for left in shown["left_out"]:
        calls = words.plural(left["calls"], "call")
        console.print(Text(f"  {left['model']} at {left['seller']}: {calls} left out: {left['reason']}", style="yellow"))


def _money(usd: str) -> str:
    """The exact amount, shortened for reading."""
    return words.money(int(Decimal(usd) * FEMTO))
