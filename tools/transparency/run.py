"""Runs an SDK's own test suite twice, bare and with us, and compares test by test.

`make transparency ARGS="--sdk openai==3.54.0"`. Exit status 1 when a test fails with us that passes bare, or when there was
nothing to compare.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from by_design import split
from compare import Outcomes, compare, suspects
from sandbox import ROOT, Sandbox, prepare

NEWEST = ("openai==3.54.0", "anthropic==2.12.0")
OLDER = ("openai==1.109.1", "openai==2.54.0", "anthropic==0.125.0", "anthropic==1.17.0")
SHORT = re.compile(r"/test_(completions|responses|embeddings|messages|streaming|response|legacy_response)\.py$")
INSIDE = Path(__file__).parent / "inside"
NOT_INHERITED = re.compile(r"(OPENAI|ANTHROPIC|AWS|AZURE|GOOGLE|OTEL|PYTEST|PYTHON)|.*_PROXY$", re.IGNORECASE)
MINUTES = 40  # for one run of one suite


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdk", action="append", help="name==version instead of the newest ones; may be repeated")
    parser.add_argument("--long", action="store_true", help="older lines of the SDKs too")
    parser.add_argument("--short", action="store_true", help="only what calls models; no registry in reach: skipped")
    parser.add_argument("--bare", action="store_true", help="only count what passes without us")
    parser.add_argument("--json", action="store_true", help="print the results as JSON on standard output")
    parser.add_argument("--workers", default="2", help="processes at a time")
    parser.add_argument("tests", nargs="*", help="only these, as paths inside the SDK's source distribution")
    options = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    for sdk in options.sdk or (*NEWEST, *(OLDER if options.long else ())):
        sandbox = ready(sdk, forgiving=options.short)
        if sandbox:
            results[sdk] = both_ways(sandbox, options)
            report(sdk, results[sdk])
    if options.json:
        print(json.dumps(results, indent=1))
    return 1 if any(found["newly_failing"] or not found["bare"]["passed"] or found["empty"] for found in results.values()) else 0


def ready(sdk: str, *, forgiving: bool) -> Sandbox | None:
    say(f"{sdk}: environment")
    try:
        return prepare(*sdk.split("=="))
    except subprocess.CalledProcessError as error:
        if not forgiving:
            raise
        note = f"transparency: no environment for {sdk} ({error.cmd[3]} failed: is a package registry in reach?)"
        say(note)
        if "OTEL_TOKENS_SKIPPED" in os.environ:
            with Path(os.environ["OTEL_TOKENS_SKIPPED"]).open("a", encoding="utf-8") as skipped:
                skipped.write(note + "\n")
        return None


def both_ways(sandbox: Sandbox, options: argparse.Namespace) -> dict[str, Any]:
    """The suite bare, with us, and what then fails with us only once more, both ways."""
    files = [str(path.relative_to(sandbox.source)) for path in sorted(sandbox.source.glob("tests/**/test_*.py"))]
    tests = options.tests or ([path for path in files if SHORT.search(path)] if options.short else [])
    with mock_server(sandbox) as url:
        suite = Suite(sandbox, url, options.workers)
        bare = suite.run("bare", tests)
        with_us, again = bare, ({}, {})
        if not options.bare:
            with_us = suite.run("with us", tests, us=True)
            doubted = suspects(bare, with_us)
            if doubted:
                again = (suite.run("bare again", doubted), suite.run("with us again", doubted, us=True))
    calls = suite.measured.get("with us", {})
    found = vars(compare(bare, with_us, *again))
    by_design, newly_failing = split(found["newly_failing"])
    return {
        **found,
        "newly_failing": newly_failing,
        "by_design": by_design,
        "calls": calls,
        "empty": not (options.bare or calls.get("settled")),
    }


class Suite:
    """One SDK's suite, ready to run."""

    def __init__(self, sandbox: Sandbox, url: str, workers: str) -> None:
        self.sandbox, self.workers = sandbox, workers
        self.measured: dict[str, dict[str, int]] = {}
        inherited = {name: value for name, value in os.environ.items() if not NOT_INHERITED.match(name)}
        self.environment = {**inherited, "TEST_API_BASE_URL": url}

    def run(self, name: str, tests: list[str], *, us: bool = False) -> Outcomes:
        started, stem = time.monotonic(), self.sandbox.home / name.replace(" ", "-")
        files = {kind: stem.with_suffix(f".{kind}") for kind in ("outcomes", "calls", "log", "tests")}
        for file in files.values():
            file.unlink(missing_ok=True)
        files["tests"].write_text("\n".join(tests), encoding="utf-8")
        command = [str(self.sandbox.python), "-m", "pytest", "-q", "-p", "transparency_plugin", "-n", self.workers]
        environment = {**self.environment, "TRANSPARENCY_OUTCOMES": str(files["outcomes"]), "PYTHONPATH": str(INSIDE)}
        if us:
            path = os.pathsep.join((str(INSIDE), str(ROOT / "src")))
            sellers = f"127.0.0.1={self.sandbox.sdk}"  # so that the mock's answers have a price
            environment |= {"TRANSPARENCY_CALLS": str(files["calls"]), "PYTHONPATH": path, "OTEL_TOKENS_SELLERS": sellers}
        with files["log"].open("w", encoding="utf-8") as log:
            command = [*command, f"@{files['tests']}"] if tests else command
            subprocess.run(
                command, check=False, cwd=self.sandbox.source, env=environment, stdout=log, stderr=log, timeout=MINUTES * 60
            )
        if not files["outcomes"].exists():
            sys.exit(f"{name}: the suite did not run, see {files['log']}")
        outcomes: Outcomes = json.loads(files["outcomes"].read_text(encoding="utf-8"))
        self.measured[name] = add_up(files["calls"])
        say(f"  {name}: {len(outcomes)} tests in {time.monotonic() - started:.0f} s, {files['log']}")
        return outcomes


def add_up(calls: Path) -> dict[str, int]:
    """The calls that we measured, over all worker processes."""
    lines = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()] if calls.exists() else []
    return {name: sum(line[name] for line in lines) for name in (lines[0] if lines else ())}


@contextmanager
def mock_server(sandbox: Sandbox) -> Iterator[str]:
    command = [str(sandbox.python), str(INSIDE / "transparency_server.py"), sandbox.sdk]
    with (sandbox.home / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
            process.wait()


def report(sdk: str, found: dict[str, Any]) -> None:
    for name in ("bare", "with_us"):
        say(f"{sdk} {name:8}" + "".join(f"{found[name][outcome]:6} {outcome}" for outcome in ("passed", "failed", "skipped")))
    for name in ("newly_failing", "by_design", "newly_passing", "flaky"):
        say(f"{sdk} {name}: {len(found[name])}" + "".join(f"\n    {test}" for test in found[name]))
    say(f"{sdk} calls measured with us: {found['calls']}" + " NOTHING WAS COMPARED" * found["empty"])


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
