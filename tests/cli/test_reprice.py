"""`otel-tokens reprice`: a recorded run at another day's prices, and nothing repriced that its spans do not carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.asking import Book, call, run_file
from tests.cli.terminal import Terminal


class Runs:
    def __init__(self, book: Book, folder: Path) -> None:
        self.book, self.path = book, folder / "run.jsonl"

    def __call__(self, *spans: dict[str, Any], at: str = "2026-08-21") -> dict[str, Any]:
        return self.book.data("reprice", run_file(self.path, spans), "--at", at)


@pytest.fixture
def reprice(book: Book, tmp_path: Path) -> Runs:
    return Runs(book, tmp_path)


def test_the_cut_of_august_21_as_billed_and_as_of(reprice: Runs) -> None:
    """GPT-5.6 Sol went from 5 / 0.5 / 30 to 4 / 0.4 / 20 USD per million."""
    found = reprice(
        call("gpt-5.6-sol", 100_000, 10_000, 0.8),
        call("gpt-5.6-sol", 100_000, 10_000, 0.485, **{"gen_ai.usage.cache_read.input_tokens": 70_000}),
        call("gpt-5.6-sol", 300_000, 1_000, 3.045),  # long context: 10 / 45, then 8 / 30
        call("gpt-4.1", 1_000, 1_000, 0.01),
    )
    amounts = [(one["as_billed"], one["as_of"], one["status"]) for one in found["calls"]]
    assert amounts == [
        ("0.8", "0.6", "exact"),
        ("0.485", "0.348", "exact"),
        ("3.045", "2.43", "exact"),
        ("0.01", "0.01", "exact"),
    ]
    assert [(one["model"], one["as_billed"], one["as_of"], one["change_percent"]) for one in found["models"]] == [
        ("gpt-4.1", "0.01", "0.01", "0"), ("gpt-5.6-sol", "4.33", "3.378", "-22"),
    ]  # fmt: skip
    assert (found["total"]["as_billed"], found["total"]["as_of"], found["total"]["calls"]) == ("4.34", "3.388", 4)
    assert found["left_out"] == []
    back = reprice(call("gpt-5.6-sol", 100_000, 10_000, 0.6, start=30 * 86_400), at="2026-08-20T23:59:59Z")
    assert back["calls"][0]["as_of"] == "0.8"


def test_the_table_shows_both_and_the_change(reprice: Runs) -> None:
    reprice(call("gpt-5.6-sol", 100_000, 10_000, 0.8))
    code, out, _ = reprice.book.ask("reprice", reprice.path, "--at", "2026-08-21")
    assert code == 0
    assert [line.split() for line in out.splitlines()][1:] == [
        ["gpt-5.6-sol", "openai", "1", "$0.8000", "$0.6000", "-25%"], ["total", "1", "$0.8000", "$0.6000", "-25%"],
    ]  # fmt: skip


def test_a_tier_stays_the_tier_it_was_served_by(reprice: Runs) -> None:
    tiers = [("flex", 0.4), ("batch", 0.4), ("standard", 0.8)]
    found = reprice(*(call("gpt-5.6-sol", 100_000, 10_000, usd, otel_tokens__service_tier=tier) for tier, usd in tiers))
    assert [(one["as_of"], one["status"]) for one in found["calls"]] == [("0.3", "exact"), ("0.3", "exact"), ("0.6", "exact")]


def test_how_long_a_cache_write_lives_is_found_again_from_what_it_cost(reprice: Runs) -> None:
    claude = {
        "otel_tokens.seller": "anthropic",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.usage.cache_write.input_tokens": 1000,
    }
    five, hour = ({**call("claude-opus-4-6", 1000, 0, usd), **claude} for usd in (0.00625, 0.01))
    assert [one["as_of"] for one in reprice(five, hour)["calls"]] == ["0.00625", "0.01"]


def test_what_a_span_does_not_count_is_named_and_in_no_sum(reprice: Runs) -> None:
    found = reprice(
        call("gpt-4.1", 1_000, 1_000, 0.02, otel_tokens__cost__tool=0.01),
        call("gpt-next", 10, 10, None),
        call("gpt-4.1", 1_000, 1_000, None),
        call("gpt-4.1", 1_000, 1_000, 0.01, **{"gen_ai.usage.output_tokens": -1}),
    )
    assert found["total"]["calls"] == 0
    reasons = {one["reason"] for one in found["left_out"]}
    assert len(reasons) == 4
    assert any("tool" in reason for reason in reasons)
    assert "unknown model" in reasons
    assert found["calls"][2]["as_of"] == "0.01"  # it has a price now, and had none then
    assert reprice.book.ask("reprice", reprice.path, "--at", "2026-08-21")[0] == 1


def test_an_amount_that_the_book_does_not_give_for_its_time_makes_an_estimate(reprice: Runs) -> None:
    one = reprice(call("gpt-4.1", 1_000, 1_000, 0.5))["calls"][0]
    assert (one["as_of"], one["status"]) == ("0.01", "estimated")
    assert "book" in one["reason"]


def test_a_layers_span_of_somebody_elses_call_is_no_call(reprice: Runs) -> None:
    covered = {**call("gpt-4.1", 1_000, 1_000, None), "otel_tokens.cost.status": "covered"}
    assert len(reprice(covered, call("gpt-4.1", 1_000, 1_000, 0.01))["calls"]) == 1


def test_a_span_without_a_seller_is_sold_by_its_host_or_its_provider(reprice: Runs) -> None:
    foreign = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1",
               "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 1000}  # fmt: skip
    found = reprice(foreign, {**foreign, "gen_ai.provider.name": "whoever"}, {**foreign, "server.address": "api.openai.com"})
    assert [one["as_of"] for one in found["calls"]] == ["0.01", None, "0.01"]


def test_a_run_of_our_own_is_repriced_exactly(terminal: Terminal) -> None:
    terminal.otel("run", str(terminal.program("ask()\nask('gpt-4.1')\n")))
    done = terminal.otel("reprice", str(terminal.runs()[-1]), "--at", "2026-11-21")
    assert done.returncode == 0, done.stderr
    assert "total" in done.stdout
    assert "~" not in done.stdout


def test_nothing_to_price_says_how_to_record_some(book: Book, tmp_path: Path) -> None:
    code, _, errors = book.ask("reprice", run_file(tmp_path / "run.jsonl", []), "--at", "2026-08-21")
    assert (code, "otel-tokens run" in errors) == (1, True)
    assert "cannot read" in book.ask("reprice", tmp_path / "nowhere.jsonl", "--at", "2026-08-21")[2]
    assert "is not a date" in book.ask("reprice", tmp_path / "run.jsonl", "--at", "then")[2]
