"""`otel-tokens prices explain`: every line of the arithmetic of one call, or the whole card of a model."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from otel_tokens.cli import screen
from otel_tokens.cli.prices import arithmetic, card, counts, exact, questions, show, sold
from otel_tokens.report.fixes import fix
from otel_tokens.types import Served, Unpriced, Usage

HELP = "show every line of a price, with its source; or a model's whole card"
DESCRIPTION = """\
With --usage: every kind of token (or search, image, minute) × its rate = its amount, which rules decided the rates, from when
the price holds, where it was published, when that was last looked at, and what is not in it. Without: the whole rate card, with
its history and with prices that are announced. A model that is not in the book has no price; names like it are shown, never used.
"""
EPILOG = """\
examples:
  otel-tokens prices explain gpt-5.5 --provider openai --usage in=300000,out=2000,cache_read=250000
  otel-tokens prices explain claude-opus-5-5 --provider anthropic --batch --usage '{"input_tokens": 5000, "output_tokens": 700}'
  otel-tokens prices explain gpt-5.6-sol --provider openai            every price it ever had
  otel-tokens prices explain gpt-5.4 --host eu.api.openai.com --at 2026-08-20 --usage in=1000,out=100

counts: in (all input), out (all output), cache_read, cache_write, cache_write_1h, reasoning, input_audio, web_search,
audio_seconds, images … or any name that `prices quote` takes. exit code 1 when there is no price
"""
KEYS = "say it by a name that `otel-tokens prices quote --help` lists, or leave it out if it costs nothing"
DEPLOYMENT = "if it is a deployment: say the model that the answers name, or map it in your own price file (OTEL_TOKENS_PRICES)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("model", metavar="MODEL", help="the name as it was called or as the answer says it")
    parser.add_argument("--provider", help="who sold it: openai, anthropic, azure, vertex, bedrock …")
    parser.add_argument("--host", help="the host that was called; it decides the seller, and what its place costs more")
    parser.add_argument("--usage", metavar="COUNTS", help="in=1000,out=200,cache_read=800 or a JSON object")
    parser.add_argument("--at", metavar="DATE", help="day or instant of the call (default: now)")
    parser.add_argument("--tier", help="service tier: standard, flex, priority, batch …")
    parser.add_argument("--batch", action="store_true", help="it was a batch")
    parser.add_argument("--speed", help="speed, where a seller has several (fast)")
    parser.add_argument("--geo", help="inference geography, where a seller has several (us)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when there is no price."""
    try:
        seller, host = sold.by(told.provider, told.host)
        at = exact.moment(told.at) if told.at else time.time_ns()
        claude = seller == "anthropic" or "claude" in told.model
        usage, problem = counts.read(counts.typed(told.usage), claude=claude) if told.usage else (None, None)
    except ValueError as error:
        raise screen.Problem(f"{error}") from None
    served = Served(seller, told.model, host, told.tier, told.batch, told.speed, told.geo, at)
    found = asked(usage, served, problem) if usage is not None else card.document(served)
    if told.json:
        print(json.dumps(found, ensure_ascii=False))
    elif usage is None and found["status"] != "unpriced":
        card.show(found, screen.out())
    else:
        show.explained(found, screen.out())
    return int(found["status"] == "unpriced")


def asked(usage: Usage, served: Served, problem: str | None = None) -> dict[str, Any]:
    """The whole explanation as data."""
    answer = questions.answer(questions.Question(usage, served, problem=problem))
    shown = {"version": 1, "asked": _asked(served), **questions.document(None, usage, answer, parts=True)}
    for name in ("id", "parts"):
        del shown[name]
    if isinstance(answer, Unpriced):
        return {**shown, **({"fix": KEYS} if problem else why_not(answer.reason, served))}
    found = arithmetic.find(served, answer.price)
    return {
        **shown,
        "lines": arithmetic.lines(answer),
        "notes": arithmetic.notes(usage, answer, found) if found else [],
        "saved_by_cache": exact.usd(answer.saved - answer.premium),
        "price": card.about(found, answer.price) if found and answer.price else {},
        "not_in_it": arithmetic.missing(answer),
    }


def why_not(reason: str, served: Served) -> dict[str, Any]:
    """Why there is no price, what to do, and what the name may have meant."""
    deployment = served.seller.startswith("azure.") and reason == "unknown model"
    told = {"fix": DEPLOYMENT if deployment else fix(reason, served.seller)}
    if not reason.startswith(("unknown model", "seller", "not in book", "ambiguous")):
        return told
    return {**told, "suggestions": arithmetic.near(served)}


def _asked(served: Served) -> dict[str, Any]:
    said = served._asdict() | {"at": exact.instant(served.at)}
    return {name: value for name, value in said.items() if value}
