"""How far long work has come: on standard error, and only where a person looks at it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator

from otel_tokens.cli import screen


def step(title: str) -> contextlib.AbstractContextManager[object]:
    """What is being waited for, while it is; silent in a pipe."""
    return screen.err().status(title) if sys.stderr.isatty() else contextlib.nullcontext()


@contextlib.contextmanager
def bar(title: str, total: int) -> Generator[Callable[[int], None]]:
    """Gives a function that is told of every step done. Silent in a pipe, and while standard output is the terminal too."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=screen.err(), transient=True) as shown:
        task = shown.add_task(title, total=total)
        yield lambda done: shown.advance(task, done)
