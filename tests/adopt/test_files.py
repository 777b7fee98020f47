"""OTLP/JSON lines that others wrote, as `otel-tokens tree FILE` shows them: priced by our book, each call once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_tokens import semconv
from otel_tokens.cli import main
from otel_tokens.cli.tree import load
from otel_tokens.price import sellers, shelf
from otel_tokens.report.foreign import adopted
from otel_tokens.report.read import Span
from otel_tokens.report.tree import forest, grand_total
from tests.adopt import spoken
from tests.report.spans import call, span, value

COST = 0.0028
TRACE = "0af7651916cd43dd8448eb211c80319c"


def foreign(ident: int, name: str, parent: int | None, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = span(ident, name, parent, **more)
    return made | {"attributes": [{"key": key, "value": value(given)} for key, given in attributes.items()]}


def write(path: Path, *scoped: tuple[str, dict[str, Any]]) -> Path:
    """One line for each span, as a Collector's file exporter writes them."""
    lines = [
        json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": scope}, "spans": [one]}]}]})
        for scope, one in scoped
    ]
    file = path / "theirs.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def tree_of(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["tree", str(file), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_a_call_of_every_dialect_is_priced_by_our_book(dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scope, attributes = spoken.CALLS[dialect]
    file = write(tmp_path, ("app", foreign(1, "GET /", None, {})), (scope, foreign(2, "llm", 1, attributes)))
    total = tree_of(file, capsys)["total"]
    due = {"older semconv": 1000 * 1.25 + 200 * 10, "anthropic": 500 * 3 + 400 * 0.3 + 100 * 6 + 200 * 15}.get(dialect, 2800)
    assert total["cost_usd"] == pytest.approx(due / 1e6, abs=1e-12)
    assert (total["calls"], total["status"]) == (1, "estimated" if dialect == "older semconv" else "exact")
    assert (total["input_tokens"], total["output_tokens"]) == (1000, 200)


@pytest.mark.parametrize("dialect", spoken.AGENTS)
def test_their_agents_and_tools_are_steps(dialect: str, tmp_path: Path) -> None:
    (scope, is_agent), (tools, is_tool) = spoken.AGENTS[dialect], spoken.TOOLS[dialect]
    file = write(
        tmp_path, (scope, foreign(1, "run", None, is_agent)), ("llm", foreign(2, "chat", 1, spoken.OPENINFERENCE)),
        (tools, foreign(3, "t", 1, is_tool)), ("llm", foreign(4, "chat", 3, spoken.OPENINFERENCE)),
    )  # fmt: skip
    (root,) = forest(load([file]).spans)
    assert [(root.kind, root.name, root.total.calls, root.direct.calls)] == [("agent", "analyst", 2, 1)]
    inner = next(node for node in root.children if node.kind == "tool")
    assert (inner.name, inner.total.calls) == ("lookup", 1)
    assert root.total.usd == pytest.approx(2 * COST, abs=1e-12)


def test_layers_of_one_call_are_one_call(tmp_path: Path) -> None:
    """Nested, beside with the same id, in another trace with the same counts, and one that we had priced."""
    file = write(
        tmp_path,
        ("openinference.langchain", foreign(1, "outer", None, spoken.OPENINFERENCE)),
        ("genai", foreign(1, "inner", None, spoken.GENAI, trace="f" * 32)),
        ("openllmetry", foreign(2, "beside", None, spoken.OPENLLMETRY)),
        ("openinference.openai", foreign(3, "again", 2, spoken.OPENINFERENCE)),
    )  # fmt: skip
    total = grand_total(forest(load([file]).spans))
    assert (total.calls, total.usd) == (2, pytest.approx(2 * COST, abs=1e-12))


def test_what_we_had_priced_is_not_priced_again(tmp_path: Path) -> None:
    priced = call(2, 1, 0.5, RESPONSE_ID="chatcmpl-1")
    file = write(
        tmp_path, ("theirs", foreign(1, "layer", None, spoken.OPENINFERENCE)), ("otel_tokens", priced),
        ("other", foreign(3, "beside", None, spoken.GENAI)),
    )  # fmt: skip
    total = grand_total(forest(load([file]).spans))
    assert (total.calls, total.usd) == (1, 0.5)


def test_a_failed_call_and_an_unknown_seller_say_so(tmp_path: Path) -> None:
    file = write(
        tmp_path, ("a", foreign(1, "x", None, spoken.GENAI | {"server.address": "gateway.corp"})),
        ("b", foreign(2, "y", None, spoken.GENAI | {"gen_ai.response.id": "other"}, failed=True)),
    )  # fmt: skip
    total = grand_total(forest(load([file]).spans))
    assert (total.calls, total.failed, total.status) == (2, 1, "lower bound")
    assert [where for where, _, _ in total.unpriced] == ["gateway.corp:443"]


def test_the_users_sellers_decide_for_files_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, ("a", foreign(1, "x", None, spoken.GENAI | {"server.address": "gateway.corp"})))
    monkeypatch.setenv("OTEL_TOKENS_SELLERS", "gateway.corp=openai")
    try:
        assert tree_of(file, capsys)["total"]["cost_usd"] == pytest.approx(COST, abs=1e-12)
    finally:
        sellers.reset()
        shelf.use()


def test_a_file_without_their_calls_is_as_it_was() -> None:
    one = Span("t", "1", "", "GET /", 1, 2, False, {"http.request.method": "GET"}, "app", "p")
    assert adopted([one]) == [Span("t", "1", "", "GET /", 1, 2, False, {"http.request.method": "GET"}, "app", "p")]


IDENTS = st.sampled_from([None, "a", "b"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(spoken.CALLS)), IDENTS, st.integers(0, 5), st.integers(1, 3)), max_size=6))
def test_no_call_is_counted_more_often_than_there_are_spans_of_it(given_spans: list[Any]) -> None:
    """Whatever stands in a file: no more calls than spans, none negative, and the tree sums up what the calls cost."""
    spans: list[Span] = []
    for ident, (dialect, response, start, parent) in enumerate(given_spans, 1):
        scope, attributes = spoken.CALLS[dialect]
        said = {name: given for name, given in attributes.items() if name != "gen_ai.response.id"}
        said |= {"gen_ai.response.id": response} if response else {}
        above = str(parent) if parent < ident else ""
        spans.append(Span("t", str(ident), above, dialect, start, start + 2, False, said, "app", "p", scope))
    told = adopted(spans)
    total = grand_total(forest(told))
    costs = [one.attributes[semconv.COST] for one in told if semconv.COST in one.attributes]
    assert total.calls == len(costs) <= len(spans)
    assert bool(costs) == bool(spans)
    assert abs((total.usd or 0) - sum(costs)) < 1e-12
