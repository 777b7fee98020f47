"""Cached virtual environments outside the tree: what other versions and other packages are tried in."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DEPENDENCIES: list[str] = PROJECT["project"]["dependencies"]
STAMP = "installed.txt"


# LiteLLM alone: its own requirements ask for a certifi newer than some indexes have, and its prices need no certificate.
PRICE_PEERS = (
    "genai-prices==0.2.3", "aiohttp", "boto3", "click", "fastuuid", "filelock", "httpx[http2]<1", "huggingface-hub<2",
    "importlib-metadata<9", "jinja2", "jsonschema", "openai<4", "packaging", "pydantic<3", "pydantic-settings", "python-dotenv",
    "pyyaml", "tiktoken", "tokenizers", "typing-extensions",
)  # fmt: skip
PRICE_PEERS_ALONE = ("litellm==1.109.1",)


class Unavailable(Exception):
    """The environment cannot be made here: no registry in reach, or versions that do not go together."""


def python_of(kind: str, name: str, requirements: Sequence[str], alone: Sequence[str] = ()) -> Path:
    """The interpreter of a virtual environment with exactly these requirements: from the cache, else made now.

    `alone` are installed without what they depend on. Our own code is not installed: a run puts `src` on PYTHONPATH.
    Raises Unavailable.
    """
    key = hashlib.sha256("\n".join([sys.version, *requirements, *alone]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("OTEL_TOKENS_CACHE") or "~/.cache/otel-tokens").expanduser()
    home = cache / kind / f"{name}-{key}"
    python = home / "bin" / "python"
    if not (home / STAMP).exists():
        print(f"  making the environment {home.name}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(home))
        install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*install, *requirements)
        if alone:
            _run(*install, "--no-deps", *alone)
        (home / STAMP).write_text(_run(str(python), "-m", "pip", "list", "--format=freeze"), encoding="utf-8")
    return python


def price_peers() -> Path:
    """An interpreter that has genai-prices and LiteLLM, to be asked what they think. Raises Unavailable."""
    return python_of("prices", "peers", PRICE_PEERS, PRICE_PEERS_ALONE)


def installed(python: Path) -> dict[str, str]:
    """Distribution name → version, as they were when the environment was made."""
    lines = (python.parents[1] / STAMP).read_text(encoding="utf-8").splitlines()
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would change how an SDK, OpenTelemetry or Python behaves in a child."""
    left_out = ("OPENAI", "ANTHROPIC", "AZURE", "AWS", "GOOGLE", "OTEL_", "PYTHON", "PYTEST", "TRACELOOP", "OPENLIT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out) and "proxy" not in name.lower()}
    return kept | more


def skipped(what: str, why: object) -> None:
    """Says what was left out, to the person and to `make check`."""
    note = f"{what}: {why}"
    print(f"skipped {note}", file=sys.stderr, flush=True)
    if "OTEL_TOKENS_SKIPPED" in os.environ:
        with Path(os.environ["OTEL_TOKENS_SKIPPED"]).open("a", encoding="utf-8") as file:
            file.write(note + "\n")


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        said = (
            [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines() or ["no reason"]
        )
        raise Unavailable(said[-1])
    return done.stdout
