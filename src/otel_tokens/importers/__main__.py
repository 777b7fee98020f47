"""Compiles price files from the genai-prices that this Python finds and from LiteLLM's wheel or JSON.

    python -m otel_tokens.importers litellm-*.whl [SELLER …]

writes the files of the release, with a report of every disagreement for a person to read, and fails at whatever it cannot read.
With `--keep`, as `otel-tokens prices refresh` runs it, what cannot be read is left out and the seller's file in that folder is
kept; then the outcome is one JSON object on standard output.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from otel_tokens.importers import compiler, coverage, genai, litellm, report, rulings, sources, write
from otel_tokens.importers.trouble import Trouble
from otel_tokens.price.book import PRICES


def main() -> None:
    """The whole of it."""
    told = _told()
    config, trouble = rulings.load("sellers"), Trouble(strict=told.keep is None)
    found = sources.read(genai.installed(), litellm.text(told.litellm), trouble)
    releases = {"genai-prices": _release("genai-prices"), "litellm": told.litellm_version or litellm.release(told.litellm)}
    day = told.day or config["version"]
    by = f"otel-tokens prices refresh, {day}" if told.keep else write.GENERATED
    job = compiler.Job(told.out, day, releases, frozenset(told.sellers), by, told.keep)
    made = compiler.run(job, found, trouble)
    if told.keep:
        print(json.dumps({"sources": releases, "models": made.models, "kept": made.kept, "notes": trouble.notes}))
        return
    lines = [] if told.sellers else coverage.lines(found, config, told.out)
    print("\n".join(report.write(made.reports, lines, told.report)))
    size = sum(path.stat().st_size for path in told.out.glob("*.json"))
    print(f"{len(made.models)} files, {sum(made.models.values())} models; all files {size / 1e6:.2f} MB")


def _told() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m otel_tokens.importers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("litellm", type=Path, help="LiteLLM's wheel, or the price JSON in it")
    parser.add_argument("sellers", nargs="*", metavar="SELLER", help="write only their files")
    parser.add_argument("--out", type=Path, default=PRICES, help="the folder to write (default: this package's)")
    parser.add_argument("--keep", type=Path, help="the folder whose files stay where a seller cannot be compiled")
    parser.add_argument("--day", help="the version of the files (default: the day in rulings/sellers.toml)")
    parser.add_argument("--litellm-version", help="which release the JSON is of")
    parser.add_argument("--report", type=Path, default=Path("build/prices.md"), help="what a person should read")
    return parser.parse_args()


def _release(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # its files alone are on the path
        return ""


if __name__ == "__main__":
    main()
