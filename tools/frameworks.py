"""Tests on the real agent frameworks, in a cached environment that has them: tests/frameworks.

With --demo runs each framework's example against a loopback vendor and prints what it cost, as `otel-tokens run` does.
A result is kept under a hash of everything that it depends on. Exit status 1 when a test fails, or when none ran.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from matrix import WARNINGS, state
from venvs import DEPENDENCIES, ROOT, Unavailable, environment, python_of, skipped

OPENAI_AGENTS = ("openai-agents==0.24.0", "opentelemetry-instrumentation-genai-openai-agents==1.3b0")
LANGGRAPH = (
    "langgraph==1.2.22", "langchain==1.4.7", "langchain-core==1.7.2", "langchain-openai==1.7.3",
    "opentelemetry-instrumentation-genai-langchain==1.3b0",
)  # fmt: skip
REQUIREMENTS = ("openai==3.54.0", "pytest==9.2.0", *OPENAI_AGENTS, *LANGGRAPH)
WATCHED = ("src/otel_tokens", "tests/frameworks", "tests/conftest.py", "tests/rules/tree.py", "pyproject.toml")
EXAMPLES = {"openai-agents": "support_desk.py", "langgraph": "research_graph.py"}
MINUTES = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="where no index is in reach, say so and leave it at that")
    parser.add_argument("--demo", action="store_true", help="run the examples instead of the tests")
    parser.add_argument("--again", action="store_true", help="also run what passed before with the same code")
    parser.add_argument("more", nargs="*", help="for pytest, after --: -k stream; or the names of the demos")
    options = parser.parse_args()
    try:
        python = python_of("frameworks", "newest", (*REQUIREMENTS, *DEPENDENCIES))
    except Unavailable as error:
        skipped("frameworks", error)
        return 0 if options.short else 1
    if options.demo:
        return demo(python, options.more)
    return tests(python, options.more, again=options.again)


def tests(python: Path, more: list[str], *, again: bool) -> int:
    kept = python.parents[1] / f"passed-{state(WATCHED)}.txt"
    if kept.exists() and not (again or more):
        print(kept.read_text(encoding="utf-8"))
        return 0
    pytest = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"filterwarnings={WARNINGS}"]
    done = subprocess.run(
        [*pytest, "tests/frameworks", *more], check=False, cwd=ROOT, capture_output=True, text=True, timeout=MINUTES * 60,
        env=environment(PYTHONPATH=str(ROOT / "src")),
    )  # fmt: skip
    if done.returncode:
        print(done.stdout + done.stderr)
        return 1
    said = done.stdout.strip().splitlines()[-1]
    print(said)
    if not more:
        for old in kept.parent.glob("passed-*.txt"):
            old.unlink()
        kept.write_text(said + " (kept: nothing has changed since)", encoding="utf-8")
    return 0


def demo(python: Path, names: list[str]) -> int:
    """Every example as a person would run it; its tree is what `otel-tokens tree` prints."""
    from otel_tokens.testing.server import Vendor

    failed = False
    for name in names or EXAMPLES:
        program = ROOT / "examples" / "agents" / EXAMPLES[name]
        print(f"\n{name} · {program.relative_to(ROOT)}", flush=True)
        with Vendor() as vendor:
            variables = environment(
                PYTHONPATH=str(ROOT / "src"), OPENAI_BASE_URL=f"{vendor.url}/v1", OPENAI_API_KEY="none",
                OTEL_TOKENS_SELLERS=f"{vendor.url.removeprefix('http://')}=openai", LANGSMITH_TRACING="false",
            )  # fmt: skip
            command = [str(python), "-m", "otel_tokens.cli", "run", "--no-keep", "--", str(python), str(program)]
            failed |= bool(subprocess.run(command, check=False, env=variables, cwd=ROOT).returncode)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
