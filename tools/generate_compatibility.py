"""Writes the tables of docs/compatibility.md from what `make matrix` and `make coexistence` try.

Without arguments it writes; with `--check` it fails where the committed file differs.
"""

import sys
from pathlib import Path

from beside.vendors import VENDORS
from generate_docs import between
from versions import PAIRS

from otel_tokens.providers import PROVIDERS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "compatibility.md"


def main() -> int:
    """0 when all is as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    wanted = between(between(text, "versions", versions()), "beside", beside())
    if "--check" in sys.argv and text != wanted:
        print("docs/compatibility.md is not what tools/generate_compatibility.py writes: run it", file=sys.stderr)
        return 1
    if text != wanted:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


def versions() -> str:
    """Each version once, oldest first, with what it stands for."""
    lines = ["| library | supported | tried |", "|---|---|---|"]
    for provider in PROVIDERS:
        found = (pair.tried.get(provider.package) for pair in PAIRS)
        tried = {one.version: one.why for one in found if one is not None}
        oldest_first = sorted(tried, key=lambda version: [int(part) for part in version.split(".")])
        lines.append(f"| {provider.package} | `{provider.versions}` | {', '.join(f'{v} ({tried[v]})' for v in oldest_first)} |")
    return "\n".join(lines)


def beside() -> str:
    """What is installed together."""
    lines = ["| beside | tried with |", "|---|---|"]
    for vendor in VENDORS:
        sdks = [pin.replace("==", " ") for pin in vendor.requirements if pin.startswith(("openai==", "anthropic=="))]
        theirs = [pin.replace("==", " ") for pin in vendor.requirements if "instrumentation-" in pin or pin.startswith("openlit")]
        lines.append(f"| {', '.join(theirs)} | {', '.join(sdks)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
