"""`otel-tokens run`: any program, and what it cost, with no server and no configuration."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from otel_tokens import _pre
from otel_tokens.cli import launch, runs, screen, tree
from otel_tokens.report import words
from otel_tokens.report.read import Recording
from otel_tokens.report.sums import unseen
from otel_tokens.report.totals import FEMTO
from otel_tokens.report.tree import forest, grand_total

SENDER = "opentelemetry-instrument"
HELP = "run a program and print what its LLM calls cost"
DESCRIPTION = """\
Runs a program unchanged, watches its LLM calls and prints the cost tree when it ends: to standard error, over all
Python processes that it started. No server, no configuration; nothing leaves this machine but the program's own requests.
"""
EPILOG = """\
examples:
  otel-tokens run -- python app.py --its --own --options
  otel-tokens run -m package.module
  otel-tokens run --budget 2.00 -- pytest tests/evals
  otel-tokens run --json -- python app.py | tail -n 1 | jq .total.cost_usd
  otel-tokens run -- opentelemetry-instrument python app.py    also sends where your OTEL_* settings say

The program's output, input, signals and exit code are its own. With --budget the exit code is 3 when the program itself
returned 0 and cost more.

Spans and metrics are kept as OTLP/JSON lines in .otel-tokens/runs/<time>-<id>/ (elsewhere: OTEL_TOKENS_RUNS=DIR) for 30
days (OTEL_TOKENS_RUNS_DAYS=N, 0 = for ever). --no-keep keeps nothing. They hold no prompts and no answers.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.usage = (
        "otel-tokens run [--json] [--budget USD] [--out DIR | --no-keep] [--] COMMAND …\n       otel-tokens run […] -m MODULE …"
    )
    parser.add_argument(
        "--json", action="store_true", help="instead of the tree, one line of JSON on standard output, after the program's own"
    )
    parser.add_argument(
        "--budget", type=_usd, metavar="USD", help="exit with 3 if the program returned 0 and cost more than this"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, metavar="DIR", help="keep the run's files in this directory")
    where.add_argument("--no-keep", action="store_true", help="remove the run's files at the end")
    parser.add_argument("--keep-days", type=float, metavar="N", help="remove runs older than this first (default 30, 0 = never)")
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, metavar="MODULE …", help="run a module with this Python")
    parser.add_argument(
        "-c", dest="code", nargs=argparse.REMAINDER, metavar="CODE …", help="run a line of Python with this Python"
    )
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, metavar="COMMAND …", help="the program, as you would start it without us"
    )


def main(told: argparse.Namespace) -> int:
    """The program's exit code; 3 when it returned 0 and cost more than its budget."""
    command = _command(told)
    with _directory(told) as run:
        code = launch.launch(command, launch.environment(run))
        recording, unwatched = tree.load([run]), _unwatched(run)
        if recording.spans:
            tree.show(recording, screen.out() if told.json else screen.err(), as_json=told.json)
            if not told.no_keep:
                _where(run, told.out)
        else:
            _nothing(recording, unwatched, as_json=told.json)
        _also(command)
        hidden = unseen(run, recording)
        if hidden:
            screen.note(
                f"{words.money(hidden)} more is in the metrics and on no recorded span: the program's own sampler left it out."
            )
        over = told.budget is not None and _over(recording, hidden, told.budget)
    return 3 if over and code == 0 else launch.end(code)


def _command(told: argparse.Namespace) -> list[str]:
    import sys

    if told.module or told.code:
        return [sys.executable, "-m" if told.module else "-c", *(told.module or told.code)]
    program: list[str] = told.program[1:] if told.program[:1] == ["--"] else told.program
    if not program:
        screen.error("say what to run: otel-tokens run -- python app.py")
        raise SystemExit(2)
    return launch.words(program)


@contextlib.contextmanager
def _directory(told: argparse.Namespace) -> Generator[Path]:
    if told.no_keep:
        with tempfile.TemporaryDirectory(prefix="otel-tokens-") as made:
            yield Path(made)
        return
    runs.forget(runs.days() if told.keep_days is None else told.keep_days)
    run = runs.create(told.out)
    yield run
    with contextlib.suppress(OSError):
        run.rmdir()  # only when the program left nothing in it


def _where(run: Path, out: Path | None) -> None:
    here = Path(os.path.relpath(run))
    shown = run if str(here).startswith("..") else here
    again = "otel-tokens tree" if out is None else f"otel-tokens tree {shown}"
    screen.note(f"kept in {shown} · again: {again}")


def _unwatched(run: Path) -> list[str]:
    """The Pythons that the hook could not watch, as it noted; the notes are removed."""
    notes = list(run.glob("unwatched-*"))
    found = sorted({note.read_text(encoding="utf-8") for note in notes})
    for note in notes:
        note.unlink()
    return found


def _nothing(recording: Recording, unwatched: list[str], *, as_json: bool) -> None:
    """No call was seen: why that may be, and what to do."""
    if as_json:
        tree.show(recording, screen.out(), as_json=True)
    if _pre.disabled():
        screen.note(
            "no LLM call was watched: OTEL_SDK_DISABLED, OTEL_TOKENS_DISABLED or OTEL_PYTHON_DISABLED_INSTRUMENTATIONS says so."
        )
    elif unwatched:
        python = unwatched[0]
        fix = f"Install it there: {python} -m pip install otel-tokens"
        screen.note(f"no LLM call was watched: the program ran with {python}, which has no otel-tokens. {fix}")
    else:
        screen.note("no LLM call was seen. If there should be some: otel-tokens doctor")


def _also(command: list[str]) -> None:
    endpoint = next((name for name in os.environ if name.startswith("OTEL_EXPORTER_OTLP") and name.endswith("ENDPOINT")), None)
    has = any(Path(word).name == SENDER for word in command)
    if endpoint and not has and shutil.which(SENDER):
        screen.note(f"{endpoint} is set, but `run` writes files only. To send as well: otel-tokens run -- {SENDER} COMMAND …")


def _over(recording: Recording, hidden: int, budget: float) -> bool:
    total = grand_total(forest(recording.spans))
    total.cost += hidden
    if total.unpriced:
        screen.note(
            f"{words.plural(sum(total.unpriced.values()), 'call')} could not be priced, so the budget may be exceeded unseen."
        )
    over = total.cost > round(budget * FEMTO)
    if over:
        screen.error(f"over budget: {words.money(total.cost)} is more than {words.money(round(budget * FEMTO))}.")
    return over


def _usd(text: str) -> float:
    value = float(text.removeprefix("$"))
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value
