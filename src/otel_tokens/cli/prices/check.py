"""`otel-tokens prices check`: whether the price book is fresh and whole, for a CI that should fail when it is not."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from otel_tokens import price
from otel_tokens.cli import screen
from otel_tokens.cli.prices import rows
from otel_tokens.price import book as bundle
from otel_tokens.price import shelf
from otel_tokens.report.words import plural

DAYS = 30
HELP = "fail when the price book is old or altered"
DESCRIPTION = """\
Looks at the price books that are in force: how long ago their facts were checked, whether every file is the one that was written,
and whether your own price file can be read.
"""
EPILOG = """\
examples:
  otel-tokens prices check                    in CI, once a day
  otel-tokens prices check --max-age 7 --json

exit code 1 when the book is older than that, a file is not what it should be, or your own prices cannot be read
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--max-age", type=float, default=DAYS, metavar="DAYS", help=f"how old it may be (default {DAYS})")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when something is wrong."""
    found = checked(told.max_age)
    if told.json:
        print(json.dumps(found, ensure_ascii=False))
        return int(not found["ok"])
    console = screen.out()
    age = plural(int(found["age_days"]), "day")
    console.print(f"price book {found['price_version']} ({found['origin']}), {age} old, {plural(found['sellers'], 'seller')}")
    for problem in found["problems"]:
        screen.error(f"{problem['problem']}\n→ {problem['fix']}")
    if found["ok"]:
        console.print("fresh and whole")
    return int(not found["ok"])


def checked(most: float) -> dict[str, Any]:
    """What is wrong with the books in force, and what to do about each."""
    dates = price.timestamps()
    origin = "refreshed" if "refreshed" in dates else "bundled"
    now, age = shelf.state(), (time.time() - dates[origin]) / 86_400
    problems = [{"problem": one, "fix": "repair the file, or unset what names it"} for one in now.problems]
    newer = "run otel-tokens prices refresh, or pip install --upgrade otel-tokens"
    if age > most:
        problems.append({"problem": f"the price book is {int(age)} days old, more than {most:g}", "fix": newer})
    for folder, fix in ((bundle.PRICES, "pip install --force-reinstall otel-tokens"), (shelf.folder(), newer)):
        if folder == bundle.PRICES or "refreshed" in dates:
            problems += [
                {"problem": f"{folder / name} is not the file that was written", "fix": fix} for name in rows.altered(folder)
            ]
    return {
        "version": 1,
        "ok": not problems,
        "price_version": now.refreshed.version if now.refreshed and origin == "refreshed" else price.version(),
        "origin": origin,
        "age_days": round(age, 1),
        "max_age_days": most,
        "sellers": len(price.sellers_known()),
        "problems": problems,
    }
