"""Consoles, and errors that say what to do next."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

PLAIN_WIDTH = 120
"""Where nobody says how wide the output is: a file, a pipe, a log of CI."""


class Problem(Exception):
    """Something that a person can repair; its text says how."""


def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error: for what is told about a program, whose standard output is its own."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """Rich itself honours NO_COLOR, FORCE_COLOR and COLUMNS."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PLAIN_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False, legacy_windows=False)


def error(text: str) -> None:
    """`otel-tokens: …` on standard error."""
    err().print(Text.assemble(("otel-tokens: ", "bold red"), text))


def note(text: str) -> None:
    """A remark on standard error."""
    err().print(Text.assemble(("otel-tokens: ", "dim"), text))
