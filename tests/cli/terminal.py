"""A person at a terminal: starts the real command line in a directory of its own, with a loopback vendor that bills as OpenAI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from otel_tokens.testing.server import Vendor

BIN = Path(sys.executable).parent
ASK = """
from openai import OpenAI
def ask(model="gpt-4o-mini", **more):
    return OpenAI(max_retries=0).chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}], **more)
"""


class Terminal:
    """`otel(...)` runs the command line; `program(...)` writes `app.py`, which has `ask()`; `vendor.billed` is the bill."""

    def __init__(self, directory: Path, vendor: Vendor) -> None:
        self.directory, self.vendor = directory, vendor
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OTEL_", "OPENAI_", "ANTHROPIC_", "COLUMNS"))
        }
        self.environ = clean | {
            "PATH": f"{BIN}{os.pathsep}{clean.get('PATH', '')}",
            "OPENAI_API_KEY": "none",
            "OPENAI_BASE_URL": vendor.url + "/v1",
            "OTEL_TOKENS_SELLERS": vendor.url.removeprefix("http://") + "=openai",
            "PYTHONWARNINGS": "",
        }

    def program(self, code: str, name: str = "app.py") -> Path:
        path = self.directory / name
        path.write_text(ASK + code, encoding="utf-8")
        return path

    def otel(self, *arguments: str, text: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "otel_tokens.cli", *arguments]
        return subprocess.run(
            command,
            cwd=self.directory,
            env=self.environ | environ,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def runs(self) -> list[Path]:
        return sorted((self.directory / ".otel-tokens" / "runs").glob("*"))

    def tree(self) -> dict[str, Any]:
        """The newest run as data."""
        done = self.otel("tree", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def names(node: dict[str, Any]) -> Any:
    """A tree of `kind name` with counts, for comparing shapes."""
    title = f"{node['kind']} {node['name']}" + (f" × {node['count']}" if node["count"] > 1 else "")
    children = [names(child) for child in node["children"]]
    return {title: children} if children else title
