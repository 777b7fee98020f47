"""The bundled price files: whole, unedited, and nothing in them that the loader would misread."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from otel_tokens.price import book, timestamps, version
from otel_tokens.price.periods import FOREVER, instant
from otel_tokens.price.rates import femto
from otel_tokens.types import LEAF_PART, TOKEN_LEAVES

SELLERS = sorted(book.index()["sellers"])
LEAVES = LEAF_PART.keys()


def book_of(seller: str) -> book.Book:
    found = book.bundled(seller)
    assert found is not None
    return found


def periods_of(seller: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Where, the model's entry, and each card that is not a tier's: a period's and its windows'."""
    found = book_of(seller)
    for model in found:
        entry = found.entry(model)
        for number, period in enumerate(entry["prices"]):
            for card in (period, *period.get("windows", ())):
                yield f"{model} {number}", entry, card


def cards_of(seller: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Where, the card, and the standard card beside it."""
    for place, _, card in periods_of(seller):
        yield place, card, card
        for tier, row in card.get("tiers", {}).items():
            yield f"{place} {tier}", row, card


def test_every_file_is_in_the_index_with_its_digest() -> None:
    files = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in book.PRICES.glob("*.json") if path.name != book.INDEX
    }
    assert files == book.index()["sellers"], "edited by hand? change importers/rulings and run `make prices`"


def test_the_book_says_what_made_it_and_when() -> None:
    assert date.fromisoformat(version())
    assert datetime.fromisoformat(version() + "T00:00:00Z").timestamp() == timestamps()["bundled"]
    for seller in SELLERS:
        header = book_of(seller).header
        assert header["seller"] == seller
        assert header["version"] == version()
        assert header["source"].startswith("https://"), seller
        assert date.fromisoformat(header["verified_on"]), seller


@pytest.mark.parametrize("seller", SELLERS)
def test_a_file_is_json_and_reading_it_by_lines_gives_the_same(seller: str) -> None:
    whole = json.loads((book.PRICES / f"{seller}.json").read_text("utf-8"))
    found = book_of(seller)
    assert whole.pop("models") == {model: found.entry(model) for model in found}
    assert whole == found.header


@pytest.mark.parametrize("seller", SELLERS)
def test_periods_follow_each_other_without_overlap(seller: str) -> None:
    found = book_of(seller)
    for model in found:
        edges = [(instant(period.get("from"), 0), instant(period.get("to"), FOREVER)) for period in found.entry(model)["prices"]]
        assert edges, model
        assert all(start < end for start, end in edges), model
        assert all(before[1] <= after[0] for before, after in pairwise(edges)), model


@pytest.mark.parametrize("seller", SELLERS)
def test_no_name_means_two_models(seller: str) -> None:
    found = book_of(seller)
    assert not found.aliases.keys() & set(found)
    assert set(found.aliases.values()) <= set(found)
    assert not set(found.header.get("ambiguous", ())) & {*found, *found.aliases}


@pytest.mark.parametrize("seller", SELLERS)
def test_every_rate_is_exact_and_of_a_leaf_that_exists(seller: str) -> None:
    header = book_of(seller).header
    for where, card, _ in cards_of(seller):
        for rates in (card["rates"], *(step["rates"] for step in card.get("above", ()))):
            assert rates.keys() <= LEAVES, where
            for leaf, rate in rates.items():
                assert femto(leaf, rate) >= 0, where
        assert card.get("unsure", {}).keys() <= {*LEAVES, "*"}, where
    assert header.get("fees", {}).keys() <= LEAVES
    assert {leaf for pair in header.get("fallbacks", ()) for leaf in pair} <= LEAVES


@pytest.mark.parametrize("seller", SELLERS)
def test_an_uplift_never_rounds(seller: str) -> None:
    for place, entry, card in periods_of(seller):
        for row in (card, *card.get("tiers", {}).values()) if entry.get("uplift") else ():
            assert all(femto(leaf, rate) % 10 == 0 for leaf, rate in row["rates"].items() if leaf in TOKEN_LEAVES), place


@pytest.mark.parametrize("seller", SELLERS)
def test_a_fallback_never_hides_a_rate_that_another_row_of_the_card_has(seller: str) -> None:
    for where, row, standard in cards_of(seller):
        writes = {leaf for leaf in standard["rates"] if leaf.startswith("cache_write")}
        assert not writes or writes & row["rates"].keys(), f"{where}: writes of this tier would be billed as input"
        assert ("cache_read" in row["rates"]) == ("cache_read" in standard["rates"]), where
        assert len(row.get("above", ())) == len(standard.get("above", ())), where
        for step in row.get("above", ()):
            assert not step["rates"] or {"input", "cache_read"} & row["rates"].keys() <= step["rates"].keys(), where


def test_importing_the_stage_reads_no_file_and_no_opentelemetry() -> None:
    program = (
        "import builtins, io, sys; real = io.open\n"
        "def spy(file, *args, **kwargs):\n"
        "    assert not str(file).endswith('.json'), file\n"
        "    return real(file, *args, **kwargs)\n"
        "io.open = builtins.open = spy\n"
        "import otel_tokens.price as price\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    path = [str(Path(book.__file__).parents[2])]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"], check=True, timeout=60)
