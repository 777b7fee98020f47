"""Runs beside other instrumentations: one billed call must be counted once, and the user must see what they saw before.

Exit status 1 when any sum of ours is not 1.00 times what was billed, or a result differs.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from beside.judge import Found, Verdict, judge
from beside.unseen import Unseen, judge_unseen
from beside.vendors import VENDORS, Vendor
from venvs import DEPENDENCIES, PROJECT, ROOT, Unavailable, environment, python_of, skipped

ARRANGEMENTS = ("they first", "we first", "launched")
SELLERS = "127.0.0.1=openai,localhost=anthropic"
SHOWN = ("cost", "root cost", "metric cost", "metric tokens", "metric calls")
MINUTES = 5  # for one run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="one arrangement per vendor; what cannot be installed is skipped")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON on standard output")
    parser.add_argument("vendors", nargs="*", help=f"of {', '.join(vendor.name for vendor in VENDORS)}; all without one")
    options = parser.parse_args()
    verdicts: dict[str, dict[str, Verdict]] = {}
    alone: dict[str, Unseen] = {}
    for vendor in VENDORS:
        if not options.vendors or vendor.name in options.vendors:
            verdicts[vendor.name] = beside(vendor, short=options.short)
            alone[vendor.name] = unseen(vendor)
    if options.json:
        document: dict[str, Any] = {name: {how: told(v) for how, v in found.items()} for name, found in verdicts.items()}
        for name, one in alone.items():
            document[name]["unseen"] = dataclasses.asdict(one)
        print(json.dumps(document, indent=1))
    else:
        show(verdicts)
        show_unseen(alone)
    together = [verdict.problems for found in verdicts.values() for verdict in found.values()]
    return 1 if any(together) or any(one.problems for one in alone.values()) else 0


def unseen(vendor: Vendor) -> Unseen:
    """The same calls with our client seams off: only their spans tell of them."""
    try:
        python = python_of("coexistence", vendor.name, (*vendor.requirements, *DEPENDENCIES))
    except Unavailable as error:
        skipped(f"the spans of {vendor.name}", error)
        return Unseen()
    with tempfile.TemporaryDirectory() as directory:
        try:
            return judge_unseen(Runs(vendor, python, Path(directory)).of("unseen"))
        except Failed as error:
            return Unseen(problems=[str(error)])


def beside(vendor: Vendor, *, short: bool) -> dict[str, Verdict]:
    """Every arrangement of one vendor; none where its packages cannot be installed."""
    try:
        python = python_of("coexistence", vendor.name, (*vendor.requirements, *DEPENDENCIES))
    except Unavailable as error:
        skipped(f"coexistence with {vendor.name}", error)
        return {}
    wanted = [how for how in ARRANGEMENTS if vendor.launched or how != "launched"]
    with tempfile.TemporaryDirectory() as directory:
        runs = Runs(vendor, python, Path(directory))
        try:
            bare, ours, theirs = (runs.of(how) for how in ("bare", "ours", "theirs"))
            return {how: judge(runs.of(how), bare, ours, theirs) for how in (wanted[-1:] if short else wanted)}
        except Failed as error:
            return {wanted[-1]: Verdict(problems=[str(error)])}


class Failed(Exception):
    """The program did not come to its end."""


class Runs:
    """Runs the probe in a vendor's environment, with our entry points as an installed distribution has them."""

    def __init__(self, vendor: Vendor, python: Path, home: Path) -> None:
        self.vendor, self.python, self.home = vendor, python, home
        for name, entries in (("otel_tokens", PROJECT["project"]["entry-points"]), ("beside", {
            "opentelemetry_metrics_exporter": {"beside": "beside.collect:Kept"}
        })):  # fmt: skip
            distribution = home / f"{name}-0.dist-info"
            distribution.mkdir()
            (distribution / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n", encoding="utf-8")
            lines = [
                line for group, table in entries.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in table.items()))
            ]
            (distribution / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def of(self, arrangement: str) -> list[Found]:
        file = self.home / f"{arrangement.replace(' ', '-')}.json"
        path = os.pathsep.join(map(str, (self.home, ROOT / "tools", ROOT / "src")))
        variables = environment(
            PYTHONPATH=path, OTEL_TOKENS_SELLERS=SELLERS, OTEL_TRACES_EXPORTER="none", OTEL_LOGS_EXPORTER="none",
            OTEL_METRICS_EXPORTER="beside", OTEL_METRIC_EXPORT_INTERVAL="3600000",
        )  # fmt: skip
        launcher = [str(self.python.parent / "opentelemetry-instrument")] if arrangement == "launched" else []
        command = [*launcher, str(self.python), "-m", "beside.probe", self.vendor.name, arrangement, str(file)]
        done = subprocess.run(
            command, check=False, env=variables, cwd=self.home, capture_output=True, text=True, timeout=MINUTES * 60
        )
        if done.returncode or not file.exists():
            raise Failed(f"the program failed, {arrangement}: {done.stderr[-2000:]}")
        found: list[Found] = json.loads(file.read_text(encoding="utf-8"))
        return found


def told(verdict: Verdict) -> dict[str, Any]:
    return dataclasses.asdict(verdict) | {"ratios": {what: round(verdict.ratio(what), 6) for what in SHOWN}}


def show(verdicts: dict[str, dict[str, Verdict]]) -> None:
    """A table, and below it every call that is not right."""
    columns = ("beside", "arrangement", "calls", *SHOWN, "LLM spans", "theirs / ours", "results they change")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name, found in verdicts.items():
        for how, verdict in found.items():
            ratios = " | ".join(f"{verdict.ratio(what):.2f}×" for what in SHOWN)
            owners = f"{verdict.owners['theirs']} / {verdict.owners['ours']}"
            print(f"| {name} | {how} | {verdict.calls} | {ratios} | {verdict.spans} | {owners} | {verdict.changed} |")
    for name, found in verdicts.items():
        for how, verdict in found.items():
            for problem in verdict.problems:
                print(f"{name}, {how}: {problem}")


def show_unseen(alone: dict[str, Unseen]) -> None:
    """A table of what their spans alone come to."""
    print("\n| only the spans of | calls | priced as billed | no usage on the span | no span of it |\n|---|---|---|---|---|")
    for name, one in alone.items():
        print(f"| {name} | {one.calls} | {one.right} | {one.without_usage} | {one.without_span} |")
    for name, one in alone.items():
        for problem in one.problems:
            print(f"{name}, unseen: {problem}")


if __name__ == "__main__":
    sys.exit(main())
