"""How a module becomes a command: its HELP, DESCRIPTION, EPILOG, `arguments` and `main`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

PLAIN = argparse.RawDescriptionHelpFormatter


def commands(parser: argparse.ArgumentParser, modules: Iterable[Any], runs: str) -> None:
    """One command for each module, under its own name; what it runs is told as `runs`."""
    under = parser.add_subparsers(metavar="command", required=True)
    for module in modules:
        name = module.__name__.rpartition(".")[2]
        one = under.add_parser(
            name, help=module.HELP, description=module.DESCRIPTION, epilog=module.EPILOG, formatter_class=PLAIN
        )
        module.arguments(one)
        one.set_defaults(**{runs: module.main})
