"""`otel-tokens prices quote`: JSON Lines in, JSON Lines out, so that any language and any spreadsheet can use the book."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn, cast

from otel_tokens.cli import screen
from otel_tokens.cli.prices import bodies, progress, questions

HELP = "price any number of calls: JSON Lines in, JSON Lines out"
DESCRIPTION = """\
Reads questions, one JSON object a line, and writes one answer a line, in order, as it goes: one process for any number of calls.

in   {"id": 1, "provider": "openai", "model": "gpt-5.4", "at": "2026-08-21T09:30:00Z",
      "usage": {"input_tokens": 12000, "cache_read_tokens": 8000, "output_tokens": 450, "reasoning_tokens": 200}}
     input_tokens is all input, output_tokens all output; the other counts are parts of them, or things beside them:
     cache_write_tokens or cache_write_{5m,30m,1h,12h}_tokens, input_audio_tokens, web_search_requests, audio_seconds, images …
     also: service_tier, batch, speed, inference_geo, server_address, and calls: how many calls the usage is the sum of
     instead of usage: "api" and "response", a response body as the provider sent it: an object, a list of stream events, or text
     (and "headers", those of the response; "request", the body that was sent, where that is what is billed: speech, images)
out  {"id", "amount" (exact, USD, a text; null when unpriced), "currency", "status", "reason", "source", "valid_from",
      "price_version", "usage"}, or {"id", "line", "error"} for a line that is no question; empty lines are passed over
"""
EPILOG = """\
examples:
  echo '{"provider": "openai", "model": "o3", "usage": {"input_tokens": 1000, "output_tokens": 50}}' | otel-tokens prices quote
  otel-tokens prices quote calls.jsonl --parts | jq -r '[.id, .amount, .status] | @csv'

exit code 1 when a line was in error, else 0; unpriced is an answer, with its reason
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", nargs="*", metavar="FILE", help="files of questions; none, or -: standard input")
    parser.add_argument(
        "--parts", action="store_true", help="also answer parts (amount by kind of token), seller, model and service_tier"
    )
    parser.add_argument("--json", action="store_true", help="implied: the answers are JSON Lines")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when a line was in error."""
    wrong = 0
    for path in told.paths or ["-"]:
        with ExitStack() as stack:
            wrong += _answer_all(*_open(path, stack), parts=told.parts)
    return int(wrong > 0)


def _answer_all(lines: Iterable[bytes], advance: Callable[[int], None], *, parts: bool) -> int:
    """Writes every answer before the next line is read; how many lines were in error."""
    wrong, out = 0, sys.stdout
    for number, line in enumerate(lines, 1):
        if found := answer(line, number, parts=parts):
            wrong += "error" in found
            out.write(write(found))
            out.flush()
        advance(len(line))
    return wrong


def answer(line: bytes, number: int, *, parts: bool = False) -> dict[str, Any] | None:
    """The answer to one line; None to an empty one."""
    if not line.strip():
        return None
    ident: object = None
    try:
        question = _read(line)
        ident = question.get("id")
        if question.get("response") is not None:
            usage, found = bodies.ask(question)
        else:
            asked = questions.ask(question)
            usage, found = asked.usage, questions.answer(asked)
        return questions.document(ident, usage, found, parts=parts)
    except ValueError as error:
        return {"id": ident, "line": number, "error": str(error)}
    except RecursionError:
        return {"id": ident, "line": number, "error": "not a question: nested too deeply"}


def write(found: dict[str, Any]) -> str:
    """A line of JSON that every reader can read: ASCII, and nothing that is no JSON."""
    try:
        return ENCODER.encode(found) + "\n"
    except ValueError:
        return json.dumps({**found, "id": None}) + "\n"


def _read(line: bytes) -> dict[str, Any]:
    try:
        question = DECODER.decode(line.decode().lstrip(BOM))
    except ValueError as error:
        raise ValueError(f"not JSON ({error}): write one object a line, in UTF-8") from None
    if not isinstance(question, dict):
        raise questions.Mistake(f"not an object but {type(question).__name__}: write one {{…}} a line")
    return cast("dict[str, Any]", question)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


BOM = "\ufeff"
ENCODER = json.JSONEncoder(allow_nan=False)
DECODER = json.JSONDecoder(parse_constant=_refuse)


def _open(path: str, stack: ExitStack) -> tuple[Iterable[bytes], Callable[[int], None]]:
    if path == "-":
        if sys.stdin.isatty():
            screen.note("reading questions from the terminal, one JSON object a line; Ctrl-D ends")
        return sys.stdin.buffer, lambda _: None
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - the stack closes it
    except OSError as error:
        raise screen.Problem(
            f"cannot read {path}: {error.strerror}. Name a file of JSON Lines, or - for standard input."
        ) from None
    return stack.enter_context(file), stack.enter_context(progress.bar(path, Path(path).stat().st_size))
