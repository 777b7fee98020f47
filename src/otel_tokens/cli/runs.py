"""Where runs are kept: `.otel-tokens/runs/<time>-<id>` below the current directory, or `$OTEL_TOKENS_RUNS`; for 30 days."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from otel_tokens.cli.screen import Problem

ROOT = "OTEL_TOKENS_RUNS"
DAYS = "OTEL_TOKENS_RUNS_DAYS"
KEPT_DAYS = 30
DEMO = "-demo"
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}(-demo)?")


def root() -> Path:
    """The directory of all runs."""
    return Path(os.environ.get(ROOT) or Path(".otel-tokens") / "runs")


def create(where: Path | None = None, suffix: str = "") -> Path:
    """A new run's directory, absolute; in the default place git is told to leave it alone."""
    try:
        if where is not None:
            where.mkdir(parents=True, exist_ok=True)
            return where.resolve()
        home = root()
        home.mkdir(parents=True, exist_ok=True)
        if ROOT not in os.environ and not (home.parent / ".gitignore").exists():
            (home.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        run = home / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}{suffix}"
        run.mkdir()
        return run.resolve()
    except OSError as error:
        raise Problem(
            f"cannot write to {error.filename}: {error.strerror}. Name another place with --out DIR, or use --no-keep."
        ) from None


def newest(*, demo: bool = True) -> Path | None:
    """The latest run that is kept."""
    runs = [run for run in _all() if demo or not run.name.endswith(DEMO)]
    return runs[-1] if runs else None


def forget(days: float) -> int:
    """Removes the runs that are older than so many days; how many. 0 days keeps them for ever."""
    limit = time.time() - days * 86400
    old = [run for run in _all() if days and run.stat().st_mtime < limit]
    for run in old:
        shutil.rmtree(run, ignore_errors=True)
    return len(old)


def days() -> float:
    """For how long runs are kept."""
    text = os.environ.get(DAYS, "")
    try:
        return float(text) if text else KEPT_DAYS
    except ValueError:
        raise Problem(f"{DAYS}={text!r} is not a number of days. Say one, or 0 to keep runs for ever.") from None


def _all() -> list[Path]:
    home = root()
    return sorted(run for run in home.iterdir() if NAME.fullmatch(run.name) and run.is_dir()) if home.is_dir() else []
