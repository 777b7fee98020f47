"""`otel-tokens prices diff`, `check` and `export`: what changed, whether the book is whole, and the book in other forms."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from otel_tokens.price import book as bundle
from tests.cli.asking import Book, call, run_file


def price_file(folder: Path, models: dict[str, Any], **header: Any) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [f'"{model}":{json.dumps({"prices": periods})}' for model, periods in models.items()]
    head = {"seller": "openai", "version": "2026-01-01", **header}
    facts = "".join(f"{json.dumps(name)}:{json.dumps(value)},\n" for name, value in head.items())
    (folder / "openai.json").write_text("{" + facts + '"models":{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    return folder


def period(inp: str, out: str, **more: Any) -> dict[str, Any]:
    return {"rates": {"input": inp, "output": out}, **more}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    old = {"same": [period("1", "2")], "cheaper": [period("5", "30")], "gone": [period("1", "1")], "rising": [period("1", "2")]}
    rising = [period("1", "2", to="2100-01-01T00:00:00Z"), period("2", "3", **{"from": "2100-01-01T00:00:00Z"})]
    batch = {"batch": {"rates": {"input": "0.5", "output": "1"}}}
    new = {"same": [period("1", "2", tiers=batch)], "cheaper": [period("4", "20")], "new": [period("3", "4")], "rising": rising}
    return price_file(tmp_path / "old", old), price_file(tmp_path / "new", new, version="2026-02-02")


def test_diff_names_what_came_went_and_changed_by_how_much(book: Book, two: tuple[Path, Path]) -> None:
    found = book.data("prices", "diff", *two)
    assert [one["model"] for one in found["added"]] == ["new"]
    assert [one["model"] for one in found["removed"]] == ["gone"]
    changed = {(one["model"], one["leaf"]): (one["old"], one["new"], one["change_percent"]) for one in found["changed"]}
    assert changed == {("cheaper", "input"): ("5", "4", "-20"), ("cheaper", "output"): ("30", "20", "-33.3")}
    assert [(one["model"], one["service_tier"]) for one in found["cards_added"]] == [("same", "batch")]
    announced = {(one["from"], one["leaf"], one["old"], one["new"], one["change_percent"]) for one in found["announced"]}
    assert announced == {("2100-01-01", "input", "1", "2", "+100"), ("2100-01-01", "output", "2", "3", "+50")}
    assert found["new"]["versions"] == ["2026-02-02"]
    code, out, _ = book.ask("prices", "diff", two[0] / "openai.json", two[1])
    assert code == 0
    assert "added (1) openai/new" in out
    assert "from 2100-01-01 standard" in out


def test_diff_of_two_days_is_the_bundled_book_then(book: Book) -> None:
    found = book.data("prices", "diff", "2026-08-20", "2026-08-21")
    changed = {
        one["leaf"]: (one["old"], one["new"], one["change_percent"])
        for one in found["changed"]
        if (one["seller"], one["model"], one["service_tier"], one["over"]) == ("openai", "gpt-5.6-sol", "standard", None)
    }
    assert changed["input"] == ("5", "4", "-20")
    assert changed["cache_read"] == ("0.5", "0.4", "-20")
    assert changed["output"] == ("30", "20", "-33.3")
    _, out, _ = book.ask("prices", "diff", "2026-08-20", "2026-08-20")
    assert "nothing changed" in out


def test_diff_prices_a_recorded_run_under_both(book: Book, two: tuple[Path, Path], tmp_path: Path) -> None:
    spans = [call("cheaper", 1000, 100, 0.5), call("gone", 1, 1, 0.1), call("cheaper", 1, 1, 0.5, otel_tokens__cost__tool=0.1)]
    run = run_file(tmp_path / "run.jsonl", spans)
    found = book.data("prices", "diff", *two, "--run", run)["run"]
    assert (found["calls"], found["old_usd"], found["new_usd"], found["change_percent"]) == (1, "0.008", "0.006", "-25")
    assert sum(found["not_priced"].values()) == 2
    assert "unknown model" in found["not_priced"]
    days = book.data(
        "prices", "diff", "2026-08-20", "2026-08-21", "--run", run_file(run, [call("gpt-5.6-sol", 1000, 1000, 0.035)])
    )
    assert (days["run"]["old_usd"], days["run"]["new_usd"]) == ("0.035", "0.024")


@pytest.mark.parametrize("text", ["", "{}", '{"seller":"x",\n"models":{\n}}', "no json"])
def test_what_is_no_price_file_is_said_to_be_none(book: Book, tmp_path: Path, text: str) -> None:
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    code, _, errors = book.ask("prices", "diff", tmp_path / "one.json", "2026-08-20")
    assert (code, "docs/price-files.md" in errors) == (1, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no price file" in book.ask("prices", "diff", empty, "2026-08-20")[2]
    assert "cannot read" in book.ask("prices", "diff", tmp_path / "nowhere.json", "2026-08-20")[2]


def test_check_passes_when_the_book_is_fresh_and_fails_when_it_is_old(book: Book) -> None:
    code, out, _ = book.ask("prices", "check", "--max-age", "36500")
    assert (code, "fresh and whole" in out) == (0, True)
    code, _, errors = book.ask("prices", "check", "--max-age", "-1")
    assert code == 1
    assert "prices refresh" in errors
    found = book.data("prices", "check", "--max-age", "-1")
    assert (found["ok"], len(found["problems"])) == (False, 1)


def test_check_fails_when_a_file_is_not_what_was_written(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "prices"
    shutil.copytree(bundle.PRICES, copy)
    (copy / "openai.json").write_text((copy / "openai.json").read_text().replace('"input":"5"', '"input":"6"', 1))
    (copy / "anthropic.json").unlink()
    monkeypatch.setattr(bundle, "PRICES", copy)
    found = book.data("prices", "check", "--max-age", "36500")
    assert sorted(Path(one["problem"].split()[0]).name for one in found["problems"]) == ["anthropic.json", "openai.json"]
    assert all(one["fix"] for one in found["problems"])


def test_check_fails_when_your_own_prices_cannot_be_read(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "mine.toml"
    broken.write_text("discounts = 5\n", encoding="utf-8")
    monkeypatch.setenv("OTEL_TOKENS_PRICES", str(broken))
    code, out, _ = book.ask("prices", "check", "--max-age", "36500", "--json")
    assert code == 1
    assert "mine.toml" in json.loads(out)["problems"][0]["problem"]


def exported(book: Book, *arguments: str) -> list[dict[str, str]]:
    _, out, _ = book.ask("prices", "export", *arguments)
    return list(csv.DictReader(out.splitlines()))


def test_csv_has_a_row_for_every_card(book: Book) -> None:
    rows = exported(book, "--format", "csv", "--provider", "openai", "--at", "2026-09-01")
    sol = {(row["service_tier"], row["over_tokens"]): row for row in rows if row["model"] == "gpt-5.6-sol"}
    assert [sol["standard", ""][leaf] for leaf in ("input", "cache_read", "output", "cache_write_12h")] == [
        "4",
        "0.4",
        "20",
        "10",
    ]
    assert sol["standard", "272000"]["input"] == "8"
    assert sol["batch", ""]["input"] == "2"
    assert sol["standard", ""]["valid_from"] == "2026-08-21T00:00:00Z"
    keys = [(row["seller"], row["model"], row["service_tier"], row["over_tokens"], row["hours"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_json_has_the_same_cards(book: Book) -> None:
    _, out, _ = book.ask("prices", "export", "--format", "json", "--provider", "openai", "--at", "2026-09-01")
    rows = json.loads(out)["rows"]
    assert len(rows) == len(exported(book, "--format", "csv", "--provider", "openai", "--at", "2026-09-01"))
    long = next(
        row for row in rows if (row["model"], row["service_tier"], row["over_tokens"]) == ("gpt-5.6-sol", "flex", 272_000)
    )
    assert long["rates"]["output"] == "15"


def test_the_collectors_table_has_unique_keys_and_no_empty_cell(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    code, _, errors = book.ask("prices", "export", "--format", "collector", "-o", path, "--at", "2026-09-01")
    assert (code, "rows" in errors) == (0, True)
    rows = {row["key"]: row for row in csv.DictReader(path.read_text().splitlines())}
    assert len(rows) == len(path.read_text().splitlines()) - 1 > 500
    assert all(cell for row in rows.values() for cell in row.values())
    assert [other for other in tmp_path.iterdir() if other.name.startswith(".prices")] == []
    sol, alias = rows["openai|gpt-5.6-sol|standard"], rows["openai|gpt-5.6|standard"]
    assert {**sol, "key": ""} == {**alias, "key": ""}
    assert (sol["input"], sol["threshold"], sol["input_above"], sol["status"]) == ("4", "272000", "8", "exact")
    plain = rows["openai|gpt-4.1|standard"]
    assert (plain["threshold"], plain["input_above"]) == ("0", plain["input"])
    for row in rows.values():
        numbers = [float(row[name]) for name in row if name.startswith(("input", "output", "cache_", "reasoning", "threshold"))]
        assert all(number >= 0 or number == -1 for number in numbers)
    hourly = rows["deepseek|deepseek-v4-pro|standard"]
    assert (hourly["input"], hourly["status"], hourly["reason"]) == ("-1", "unpriced", "price depends on the hour")


def test_export_says_where_it_cannot_write(book: Book, tmp_path: Path) -> None:
    code, _, errors = book.ask("prices", "export", "--format", "csv", "-o", tmp_path / "no" / "where.csv")
    assert code == 1
    assert "cannot write" in errors
