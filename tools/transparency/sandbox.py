"""A cached environment per SDK version, outside the tree: the SDK's source distribution, its test requirements, ours."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOT_FOR_TESTS = re.compile(r"(pyright|mypy|ty|ruff|nox|types-.*|.*-stubs)\b(?!-)")


@dataclass(frozen=True)
class Sandbox:
    """`home` holds the unpacked source distribution and the environment it is installed in."""

    sdk: str
    version: str
    home: Path

    @property
    def source(self) -> Path:
        return self.home / f"{self.sdk}-{self.version}"

    @property
    def python(self) -> Path:
        return self.home / "venv" / "bin" / "python"


def prepare(sdk: str, version: str) -> Sandbox:
    """The sandbox from the cache, made new when the requirements have changed."""
    sandbox = Sandbox(sdk, version, cache() / f"{sdk}-{version}")
    if not sandbox.source.exists():
        fetch(sandbox)
    wanted = requirements(declared(sandbox.source), declared(ROOT))
    key, stamp = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest(), sandbox.home / "key"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != key:
        shutil.rmtree(sandbox.home / "venv", ignore_errors=True)
        run(sys.executable, "-m", "venv", str(sandbox.home / "venv"))
        run(str(sandbox.python), "-m", "pip", "install", "-q", "-e", str(sandbox.source), *wanted)
        stamp.write_text(key, encoding="utf-8")
    return sandbox


def cache() -> Path:
    return Path(os.environ.get("OTEL_TOKENS_CACHE") or "~/.cache/otel-tokens").expanduser() / "transparency"


def fetch(sandbox: Sandbox) -> None:
    sandbox.home.mkdir(parents=True, exist_ok=True)
    wanted = f"{sandbox.sdk}=={sandbox.version}"
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", sandbox.sdk, "-d", str(sandbox.home), wanted)
    with tarfile.open(next(sandbox.home.glob("*.tar.gz"))) as archive:
        archive.extractall(sandbox.home, filter="data")


def declared(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(project: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """What the SDK's suite needs, from every optional part and its development group, and what we need."""
    parts: list[list[str]] = list(project["project"].get("optional-dependencies", {}).values())
    parts.append(project.get("dependency-groups", {}).get("dev", []))
    parts.append(project.get("tool", {}).get("rye", {}).get("dev-dependencies", []))
    wanted = {name for part in parts for name in part if not NOT_FOR_TESTS.match(name)}
    return sorted(wanted | {"pytest-xdist", *ours["project"]["dependencies"]})


def run(*command: str) -> None:
    subprocess.run(command, check=True)
