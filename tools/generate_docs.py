"""Writes what the docs say from what the code says: settings into README.md, docs/attributes.md, and the tree of the demo.

Without arguments it writes; with `--check` it fails where a committed file differs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from otel_tokens import config, semconv

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
ATTRIBUTES = ROOT / "docs" / "attributes.md"
MEANINGS = ROOT / "tools" / "meanings.toml"
WIDTH = "104"
PARTS = "{input,cache_read,cache_write,output,reasoning,audio,image,tool,request}"
HEAD = "<!-- Made by tools/generate_docs.py from src/otel_tokens/semconv.py: change that, then run it again. -->\n"
GROUPS = {
    "Conventions": "OpenTelemetry's own names, as its GenAI conventions say",
    "Calls": "on spans of calls",
    "Steps and local roots": "on workflows, agents, tools and on the local root of every trace",
}


def main() -> int:
    """0 when all is as it should be."""
    readme = README.read_text(encoding="utf-8")
    readme = between(readme, "settings", config.table().strip())
    readme = between(readme, "demo", f"```text\n{demo()}\n```")
    wanted = {README: readme, ATTRIBUTES: attributes()}
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not what tools/generate_docs.py writes: run it", file=sys.stderr)
        return int(bool(wrong))
    for path in wrong:
        path.write_text(wanted[path], encoding="utf-8")
    return 0


def between(text: str, name: str, new: str) -> str:
    """The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    assert begin in text, f"README.md has no {begin}"
    assert end in text, f"README.md has no {end}"
    return text[: text.index(begin) + len(begin)] + "\n" + new + "\n" + text[text.index(end) :]


def demo() -> str:
    """The tree that `otel-tokens demo` ends in, without the lines that name this machine."""
    with tempfile.TemporaryDirectory() as where:
        command = [sys.executable, "-m", "otel_tokens.cli", "demo", "--out", where]
        environ = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1"}
        environ.pop("FORCE_COLOR", None)
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith("the spans"))]).strip("\n")


def attributes() -> str:
    """docs/attributes.md."""
    parts = [HEAD, "# Attributes and metrics\n", "Money is USD and always a float; counts are integers.\n"]
    meanings = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    group, rows = "", dict[str, list[str]]()
    for line in (ROOT / "src" / "otel_tokens" / "semconv.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            group = line[2:].strip()
        found = re.match(r'[A-Z_]+: Final = "([a-z][\w.]+\.[\w.]*)"', line)
        if found and group in GROUPS:
            name = found[1] + (PARTS if found[1].endswith(".") else "")
            rows.setdefault(group, []).append(f"| `{name}` | {meanings.get(found[1], '')} |")
    for name, about in GROUPS.items():
        parts += [f"## {name}\n", f"{about[0].upper()}{about[1:]}.\n", "| attribute | meaning |", "|---|---|", *rows[name], ""]
    parts += ["## Metrics\n", "| metric | unit | what | labels |", "|---|---|---|---|"]
    for metric in vars(semconv).values():
        if isinstance(metric, semconv.Metric):
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            parts.append(f"| `{metric.name}` | {metric.unit} | {metric.description} | {labels or '–'} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
