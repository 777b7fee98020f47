"""`otel-tokens demo`: a whole agent run on the real SDKs against a loopback vendor; no key, no network."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from otel_tokens.cli import launch, runs, screen, tree
from otel_tokens.testing.server import Vendor

HELP = "a research agent on the real SDKs and a loopback server: see the product work"
DESCRIPTION = """\
Starts two vendors on the loopback interface, runs a research agent against them on the real openai and anthropic SDKs
(sync, async, streaming), and prints what it cost. No key, no network, no money. Needs both SDKs installed.
"""
EPILOG = "the agent: " + str(Path(__file__).with_name("programs") / "research_agent.py")
APP = Path(__file__).with_name("programs") / "research_agent.py"
SDKS = ("openai", "anthropic")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--json", action="store_true", help="print the tree as one JSON document")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the run's files in this directory")


def main(told: argparse.Namespace) -> int:
    """Exit code 0 when the agent ran."""
    missing = [name for name in SDKS if find_spec(name) is None]
    if missing:
        raise screen.Problem(f"the demo needs {' and '.join(missing)}: {sys.executable} -m pip install {' '.join(SDKS)}")
    runs.forget(runs.days())
    run = runs.create(told.out, runs.DEMO)
    with Vendor() as openai, Vendor() as anthropic:
        code = launch.launch([sys.executable, str(APP)], _environment(run, openai, anthropic))
    if code != 0:
        raise screen.Problem(f"the demo program failed ({code}); `otel-tokens doctor` says what is installed.")
    tree.show(tree.load([run]), screen.out(), as_json=told.json)
    if not told.json:
        _next(Path(os.path.relpath(run)), told.out)
    return 0


def _environment(run: Path, openai: Vendor, anthropic: Vendor) -> dict[str, str]:
    """The loopback hosts bill as the vendors do; settings of the user's own do not reach the demo."""
    sellers = ",".join(
        f"{vendor.url.removeprefix('http://')}={name}" for vendor, name in ((openai, "openai"), (anthropic, "anthropic"))
    )
    kept = {
        name: value for name, value in launch.environment(run).items() if not name.startswith(("OTEL_", "OPENAI_", "ANTHROPIC_"))
    }
    return kept | {
        "OTEL_TOKENS_RUN": str(run),
        "OTEL_TOKENS_SELLERS": sellers,
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": openai.url + "/v1",
        "ANTHROPIC_API_KEY": "none",
        "ANTHROPIC_BASE_URL": anthropic.url,
    }


def _next(run: Path, out: Path | None) -> None:
    again = "otel-tokens tree" if out is None else f"otel-tokens tree {run}"
    console = screen.out()
    console.print()
    for what, how in (
        ("the spans and metrics", f"{run}/*.jsonl"),
        ("this tree again", again),
        ("your own program", "otel-tokens run -- python app.py"),
        ("the same on your traces", "opentelemetry-instrument python app.py"),
    ):
        console.print(f"[dim]{what:<24}[/dim]{how}", soft_wrap=True)
