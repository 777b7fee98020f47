"""The command line: one file per command; exit codes 0 ok, 1 error, 2 usage, 3 budget exceeded."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from otel_tokens.cli import demo, doctor, prices, reprice, run, screen, tree, wiring
from otel_tokens.version import VERSION

COMMANDS = (run, tree, prices, reprice, demo, doctor)
EPILOG = """\
start here:
  otel-tokens demo                     a whole agent run on a loopback server; no key, no network
  otel-tokens run -- python app.py     your own program, and what it cost
  opentelemetry-instrument python app.py   the same numbers on the traces that you send anyway

exit codes: 0 ok, 1 error, 2 wrong usage, 3 budget exceeded; `run` ends with the program's own
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line, for `--help` and the tests."""
    top = argparse.ArgumentParser(
        prog="otel-tokens",
        description="The exact cost of every LLM call, agent, tool and workflow.",
        epilog=EPILOG,
        formatter_class=wiring.PLAIN,
    )
    top.add_argument("--version", action="version", version=f"otel-tokens {VERSION}")
    wiring.commands(top, COMMANDS, "command")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script `otel-tokens`."""
    told = parser().parse_args(arguments)
    try:
        return told.command(told)
    except screen.Problem as problem:
        screen.error(str(problem))
        return 1
    except BrokenPipeError:  # `otel-tokens tree | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
