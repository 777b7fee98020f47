"""Puts a book where calls find it, so that whoever looks sees the old one or the whole new one, at any moment.

The files go into a folder of their own; then one rename of the index, which names that folder, puts all of them in force. A
program that still has the old index goes on reading the old folder, so that one stays until the next time.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from pathlib import Path

from otel_tokens.cli.screen import Problem
from otel_tokens.price.book import INDEX

LEFT_OVER = 3600.0
"""Seconds after which a folder that no index names is from somebody who did not come to an end."""


def put(book: Path, at: Path) -> None:
    """The book in `book` (index and files) becomes the one in `at`. Raises Problem; then the old one is in force."""
    try:
        before = _named(at)
        folder = _files(book, at)
        _commit(book, at, folder)
    except OSError as error:
        raise Problem(
            f"cannot write {error.filename or at}: {error.strerror}. The book in force is the one that it was."
        ) from None
    with contextlib.suppress(OSError):
        _clear(at, {before, folder.name})


def _named(at: Path) -> str:
    """The folder that is in force now; empty when there is none, or nobody could read it anyway."""
    try:
        return str(json.loads((at / INDEX).read_bytes()).get("folder", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _files(book: Path, at: Path) -> Path:
    at.mkdir(parents=True, exist_ok=True)
    version = json.loads((book / INDEX).read_bytes())["version"]
    folder = at / f"{version}-{secrets.token_hex(4)}"
    folder.mkdir()
    for file in sorted(book.glob("*.json")):
        if file.name != INDEX:
            _write(folder / file.name, file.read_bytes())
    _settle(folder)
    return folder


def _commit(book: Path, at: Path, folder: Path) -> None:
    index = {**json.loads((book / INDEX).read_bytes()), "folder": folder.name}
    beside = folder / INDEX
    _write(beside, (json.dumps(index, indent=1) + "\n").encode())
    beside.replace(at / INDEX)
    _settle(at)


def _write(path: Path, text: bytes) -> None:
    with path.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """The names in a folder survive a loss of power too, where a system can promise that."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _clear(at: Path, kept: set[str]) -> None:
    for folder in at.iterdir():
        if folder.name not in kept and folder.is_dir() and time.time() - folder.stat().st_mtime > LEFT_OVER:
            shutil.rmtree(folder, ignore_errors=True)
    for file in at.glob("*.json") if "" not in kept else ():
        if file.name != INDEX:
            file.unlink()  # a book that lay there flat, two refreshes ago
