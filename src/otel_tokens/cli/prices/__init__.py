"""`otel-tokens prices`: ask the price book anything; one file for each question."""

from __future__ import annotations

import argparse

from otel_tokens.cli import wiring
from otel_tokens.cli.prices import check, diff, explain, export, find, quote, refresh, sold

HELP = "ask the price book: quote, explain, find, diff, check, refresh, export"
DESCRIPTION = """\
Everything about prices: what calls cost (quote), why (explain), which models there are (find), what changed (diff), whether the
book is fresh and whole (check), newer prices (refresh), and the book in other forms (export). Only refresh opens a connection.
"""
EPILOG = """\
examples:
  otel-tokens prices explain claude-opus-5-5 --provider anthropic --usage in=250000,out=1200,cache_read=200000
  otel-tokens prices find gpt mini
  otel-tokens prices quote calls.jsonl > costs.jsonl

more: docs/prices.md. exit codes: 0 ok, 1 error or a check that failed, 2 wrong usage
"""
COMMANDS = (quote, explain, find, diff, check, refresh, export)


def arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command for each question."""
    wiring.commands(parser, COMMANDS, "question")


def main(told: argparse.Namespace) -> int:
    """The exit code of the question."""
    sold.settings()
    return told.question(told)
