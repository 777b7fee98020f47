"""From files to a tree: nothing lost, nothing counted twice, nothing fatal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from otel_tokens.report import data, render, words
from otel_tokens.report.fixes import FIXES, fix
from otel_tokens.report.read import Recording, read
from otel_tokens.report.tree import Node, forest, grand_total
from tests.report.spans import call, line, span


def recording(tmp_path: Path, *lines: str, name: str = "traces.jsonl") -> Recording:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read([path])


def shape(node: Node) -> object:
    title = f"{node.kind} {node.name}" + (f" × {node.count}" if node.count > 1 else "")
    return {title: [shape(child) for child in node.children]} if node.children else title


def shown(roots: list[Node], width: int = 120) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(render.tree(roots, width))
    return "\n".join(one.rstrip() for one in capture.get().splitlines())


def test_a_workflow_over_two_processes_adds_up_by_its_parents(tmp_path: Path) -> None:
    one = line(
        span(1, "invoke_workflow w", OPERATION="invoke_workflow", WORKFLOW_NAME="w", ROLLUP_COST=99.0),
        span(2, "invoke_agent a", 1, OPERATION="invoke_agent", AGENT="a", ROLLUP_COST=99.0),
        call(3, 2, 0.01), call(4, 2, 0.02), call(5, 1, 0.04), span(9, "POST", 2),
    )  # fmt: skip
    two = line(span(6, "serve", 9), call(7, 6, 0.08, "gpt-5-mini"), service="worker", process="p2")
    found = recording(tmp_path, one, two)
    [root] = forest(found.spans)
    assert shape(root) == {"workflow w": [{"agent a": ["call gpt-5 × 2", "call gpt-5-mini"]}, "call gpt-5"]}
    assert words.cost(root.total) == "$0.1500"  # self costs only, never the roll-ups that processes wrote
    assert words.cost(root.direct) == "$0.0400"
    assert words.cost(root.children[0].direct) == "$0.1100"
    assert (root.total.calls, root.total.input, root.total.cache_share) == (4, 400, 0.4)
    assert data.document(found, [root])["processes"] == 2


def test_a_span_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    found = recording(tmp_path, line(call(1)), line(call(1)))
    assert grand_total(forest(found.spans)).calls == 1


def test_broken_and_half_written_lines_are_counted_and_not_fatal(tmp_path: Path) -> None:
    whole = line(call(1))
    found = recording(
        tmp_path, whole, "not json", "[1]", '{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}', whole[: len(whole) // 2]
    )
    assert grand_total(forest(found.spans)).calls == 1
    assert found.broken == ["traces.jsonl:2", "traces.jsonl:3", "traces.jsonl:4", "traces.jsonl:5"]


def test_an_indented_document_and_a_directory_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "traces-1.json").write_text(json.dumps(json.loads(line(call(1))), indent=2), encoding="utf-8")
    (tmp_path / "run" / "metrics-1.jsonl").write_text("no spans in here", encoding="utf-8")
    found = read([tmp_path / "run"])
    assert grand_total(forest(found.spans)).calls == 1
    assert found.broken == []


def test_foreign_spans_are_shown_as_roots_and_where_paths_part(tmp_path: Path) -> None:
    found = recording(tmp_path, line(
        span(1, "GET /report"), span(2, "chain", 1), span(3, "inner", 2), call(4, 3), call(5, 3, 0.01, "o3"),
        span(6, "SELECT", 1), span(7, "idle"),
    ))  # fmt: skip
    assert [shape(root) for root in forest(found.spans)] == [{"span GET /report": [{"span inner": ["call gpt-5", "call o3"]}]}]


def test_a_layers_span_above_the_call_is_not_a_call(tmp_path: Path) -> None:
    found = recording(tmp_path, line(span(1, "ChatOpenAI", OPERATION="chat", REQUEST_MODEL="gpt-5"), call(2, 1)))
    covered = line(span(3, "litellm", OPERATION="chat", COST_STATUS="covered"), call(4, 3))
    assert grand_total(forest(found.spans)).calls == 1
    assert grand_total(forest(recording(tmp_path, covered).spans)).calls == 1


def test_calls_whose_parent_never_ended_stay_together(tmp_path: Path) -> None:
    found = recording(tmp_path, line(call(2, 1), call(3, 1, 0.01, "o3")))
    [root] = forest(found.spans)
    assert shape(root) == {"missing not recorded": ["call gpt-5", "call o3"]}
    assert "never ended, or recorded elsewhere" in shown([root])


def test_what_is_unpriced_is_named_with_its_fix_and_makes_a_lower_bound(tmp_path: Path) -> None:
    unknown = call(3, 1, None, "llama", SELLER="unknown", SERVER_ADDRESS="llm.local", SERVER_PORT=8080, COST_REASON="not in book")
    steps = span(1, "invoke_agent a", OPERATION="invoke_agent", AGENT="a")
    text = shown(forest(recording(tmp_path, line(steps, call(2, 1), unknown)).spans))
    assert "agent a   ≥ $0.0100" in text
    assert re.search(r"llama +\? ", text)
    assert "unpriced llama at llm.local:8080 (1 call): not in book" in text
    assert "OTEL_TOKENS_SELLERS=llm.local:8080=openai" in text


def test_a_rejected_call_was_not_billed_and_hides_nothing(tmp_path: Path) -> None:
    rejected = call(2, None, None, COST_REASON="rejected", OUTCOME="failed", ERROR_TYPE="openai.RateLimitError")
    [root] = forest(recording(tmp_path, line(rejected)).spans)
    assert root.total.status == "exact"
    assert "RateLimitError, not billed" in shown([root])


def test_retries_waste_and_estimates_are_marked(tmp_path: Path) -> None:
    found = recording(tmp_path, line(
        call(1, ATTEMPTS=3, WASTED_REASON="retry"),
        call(2, None, 0.02, "o3", COST_STATUS="estimated", COST_REASON="partial usage", OUTCOME="abandoned", SERVICE_TIER="flex"),
    ))  # fmt: skip
    text = shown(forest(found.spans))
    assert "2 retries · $0.0100 wasted" in text
    assert "flex · estimated: partial usage · left early" in text
    assert "total ~ $0.0300 · 2 calls" in text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_the_tree_fits_the_terminal(tmp_path: Path, width: int) -> None:
    found = recording(
        tmp_path,
        line(span(1, "invoke_agent a", OPERATION="invoke_agent", AGENT="an-agent-with-a-name"), call(2, 1), call(3, 1, None)),
    )
    assert max(map(len, shown(forest(found.spans), width).splitlines())) <= width


def test_equal_siblings_are_one_line_unless_asked(tmp_path: Path) -> None:
    found = recording(tmp_path, line(*(call(n) for n in range(1, 13))))
    assert [shape(root) for root in forest(found.spans)] == ["call gpt-5 × 12"]
    assert len(forest(found.spans, collapse=False)) == 12


@pytest.mark.parametrize(
    ("femto", "text"),
    [
        (0, "$0"), (42 * 10**9, "$0.000042"), (1, "$0.000000000000001"), (123 * 10**11, "$0.0123"),
        (1_234_500 * 10**12, "$1,234.50"), (10**15, "$1.00"),
    ],
)  # fmt: skip
def test_money_is_never_rounded_to_nothing(femto: int, text: str) -> None:
    assert words.money(femto) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1000, "1.0k"), (12_345, "12.3k"), (999_999, "1000k"), (4_560_000, "4.6M")]
)
def test_counts_are_short(count: int, text: str) -> None:
    assert words.number(count) == text


def test_every_reason_of_the_engine_has_a_fix() -> None:
    reasons = ("no usage", "unknown model", "not in book", "no rate for reasoning", "no rate at that time", "no model",
               "failed without usage", "inconsistent usage", "invalid usage", "fine-tuned rate unknown")  # fmt: skip
    assert [reason for reason in reasons if "doctor" in fix(reason, "openai")] == []
    assert len({start for start, _ in FIXES}) == len(FIXES)


def test_the_shape_of_the_json_is_what_the_docs_say(tmp_path: Path) -> None:
    found = recording(tmp_path, line(span(1, "invoke_agent a", OPERATION="invoke_agent", AGENT="a"), call(2, 1)))
    answer = data.document(found, forest(found.spans))
    assert set(answer) == {"version", "total", "unpriced", "tree", "files", "processes", "broken_lines"}
    [agent] = answer["tree"]
    described = (Path(__file__).parents[2] / "docs" / "run.md").read_text(encoding="utf-8")
    assert [name for name in {*answer, *agent, *agent["children"][0]} if f"`{name}`" not in described] == []
