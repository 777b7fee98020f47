"""The bundled price files: whole, unedited, and nothing in them that the loader would misread."""

import hashlib
import json
import subprocess
import sys
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from otel_tokens.price import book, cards, timestamp, version
from otel_tokens.types import LEAF_PART, TOKEN_LEAVES, Price, Served

SELLERS = sorted(book.index()["sellers"])
CARDS = [
    (seller, model, number, tier)
    for seller in SELLERS
    for model, entry in json.loads((book.PRICES / f"{seller}.json").read_text())["models"].items()
    for number, period in enumerate(entry["prices"])
    for tier in ["standard", *period.get("tiers", ())]
]


def data_of(seller: str) -> dict[str, Any]:
    found = book.book_of(seller)
    assert found is not None
    return found.data


def row_of(seller: str, model: str, number: int, tier: str) -> dict[str, Any]:
    period = data_of(seller)["models"][model]["prices"][number]
    return period if tier == "standard" else period["tiers"][tier]


def test_every_file_is_in_the_index_with_its_digest() -> None:
    files = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in book.PRICES.glob("*.json") if path.name != book.INDEX
    }
    assert files == book.index()["sellers"], "edited by hand? change tools/price_rulings.toml and run tools/build_prices.py"


def test_the_book_says_what_made_it_and_when() -> None:
    assert date.fromisoformat(version())
    assert datetime.fromisoformat(version() + "T00:00:00Z").timestamp() == timestamp()
    for seller in SELLERS:
        data = data_of(seller)
        assert data["generated_by"].startswith("tools/build_prices.py")
        assert data["version"] == version()
        assert data["source"].startswith("https://")
        assert date.fromisoformat(data["verified_on"])


@pytest.mark.parametrize("seller", SELLERS)
def test_periods_follow_each_other_without_gap_or_overlap(seller: str) -> None:
    for model, entry in data_of(seller)["models"].items():
        edges = [(period.get("from"), period.get("to")) for period in entry["prices"]]
        assert edges[0][0] is None, model
        assert edges[-1][1] is None, model
        assert all(before[1] == after[0] is not None for before, after in pairwise(edges)), model
        stamps = [cards.instant(start, 0) for start, _ in edges]
        assert stamps == sorted(set(stamps)), model


@pytest.mark.parametrize("seller", SELLERS)
def test_no_name_means_two_models(seller: str) -> None:
    names = [name for model, entry in data_of(seller)["models"].items() for name in [model, *entry.get("aliases", ())]]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(("seller", "model", "number", "tier"), CARDS)
def test_every_card_loads_exactly(seller: str, model: str, number: int, tier: str) -> None:
    period, row = data_of(seller)["models"][model]["prices"][number], row_of(seller, model, number, tier)
    start = cards.instant(period.get("from"), 1)
    said, batch, speed = (None, False, tier) if tier == "fast" else (tier, tier == "batch", None)
    found = cards.card(Served(seller, model, service_tier=said, batch=batch, speed=speed, at=start), 0)
    assert isinstance(found, Price)
    assert found.service_tier == tier
    assert found.rates.keys() <= LEAF_PART.keys()
    for leaf, rate in row["rates"].items():
        assert found.rates[leaf] == cards.femto(leaf, rate)
        assert leaf not in TOKEN_LEAVES or found.rates[leaf] % 10 == 0, "an uplift of a tenth would round"


@pytest.mark.parametrize(("seller", "model", "number", "tier"), CARDS)
def test_a_fallback_never_hides_a_rate_that_another_row_of_the_card_has(seller: str, model: str, number: int, tier: str) -> None:
    standard, row = (row_of(seller, model, number, name) for name in ("standard", tier))
    writes = {leaf for leaf in standard["rates"] if leaf.startswith("cache_write")}
    assert not writes or writes & row["rates"].keys(), "writes of this tier would be billed as input"
    assert ("cache_read" in row["rates"]) == ("cache_read" in standard["rates"])
    assert len(row.get("above", ())) == len(standard.get("above", ()))
    for step in row.get("above", ()):
        assert not step["rates"] or {"input", "cache_read"} & row["rates"].keys() <= step["rates"].keys()


def test_importing_the_stage_reads_no_file_and_no_opentelemetry() -> None:
    program = (
        "import builtins, io, sys; real = io.open\n"
        "def spy(file, *args, **kwargs):\n"
        "    assert not str(file).endswith('.json'), file\n"
        "    return real(file, *args, **kwargs)\n"
        "io.open = builtins.open = spy\n"
        "import otel_tokens.price as price\n"
        "price.seller_of('openai', 'api.openai.com')\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    path = [str(Path(book.__file__).parents[2])]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"], check=True, timeout=60)
