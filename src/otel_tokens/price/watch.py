"""Looks at the user's price files on a timer, never in a call: a change is in force within half a minute, a broken one never."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from otel_tokens import guard

from . import shelf

EVERY_SECONDS = 30.0
STAGE = "price files"
log = logging.getLogger("otel_tokens")

_seen: dict[Path, tuple[int, int] | None] = {}
_told: set[str] = set()
_ended = threading.Event()
"""Set when the thread should end, or there is none; each thread has its own."""
_ended.set()


def start(order: tuple[str, ...], path: str) -> None:
    """Puts the user's books in force and, where there are any, a thread that keeps looking at their files.

    A program of somebody who has neither an overlay nor a refreshed book gets no thread: the first refresh is seen by the
    programs that start after it.
    """
    shelf.use(order, path or None)
    _tell()
    _changed()
    if (path or any(_seen.values())) and _ended.is_set():
        _spawn()


def stop() -> None:
    """Ends the thread; what is in force stays."""
    _ended.set()


def _spawn() -> None:
    global _ended  # noqa: PLW0603 - the thread is the process's, like the books
    _ended = threading.Event()
    threading.Thread(target=_watch, args=(_ended,), name="otel-tokens prices", daemon=True).start()


def _watch(ended: threading.Event) -> None:
    while not ended.wait(EVERY_SECONDS):
        check()


@guard.shield(STAGE)
def check() -> None:
    """One look: what changed since the last one is read again."""
    if _changed():
        shelf.look()
        _tell()


def _changed() -> bool:
    now = {file: _facts(file) for file in shelf.files()}
    changed = now != _seen
    _seen.clear()
    _seen.update(now)
    return changed


def _facts(file: Path) -> tuple[int, int] | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def _tell() -> None:
    """A problem is counted at every failed reading and logged once."""
    for problem in shelf.state().problems:
        guard.errors[STAGE] += 1
        if problem not in _told:
            _told.add(problem)
            log.warning("otel-tokens: %s", problem)


def _after_fork() -> None:
    """A child has no threads of its parent's."""
    if not _ended.is_set():
        _spawn()


os.register_at_fork(after_in_child=_after_fork)
