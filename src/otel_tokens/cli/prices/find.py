"""`otel-tokens prices find`: models by words in their name, with what they cost now."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator

from rich.text import Text

from otel_tokens.cli import screen
from otel_tokens.cli.prices import exact, rows, sold
from otel_tokens.price.rates import STANDARD
from otel_tokens.report.words import plural

HELP = "find models by words in their name"
DESCRIPTION = """\
Lists the models whose name or alias has every one of the words, with their standard prices: USD per million tokens, or as said
beside the number. A rate that a seller does not state is –. + marks a model that costs more above some length of input,
@ one whose price depends on the hour; `prices explain` has the whole card.
"""
EPILOG = """\
examples:
  otel-tokens prices find opus
  otel-tokens prices find gpt mini --provider openai
  otel-tokens prices find --kind embedding --json | jq -r '.models[].model'

exit code 1 when nothing is found
"""
COLUMNS = ("input", "cache_read", "output")
FIRST = (
    "openai", "anthropic", "gcp.gemini", "gcp.vertex_ai", "aws.bedrock", "azure.ai.openai", "azure.ai.inference", "x_ai",
    "mistral_ai", "deepseek", "cohere", "groq", "perplexity", "ibm.watsonx.ai", "openrouter",
)  # fmt: skip
"""The sellers that the conventions name, and the largest that resells them; the others follow by name."""
HEAD = ("model", "seller", "input", "cached", "output", "tier", "kind", "from")
NUMBERS = (2, 3, 4)
MEASURES = ("audio_ms", "video_ms", "images", "characters", "pages", "search_units", "request")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("text", nargs="*", metavar="TEXT", help="words of the name; none: every model")
    parser.add_argument("--provider", help="only this seller: openai, anthropic, vertex, bedrock …")
    parser.add_argument("--tier", help="only this model tier: premium, flagship, standard, mini, nano")
    parser.add_argument("--kind", help="only this kind: chat, embedding, rerank, image, audio, video, realtime, ocr …")
    parser.add_argument("--at", metavar="DATE", help="the prices of that day or instant (default: now)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(told: argparse.Namespace) -> int:
    """0, or 1 when nothing is found."""
    seller = sold.typed(told.provider) if told.provider else None
    when = exact.typed(told.at)
    found = [row for row in matching(told.text, seller, when) if told.tier in (None, row.tier) and told.kind in (None, row.kind)]
    if told.json:
        print(
            json.dumps(
                {"version": 1, "at": exact.instant(when), "models": [_data(row) for row in sorted(found, key=_order)]},
                ensure_ascii=False,
            )
        )
    elif found:
        head, *lines = _lines(found)
        screen.out().print(Text(head, style="bold"), soft_wrap=True)
        print("\n".join(lines), flush=True)
        count = plural(len(found), "model")
        screen.note(f"{count}, USD, {exact.instant(when)}. The whole card: otel-tokens prices explain MODEL --provider P")
    else:
        screen.error(f"no model has {' and '.join(map(repr, told.text)) or 'that'}: try fewer words, or none for the whole list")
    return int(not found)


def matching(words: list[str], seller: str | None, when: int) -> Iterator[rows.Row]:
    """The standard card of every model that has all the words in one of its names."""
    wanted = [word.lower() for word in words]
    for book, model, entry in rows.entries(rows.in_force(seller)):
        names = [model, *(alias for alias, of in book.aliases.items() if of == model)] if wanted else []
        if not wanted or any(all(word in name.lower() for word in wanted) for name in names):
            cards = [row for row in rows.at(book, entry, when) if row.service_tier == STANDARD]
            windows = {row.window for row in cards}
            if cards:
                marks = f"{' +' if len(cards) > len(windows) else ''}{' @' if len(windows) > 1 else ''}"
                yield cards[0]._replace(window=marks)


def _order(row: rows.Row) -> tuple[object, ...]:
    """Well-known sellers first; numbers inside a name as numbers."""
    place = FIRST.index(row.seller) if row.seller in FIRST else len(FIRST)
    return place, row.seller, [(len(part), part) for part in re.split(r"[-.]", row.model)]


def _data(row: rows.Row) -> dict[str, object]:
    return {
        "model": row.model, "seller": row.seller, "kind": row.kind, "tier": row.tier, "currency": row.currency,
        "rates": {leaf: rows.shown(row, leaf) for leaf in row.rates},
        "long_context": "+" in row.window, "hours": "@" in row.window,
        "valid_from": row.valid_from or None, "valid_to": row.valid_to or None, "source": row.source,
        "confidence": row.confidence or None, "price_version": row.version,
    }  # fmt: skip


def _lines(found: list[rows.Row]) -> list[str]:
    """A table of thousands of lines in no time, which is why it is none of rich's; the first line is its head."""
    table = [HEAD, *(_cells(row) for row in sorted(found, key=_order))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(_aligned(line, widths)).rstrip() for line in table]


def _aligned(line: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.rjust(width) if place in NUMBERS else cell.ljust(width)


def _cells(row: rows.Row) -> tuple[str, ...]:
    prices = [rows.shown(row, leaf) or "–" for leaf in COLUMNS]
    measure = next((leaf for leaf in MEASURES if leaf in row.rates), None)
    if prices[0] == "–" and measure:
        prices[0] = f"{rows.shown(row, measure)} / {exact.unit(measure)}"
    return row.model + row.window, row.seller, *prices, row.tier, row.kind, exact.day(row.valid_from, "")
