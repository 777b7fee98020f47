"""Writes docs/price-comparison.md: what the vectors cost by us, genai-prices and LiteLLM, and why where an answer differs.

Without arguments it writes; with `--check` it fails where the committed file differs. The others' answers come from
tests/price/vectors/others.json, which `tools/compare_prices.py` writes; a difference without an explanation is an error.
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from price_vectors import DIFFERENCES, OTHERS, Vector, load

from otel_tokens.price import quote, seller_named
from otel_tokens.types import FEMTO, Served, Unpriced, Usage

PAGE = Path(__file__).resolve().parents[1] / "docs" / "price-comparison.md"
TOOLS = {"genai_prices": "genai-prices", "litellm": "LiteLLM"}
CLOSE = Decimal("0.0005")
"""The others may publish a rate rounded to the second: within a twentieth of a percent is right."""
INTRO = """# The same calls, priced by three

{count} calls whose price was worked out by hand from published rates (`tests/price/vectors/`: each with its sum and its source),
then asked of otel-tokens, of genai-prices {genai_prices} and of LiteLLM {litellm}, on the day and under the conditions of the
call. Both packages were asked in the way that suits them best: their own provider names, usage objects with every detail that
they know, the served tier, their batch calculators, the clock set to the call (`tools/price_peers/`).

Read it with care. The choice of calls is ours and leans towards what this project is about: tiers, cache lifetimes, places, days,
hours, names. A vendor's page was not always at hand, and then the rate is the one on which both packages agree or which one of
them quotes from the page, so on base rates they cannot be wrong here. Most figures of our own price book come from them; without
them there would be no book. Each is also made for something else: genai-prices documents that an unknown tier is the standard
price, LiteLLM prices the calls of today. Our own column is all right because a wrong vector is a failing test here: the first run
found some twenty wrong prices in our book, and the vectors stay to keep them right. "Facts" in a source are this project's
research notes of November 2026.

| | right | another amount | says that it cannot |
|---|---|---|---|
{summary}

A call that has no price is right where it is refused. The amounts are US dollars. ✓ is the vendor's price; a number in brackets
is explained below its table. This page is written by `tools/generate_price_comparison.py`.
"""


class Answer(NamedTuple):
    """What somebody says a call costs: right, wrong (with the amount) or cannot."""

    verdict: str
    amount: Decimal | None


def main() -> int:
    """0 when all is as it should be."""
    try:
        wanted = page(load())
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != wanted:
        print("docs/price-comparison.md is not what tools/generate_price_comparison.py writes: run it", file=sys.stderr)
        return 1
    return 0


def page(vectors: list[Vector]) -> str:
    others: dict[str, Any] = json.loads(OTHERS.read_text(encoding="utf-8"))
    missing = [vector.id for vector in vectors if vector.id not in others["answers"]]
    if missing:
        raise LookupError(f"run tools/compare_prices.py: it has not asked about {', '.join(missing[:5])}")
    answers = {vector.id: {"ours": ours(vector)} for vector in vectors}
    for vector in vectors:
        for tool in TOOLS:
            answers[vector.id][tool] = theirs(vector, others["answers"][vector.id][tool])
    notes = explanations(vectors, answers)
    tables = [table(list(rows), answers, notes) for _, rows in groupby(vectors, key=lambda vector: vector.id.partition("/")[0])]
    head = INTRO.format(count=len(vectors), summary=summary(answers), **others["versions"])
    return head + "\n" + "\n".join(tables)


def ours(vector: Vector) -> Answer:
    seller = seller_named(vector.provider) or vector.provider
    stamp = int(datetime.fromisoformat(vector.at).timestamp()) * 10**9
    place = vector.server_address, vector.service_tier, vector.batch, vector.speed, vector.inference_geo
    found = quote(Usage(**vector.usage), Served(seller, vector.model, *place, stamp))
    if isinstance(found, Unpriced):
        return Answer("right" if vector.usd is None else "cannot", None)
    amount = Decimal(found.total) / FEMTO
    return Answer("right" if vector.usd is not None and vector.same(amount) else "wrong", amount)


def theirs(vector: Vector, said: dict[str, str]) -> Answer:
    if "usd" not in said:
        return Answer("right" if vector.usd is None else "cannot", None)
    amount = Decimal(said["usd"])
    right = vector.usd is not None and abs(amount - vector.usd) <= vector.usd * (CLOSE if vector.places else Decimal("1e-9"))
    return Answer("right" if right else "wrong", amount)


def explanations(vectors: list[Vector], answers: dict[str, dict[str, Answer]]) -> dict[tuple[str, str], str]:
    """The reason for each difference, by vector and tool; every one has a reason and every reason is used."""
    said = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    notes: dict[tuple[str, str], str] = {}
    for tool, entries in said.items():
        used: set[int] = set()
        for vector in vectors:
            if answers[vector.id][tool].verdict == "right":
                continue
            number = next((n for n, entry in enumerate(entries) if fits(vector, entry)), None)
            if number is None:
                raise LookupError(f"{DIFFERENCES.name} does not explain {tool} on {vector.id}: {answers[vector.id][tool]}")
            used.add(number)
            notes[vector.id, tool] = f"{entries[number]['why']} ({entries[number]['source']})"
        if stale := [entry["vectors"] for n, entry in enumerate(entries) if n not in used]:
            raise LookupError(f"{DIFFERENCES.name} explains what does not differ, {tool}: {stale}")
    return notes


def fits(vector: Vector, entry: dict[str, Any]) -> bool:
    return any(fnmatchcase(vector.id, pattern) for pattern in entry["vectors"])


def summary(answers: dict[str, dict[str, Answer]]) -> str:
    rows = []
    for tool, name in {"ours": "otel-tokens", **TOOLS}.items():
        verdicts = [each[tool].verdict for each in answers.values()]
        rows.append(f"| {name} | {verdicts.count('right')} | {verdicts.count('wrong')} | {verdicts.count('cannot')} |")
    return "\n".join(rows)


def table(vectors: list[Vector], answers: dict[str, dict[str, Answer]], notes: dict[tuple[str, str], str]) -> str:
    """One group: its vectors, then its notes."""
    numbers: dict[str, int] = {}
    rows = [row(vector, answers[vector.id], notes, numbers) for vector in vectors]
    head = [f"## {vectors[0].group}", "", f"Source: {vectors[0].source}", ""]
    head += [f"| call | vendor's price | otel-tokens | {' | '.join(TOOLS.values())} |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", *feet(numbers)])


def feet(numbers: dict[str, int]) -> Iterator[str]:
    yield from (f"- ({number}) {note}" for note, number in numbers.items())
    if numbers:
        yield ""


def row(vector: Vector, found: dict[str, Answer], notes: dict[tuple[str, str], str], numbers: dict[str, int]) -> str:
    cells = [vector.id.partition("/")[2], "none" if vector.usd is None else plain(vector.usd)]
    for tool in ("ours", *TOOLS):
        verdict, amount = found[tool]
        if verdict == "right":
            cells.append("✓")
            continue
        said = "cannot" if amount is None else plain(amount)
        note = notes.get((vector.id, tool))
        cells.append(f"{said} ({numbers.setdefault(note, len(numbers) + 1)})" if note else said)
    return f"| {' | '.join(cells)} |"


def plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f") if amount else "0"


if __name__ == "__main__":
    sys.exit(main())
