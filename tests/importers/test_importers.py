"""The price sources into files: what is read, what a newer form of them does, and what stays when a seller cannot be compiled."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace as Said
from typing import Any

import pytest

from otel_tokens.importers import compiler, litellm, rulings, sources
from otel_tokens.importers.trouble import Trouble
from otel_tokens.price import book
from otel_tokens.price.book import Book

RELEASES = {"genai-prices": "1", "litellm": "2"}


def model(name: str, *names: str, **prices: str) -> Any:
    """As genai-prices has it."""
    stated = Said(**{leaf: Decimal(rate) for leaf, rate in prices.items()})
    match = Said(or_=[Said(equals=each) for each in (name, *names)])
    known = {name, *names}
    return Said(id=name, match=match, is_match=known.__contains__, prices=stated, price_variants=None, context_window=None)


def entry(inp: float, out: float, **more: Any) -> dict[str, Any]:
    """As LiteLLM has it."""
    return {"litellm_provider": "cerebras", "mode": "chat", "input_cost_per_token": inp, "output_cost_per_token": out, **more}


def compiled(tmp_path: Path, models: list[Any], entries: dict[str, Any], **more: Any) -> tuple[Book, compiler.Made, Trouble]:
    trouble = Trouble(strict="keep" not in more)
    found = sources.read([Said(id="cerebras", models=models)], json.dumps(entries), trouble)
    out = tmp_path / "out"
    out.mkdir(parents=True)
    job = compiler.Job(out, "2100-01-01", RELEASES, **{"sellers": frozenset({"cerebras"}), **more})
    made = compiler.run(job, found, trouble)
    return Book.parse((out / "cerebras.json").read_text("utf-8")), made, trouble


def test_the_second_source_completes_the_first_where_both_agree(tmp_path: Path) -> None:
    entries = {
        "cerebras/one": entry(1e-6, 2e-6, cache_read_input_token_cost=1e-7),
        "cerebras/other": entry(9e-6, 2e-6, cache_read_input_token_cost=1e-7),
        "cerebras/lone": entry(3e-7, 4e-6),
    }
    models = [model(name, f"{name}-too", input_mtok="1", output_mtok="2") for name in ("one", "other")]
    found, made, _ = compiled(tmp_path, models, entries)
    rates = {name: found.entry(name)["prices"][0]["rates"] for name in found}
    assert rates["one"] == {"cache_read": "0.1", "input": "1", "output": "2"}
    assert rates["other"] == {"input": "1", "output": "2"}
    assert rates["lone"] == {"input": "0.3", "output": "4"}
    assert found.aliases == {"one-too": "one", "other-too": "other"}
    assert [found.entry(name)["confidence"] for name in ("one", "lone")] == ["sources agree", "single source"]
    assert len(made.reports[0].differences) == 1


def test_the_index_says_what_it_was_compiled_from_and_holds_every_digest(tmp_path: Path) -> None:
    compiled(tmp_path, [model("one", input_mtok="1", output_mtok="2")], {})
    index, files = book.at(tmp_path / "out")
    assert (index["format"], index["version"], index["sources"]) == (book.FORMAT, "2100-01-01", RELEASES)
    assert (index["timestamp"], files, list(index["sellers"])) == (4102444800.0, tmp_path / "out", ["cerebras"])


def test_what_a_newer_release_says_otherwise_is_left_out_for_a_user_and_an_error_for_us(tmp_path: Path) -> None:
    models = [model("one", input_mtok="1", output_mtok="2"), model("new", input_mtok="1", dreams_mtok="2")]
    entries = {"cerebras/odd": entry(1e-6, 2e-6, tiered_pricing=[5])}
    with pytest.raises(TypeError):
        compiled(tmp_path / "strict", models, entries)
    found, _, trouble = compiled(tmp_path, models, entries, keep=book.PRICES)
    assert list(found) == ["one"]
    assert ["cerebras/odd" in trouble.notes[0], "dreams_mtok" in trouble.notes[1]] == [True, True]


def test_a_seller_that_cannot_be_compiled_keeps_its_file_and_makes_the_book_no_younger(tmp_path: Path) -> None:
    models = [model("one", input_mtok="1", output_mtok="2")]
    _, made, _ = compiled(tmp_path, models, {}, keep=book.PRICES, sellers=frozenset({"cerebras", "openai"}))
    assert list(made.models) == ["cerebras"]
    assert "openai stays as it was" in made.kept["openai"]
    for name in ("openai.json", "groq.json"):
        assert (tmp_path / "out" / name).read_bytes() == (book.PRICES / name).read_bytes()
    assert book.at(tmp_path / "out")[0]["timestamp"] == book.timestamp()


def test_a_ruling_about_a_model_that_is_gone_leaves_out_that_model_alone() -> None:
    ruling = {"models": {"gone": {"released": "2026-01-01"}, "here": {"tier": "mini"}}}
    models = {"here": {"names": [], "prices": [{"from": None, "rates": {}, "tiers": {}}]}}
    with pytest.raises(KeyError, match="gone"):
        rulings.apply(dict(models), ruling, Trouble(strict=True))
    trouble = Trouble(strict=False)
    assert rulings.apply(models, ruling, trouble)["here"]["tier"] == "mini"
    assert "gone is left out" in trouble.notes[0]


def test_the_release_of_a_wheel_is_in_its_name() -> None:
    assert litellm.release(Path("litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl")) == "1.109.1"
    assert litellm.release(Path("model_prices.json")) == ""
