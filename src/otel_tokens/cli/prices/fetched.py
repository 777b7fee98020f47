"""Where new figures come from: genai-prices and LiteLLM, the newest that pip finds or the installed ones.

Of LiteLLM only the JSON is read; genai-prices' data are Python, which a process of its own imports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import otel_tokens
from otel_tokens.cli.screen import Problem
from otel_tokens.importers import litellm

JSON = dict[str, Any]
GENAI, LITELLM = "genai-prices", "litellm"
PIP = ("-P", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
OTHERWISE = """\
→ with both packages installed in this Python: otel-tokens prices refresh --offline
→ with a book that somebody else compiled: otel-tokens prices refresh --from DIRECTORY or URL"""


class Figures(NamedTuple):
    """Where the importers find both packages."""

    path: list[Path]
    """To be searched for genai-prices."""
    litellm: Path
    """LiteLLM's wheel, or the JSON in it."""
    release: str


def newest(room: Path) -> Figures:
    """The newest releases that pip finds wherever it is configured to look; nothing is installed. Raises Problem."""
    if find_spec("pip") is None:
        raise Problem(f"this Python has no pip ({sys.executable}): python -m ensurepip adds it.\n{OTHERWISE}")
    packages, wheels = room / "packages", room / "wheels"
    _pip("install", "--only-binary=:all:", "--target", str(packages), GENAI)
    _pip("download", "--only-binary=:all:", "--no-deps", "--dest", str(wheels), LITELLM)
    (wheel,) = wheels.glob("litellm-*.whl")
    return Figures([packages], wheel, litellm.release(wheel))


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *PIP, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise Problem(f"pip could not get {arguments[-1]}:\n{_tail(done.stderr)}\n{OTHERWISE}")


def installed() -> Figures:
    """The releases in this Python. Raises Problem when one is not there."""
    genai, other = (_distribution(name) for name in (GENAI, LITELLM))
    found = next((file for file in other.files or () if file.as_posix() == litellm.JSON), None)
    where = Path(str(other.locate_file(found or litellm.JSON)))
    if not where.is_file():
        raise Problem(
            f"the installed {LITELLM} {other.version} has no {litellm.JSON}.\n→ otel-tokens prices refresh without --offline"
        )
    return Figures([Path(str(genai.locate_file("")))], where, other.version)


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise Problem(
            f"--offline reads {GENAI} and {LITELLM} of this Python, and {name} is not installed in it ({sys.executable}).\n"
            f"→ pip install {GENAI} {LITELLM}, or leave out --offline, or --from DIRECTORY"
        ) from None


def compiled(found: Figures, sellers: list[str], day: str, keep: Path, out: Path) -> JSON:
    """Runs the importers in a process of their own, which alone sees the packages; what they say. Raises Problem."""
    out.mkdir()
    path = [*found.path, Path(otel_tokens.__file__).parents[1]]
    what = [str(found.litellm), *sellers, "--litellm-version", found.release]
    where = ["--out", str(out), "--keep", str(keep), "--day", day]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "otel_tokens.importers", *what, *where],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise Problem(
            f"this release cannot read these sources: {_tail(done.stderr, 1)}\n"
            "→ pip install --upgrade otel-tokens: a newer release knows their newer form"
        )
    return json.loads(done.stdout)


def _tail(text: str, lines: int = 5) -> str:
    said = [line for line in text.splitlines() if line.strip()]
    return "\n".join(said[-lines:]) or "it did not say why"
