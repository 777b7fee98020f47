"""Keeps the promises under old and new versions of every SDK: tests/providers in one cached environment per pair of versions.

A result is kept too, under a hash of everything that it depends on, so a run without changes is a matter of seconds.
Exit status 1 when a promise is broken, or when a version kept none.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from venvs import DEPENDENCIES, ROOT, Unavailable, environment, python_of, skipped
from versions import PAIRS, Pair

MINUTES = 20  # for one pair
WATCHED = ("src/otel_tokens", "tests/providers", "tests/conftest.py", "pyproject.toml", "tools/beside/outcomes.py")
# A warning about a leak or a lost coroutine is ours; what an old SDK says about a new dependency is not.
WARNINGS = "default\nerror::RuntimeWarning\nerror::ResourceWarning\nerror::pytest.PytestUnraisableExceptionWarning"
COLUMNS = ("passed", "failed", "not applicable")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="the ends of the major lines; what cannot be installed is skipped")
    parser.add_argument("--json", action="store_true", help="print the results as JSON on standard output")
    parser.add_argument("--again", action="store_true", help="also run what passed before with the same code")
    parser.add_argument("pairs", nargs="*", help="only environments whose name contains one of these, such as openai-2.0.0")
    options = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    broken, newest = False, next(pair for pair in PAIRS if pair.why_openai == pair.why_anthropic == "newest")
    for pair in PAIRS:
        if (pair.short or not options.short) and (not options.pairs or any(part in pair.name for part in options.pairs)):
            result = of(pair, again=options.again)
            if result is not None:
                results[pair.name] = result
                broken = broken or bool(result["failed"]) or not result["found"]
    for name, result in results.items():
        asked = {library: counts for library, counts in result["found"].items() if library in newest.tried}
        if name == newest.name and any(counts["not applicable"] for counts in asked.values()):
            result["failed"]["not applicable"], broken = "the newest versions lack what a test needs: is its path right?", True
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        show(results)
    return 1 if broken or not (results or options.short) else 0


def of(pair: Pair, *, again: bool) -> dict[str, Any] | None:
    """What one pair kept: `found` by library, `failed` test by test."""
    try:
        python = python_of("matrix", pair.name, (*pair.requirements, *DEPENDENCIES))
    except Unavailable as error:
        skipped(f"matrix {pair.name}", error)
        return None
    kept = python.parents[1] / f"passed-{state()}.json"
    if kept.exists() and not again:
        return json.loads(kept.read_text(encoding="utf-8"))
    result = run(python)
    if result["found"] and not result["failed"]:
        for old in kept.parent.glob("passed-*.json"):
            old.unlink()
        kept.write_text(json.dumps(result), encoding="utf-8")
    return result


def state(watched: Sequence[str] = WATCHED) -> str:
    """A hash of every file that the result depends on."""
    digest = hashlib.sha256()
    for name in watched:
        place = ROOT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def run(python: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        outcomes = Path(directory) / "outcomes.json"
        path = os.pathsep.join(map(str, (ROOT / "tools", ROOT / "src")))
        command = [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-p",
            "beside.outcomes",
            "-p",
            "no:cacheprovider",
            "-o",
            f"filterwarnings={WARNINGS}",
        ]
        done = subprocess.run(
            [*command, "tests/providers"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=MINUTES * 60,
            env=environment(PYTHONPATH=path, MATRIX_OUTCOMES=str(outcomes)),
        )  # fmt: skip
        if not outcomes.exists():
            return {"found": {}, "failed": {"all": (done.stdout + done.stderr)[-3000:]}}
        result: dict[str, Any] = json.loads(outcomes.read_text(encoding="utf-8"))
        if done.returncode and not result["failed"]:
            result["failed"] = {"all": done.stdout[-3000:]}
        return result


def show(results: dict[str, dict[str, Any]]) -> None:
    print(f"| library | version | {' | '.join(COLUMNS)} |\n|---|---|---|---|---|")
    for library in dict.fromkeys(library for pair in PAIRS for library in pair.tried):
        for pair in PAIRS:
            found, tried = results.get(pair.name, {}).get("found", {}).get(library), pair.tried.get(library)
            if found and tried:
                beside = " ".join(f"{one.package} {one.version}" for one in pair.tried.values() if one != tried)
                counts = " | ".join(str(found[column]) for column in COLUMNS)
                print(f"| {library} | {tried.version} (beside {beside}) | {counts} |")
    for name, result in results.items():
        for test, why in result["failed"].items():
            print(f"{name}: {test}\n    " + why.strip().replace("\n", "\n    "))


if __name__ == "__main__":
    sys.exit(main())
