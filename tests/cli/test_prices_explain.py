"""`otel-tokens prices explain` and `find`: every line of the arithmetic, the whole card, and names that are only suggested."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.asking import Book

SOL = ("prices", "explain", "gpt-5.6-sol", "--provider", "openai")


def test_every_line_is_count_times_rate_and_they_sum_to_the_total(book: Book) -> None:
    found = book.data(*SOL, "--usage", "in=300000,out=2000,cache_read=250000,web_search=2", "--at", "2026-09-01")
    lines = {line["leaf"]: (line["count"], line["rate"], line["unit"], line["amount"]) for line in found["lines"]}
    assert lines == {
        "input": (50_000, "8", "M tokens", "0.4"), "cache_read": (250_000, "0.8", "M tokens", "0.2"),
        "output": (2_000, "30", "M tokens", "0.06"), "web_search": (2, "0.01", "web search", "0.02"),
    }  # fmt: skip
    assert sum(Decimal(line["amount"]) for line in found["lines"]) == Decimal(found["amount"]) == Decimal("0.68")
    assert any("more than 272,000" in note for note in found["notes"])
    assert any("fee" in note for note in found["notes"])
    price = found["price"]
    assert price["valid_from"] == "2026-08-21T00:00:00Z"
    assert price["source"].startswith("https://")
    assert price["verified_on"]
    assert price["confidence"]
    assert any("taxes" in missing for missing in found["not_in_it"])


@pytest.mark.parametrize(
    ("options", "note"),
    [
        (("--batch",), "batch: its own rates"),
        (("--tier", "fast"), "fast is billed as priority"),
        (("--tier", "flex"), "service tier flex"),
        (("--host", "eu.api.openai.com"), "× 1.1 on every token rate: eu.api.openai.com"),
        ((), "more than 272,000 input tokens would have other rates"),
    ],
)
def test_the_rules_that_applied_are_named(book: Book, options: tuple[str, ...], note: str) -> None:
    found = book.data(*SOL, "--usage", "in=1000,out=100,reasoning=10", *options)
    assert any(note in said for said in found["notes"]), found["notes"]
    assert any(said.startswith("reasoning has no rate of its own") for said in found["notes"])


def test_an_alias_and_a_dated_name_are_said_to_be_the_model(book: Book) -> None:
    for name in ("gpt-5.6", "gpt-5.6-sol-2026-07-09"):
        found = book.data("prices", "explain", name, "--provider", "openai", "--usage", "in=1")
        assert found["model"] == "gpt-5.6-sol"
        assert any(said.startswith(f"{name} is gpt-5.6-sol") for said in found["notes"])


def test_a_model_that_is_not_in_the_book_has_no_price_and_likenesses_are_only_suggested(book: Book) -> None:
    found = book.data("prices", "explain", "gpt-5.6-soll", "--provider", "openai", "--usage", "in=1")
    assert (found["amount"], found["status"], found["reason"]) == (None, "unpriced", "unknown model")
    assert "gpt-5.6-sol" in found["suggestions"]["names"]
    assert found["fix"]
    code, out, _ = book.ask("prices", "explain", "gpt-5.6-soll", "--provider", "openai")
    assert code == 1
    assert "has no price: unknown model" in out
    assert "other models: gpt-5.6-sol" in out


def test_a_model_of_another_seller_is_said_to_be_there(book: Book) -> None:
    found = book.data("prices", "explain", "gpt-4.1", "--provider", "anthropic", "--usage", "in=1")
    assert "openai" in found["suggestions"]["sellers"]


def test_without_usage_the_whole_card_is_shown_with_its_history(book: Book) -> None:
    found = book.data(*SOL)
    assert [period["state"] for period in found["periods"]] == ["ended", "in force"]
    before, now = ({(card["service_tier"], card["over"]): card["rates"] for card in each["cards"]} for each in found["periods"])
    assert (before["standard", None]["input"], before["standard", None]["output"]) == ("5", "30")
    assert (now["standard", None]["input"], now["standard", None]["cache_read"], now["standard", None]["output"]) == (
        "4",
        "0.4",
        "20",
    )
    assert now["standard", 272_000]["input"] == "8"
    assert "reasoning" not in now["standard", None]  # what is billed at another's rate is no published rate
    assert found["fees"]["web_search"] == "0.01"
    code, out, _ = book.ask(*SOL)
    assert code == 0
    assert "2026-08-21 → open  in force" in out
    assert "source https://" in out


def test_an_announced_price_is_on_the_card(book: Book) -> None:
    states = [period["state"] for period in book.data("prices", "explain", "gemini-4-argon", "--provider", "gemini")["periods"]]
    assert states[-2:] in (["in force", "announced"], ["ended", "in force"])  # it begins on 2026-12-01


def test_the_table_says_the_total_and_where_it_is_from(book: Book) -> None:
    code, out, _ = book.ask(*SOL, "--usage", "in=1000,out=100", "--at", "2026-09-01")
    assert code == 0
    assert [line.split()[-1] for line in out.splitlines() if line.startswith("total")] == ["0.006"]
    assert "verified on" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--provider", "openai", "--usage", "in"), "say in=1000,out=200"),
        (("--provider", "openai", "--usage", '{"input_tokens": 1.5}'), "whole number"),
        (("--provider", "openai", "--at", "tomorrow"), "is not a date"),
        (("--provider", "nobody"), "unknown provider"),
        ((), "no provider"),
    ],
)
def test_what_cannot_be_understood_is_an_error_that_says_what_to_do(book: Book, arguments: tuple[str, ...], said: str) -> None:
    code, _, errors = book.ask("prices", "explain", "gpt-4.1", *arguments)
    assert code == 1
    assert said in " ".join(errors.split())


def test_an_unknown_count_has_no_price(book: Book) -> None:
    found = book.data("prices", "explain", "gpt-4.1", "--provider", "openai", "--usage", "in=1,magic=3")
    assert found["amount"] is None
    assert "magic" in found["reason"]


def test_a_discount_of_your_own_is_said(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = tmp_path / "prices.toml"
    overlay.write_text('[[discounts]]\nseller = "openai"\nmultiplier = "0.5"\n', encoding="utf-8")
    monkeypatch.setenv("OTEL_TOKENS_PRICES", str(overlay))
    found = book.data("prices", "explain", "gpt-4.1", "--provider", "openai", "--usage", "in=1000000")
    assert found["amount"] == "1"
    assert any("1 instead of 2 at list prices" in note for note in found["notes"])


def test_find_has_every_word_and_shows_what_it_costs(book: Book) -> None:
    found = book.data("prices", "find", "gpt", "5.6", "sol", "--provider", "openai", "--at", "2026-09-01")["models"]
    sol = next(one for one in found if one["model"] == "gpt-5.6-sol")
    assert [sol["rates"][leaf] for leaf in ("input", "cache_read", "output")] == ["4", "0.4", "20"]
    assert (sol["tier"], sol["kind"], sol["long_context"]) == ("flagship", "chat", True)
    assert all("gpt" in one["model"] and one["seller"] == "openai" for one in found)
    code, out, _ = book.ask("prices", "find", "GPT-5.6-sol", "--provider", "openai")
    assert code == 0
    assert "gpt-5.6-sol +" in out


def test_find_narrows_by_tier_kind_and_seller_and_knows_aliases(book: Book) -> None:
    minis = book.data("prices", "find", "--provider", "openai", "--tier", "mini")["models"]
    assert {one["tier"] for one in minis} == {"mini"}
    kinds = book.data("prices", "find", "embedding", "--provider", "openai", "--kind", "embedding")["models"]
    assert "text-embedding-3-small" in {one["model"] for one in kinds}
    everyone = book.data("prices", "find", "claude", "opus")["models"]
    assert len({one["seller"] for one in everyone}) > 1
    assert everyone[0]["seller"] == "anthropic"
    aliased = book.data("prices", "find", "gpt-5-6", "--provider", "openai")["models"]
    assert "gpt-5.6-sol" in {one["model"] for one in aliased}


def test_find_says_when_there_is_nothing(book: Book) -> None:
    code, _, errors = book.ask("prices", "find", "no-such-model-anywhere")
    assert code == 1
    assert "try fewer words" in errors


def test_a_discount_is_a_line_of_its_own_so_that_the_lines_add_up(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[discounts]]\nseller = "anthropic"\nmultiplier = "0.9"\n')
    monkeypatch.setenv("OTEL_TOKENS_PRICES", str(file))
    said = book.data("prices", "explain", "claude-opus-5-5", "--provider", "anthropic", "--usage", "in=1000,out=100")
    lines = [(line["leaf"], line["amount"]) for line in said["lines"]]
    assert lines == [("input", "0.004"), ("output", "0.002"), ("discount", "-0.0006")]
    assert said["amount"] == "0.0054"
