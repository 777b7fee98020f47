"""`otel-tokens tree`: the cost tree of what was recorded."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console

from otel_tokens import price
from otel_tokens.cli import runs, screen
from otel_tokens.config import Config
from otel_tokens.report import data, foreign, render
from otel_tokens.report.read import Recording, read
from otel_tokens.report.tree import forest

HELP = "print the cost tree of a recorded run, or of any OTLP/JSON-lines files"
DESCRIPTION = """\
Prints what a recorded run cost: workflow → agent → tool → call, with direct and inclusive cost.

  cost     inclusive: everything below, in all processes      ≥  a lower bound: something is unpriced
  direct   the calls of this step itself                      ~  something is estimated
  cached   share of the input read from a cache               ?  nothing could be priced
"""
EPILOG = """\
examples:
  otel-tokens tree                           the newest run of `otel-tokens run` in this directory
  otel-tokens tree .otel-tokens/runs/2026…   one run
  otel-tokens tree spans.jsonl other.jsonl   what a Collector's file exporter wrote
  otel-tokens tree --json | jq .total.cost_usd
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|DIR", help="files or run directories; none: the newest run")
    parser.add_argument("--json", action="store_true", help="print the tree as one JSON document")
    parser.add_argument("--expand", action="store_true", help="show equal siblings one by one")


def main(told: argparse.Namespace) -> int:
    """Exit code 0; 1 when there is nothing to show."""
    paths: list[Path] = told.paths
    if not paths:
        newest = runs.newest()
        if newest is None:
            raise screen.Problem(f"no run is kept in {runs.root()}. Make one: otel-tokens run -- python app.py")
        paths = [newest]
    recording = load(paths)
    if not recording.spans:
        raise screen.Problem(f"no spans in {', '.join(map(str, paths))}. `otel-tokens run -- python app.py` records some.")
    show(recording, screen.out(), as_json=told.json, collapse=not told.expand)
    return 0


def load(paths: list[Path]) -> Recording:
    """Reads, prices the calls that others recorded, and says which path cannot be read."""
    try:
        recording = read(paths)
    except OSError as error:
        raise screen.Problem(
            f"cannot read {error.filename}: {error.strerror}. Name a run directory or an OTLP/JSON-lines file."
        ) from None
    recording.spans = foreign.adopted(recording.spans, settings)
    return recording


def settings() -> None:
    """The environment's sellers and price files, for calls that are priced only now; what is wrong with them is said."""
    config = Config.from_env()
    for host, seller in config.sellers:
        price.sellers.assign(host, seller)
    for problem in (*config.problems, *price.shelf.use(config.price_order, config.prices or None).problems):
        screen.note(problem)


def show(recording: Recording, console: Console, *, as_json: bool = False, collapse: bool = True) -> None:
    """Prints one recording, as a tree or as one line of JSON."""
    roots = forest(recording.spans, collapse=collapse)
    if as_json:
        print(json.dumps(data.document(recording, roots), ensure_ascii=False), flush=True)
    elif roots:
        console.print(render.tree(roots, console.width))
    else:
        console.print(f"{len(recording.spans)} spans, and no LLM call among them.")
    if recording.broken:
        first = ", ".join(recording.broken[:3])
        screen.note(
            f"{len(recording.broken)} broken or half-written lines were left out ({first}); what they held is not in the sums."
        )
