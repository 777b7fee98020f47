"""Every dialect says the same call in its own words; what is no call and no step stays what it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_tokens import bill, price, semconv
from otel_tokens.adopt import call_of, told
from otel_tokens.adopt.dialects import DIALECTS, MARKS
from otel_tokens.adopt.read import OUTSIDE, speaks
from otel_tokens.types import Cost, Usage
from tests.adopt import spoken

WHOLE = Usage(input_tokens=1000, output_tokens=200, cache_read_tokens=400, reasoning_tokens=50)
USAGES = {
    "older semconv": Usage(input_tokens=1000, output_tokens=200),
    "anthropic": Usage(
        input_tokens=1000, output_tokens=200, cache_read_tokens=400, cache_write_tokens=100, cache_write_5m_tokens=0,
        cache_write_1h_tokens=100,
    ),
}  # fmt: skip


def said_in(dialect: str, **more: Any) -> Any:
    scope, attributes = spoken.CALLS[dialect]
    return told(attributes | more, scope, "span")


def cost_of(said: Any) -> Any:
    call = call_of(said)
    seller = price.seller_of(said.provider, said.host, said.port)
    call.seller, call.started_ns = seller.name, 1_760_000_000 * 10**9
    return bill.priced(call, bill.total_usage(call), None)


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_a_call_is_read_in_every_dialect(dialect: str) -> None:
    said = said_in(dialect)
    assert (said.dialect, said.kind, said.usage, said.invalid) == (dialect, "call", USAGES.get(dialect, WHOLE), False)
    assert said.operation.name == "chat"
    assert (said.response_model or said.request_model).startswith(("gpt-5", "claude-sonnet-4-5"))


@pytest.mark.parametrize("dialect", spoken.CALLS)
def test_every_dialect_comes_to_the_same_price(dialect: str) -> None:
    cost = cost_of(said_in(dialect))
    assert isinstance(cost, Cost)
    whole = 600 * 1.25 + 400 * 0.125 + 200 * 10  # USD per million: of gpt-5
    older, claude = 1000 * 1.25 + 200 * 10, 500 * 3 + 400 * 0.3 + 100 * 6 + 200 * 15
    due = {"older semconv": older, "anthropic": claude}.get(dialect, whole)
    assert cost.total == round(due * 10**9)
    assert cost.status == ("estimated" if dialect == "older semconv" else "exact")


@pytest.mark.parametrize("dialect", ["pydantic-ai", "openlit"])
def test_a_cost_that_a_dialect_states_is_not_believed(dialect: str) -> None:
    assert call_of(said_in(dialect)).reported is None


@pytest.mark.parametrize(("kind", "spans", "name"), [
    (semconv.INVOKE_AGENT, spoken.AGENTS, "analyst"), (semconv.EXECUTE_TOOL, spoken.TOOLS, "lookup"),
])  # fmt: skip
def test_agents_and_tools_are_steps_in_every_dialect(kind: str, spans: Any, name: str) -> None:
    for dialect, (scope, attributes) in spans.items():
        said = told(attributes, scope, "span")
        assert said is not None
        assert (said.dialect, said.kind, said.name, said.usage) == (dialect, kind, name, None)


@pytest.mark.parametrize(("scope", "attributes"), spoken.OTHERS)
def test_everything_else_is_neither(scope: str, attributes: dict[str, Any]) -> None:
    assert told(attributes, scope, "span") is None


def test_cached_tokens_beside_the_input_are_added_to_it() -> None:
    known = told(
        spoken.OPENLIT | {"gen_ai.usage.input_tokens": 600, "gen_ai.provider.name": "anthropic"},
        "openlit.instrumentation.anthropic", "chat",
    )  # fmt: skip
    assert known is not None
    assert known.usage is not None
    assert (known.usage.input_tokens, known.doubt) == (1000, None)


def test_an_input_below_its_cached_part_is_mended_and_marked() -> None:
    said = said_in("semconv", **{"gen_ai.usage.input_tokens": 100})
    assert (said.usage.input_tokens, said.doubt) == (500, OUTSIDE)
    assert (cost_of(said).status, cost_of(said).reason) == ("estimated", OUTSIDE)


@pytest.mark.parametrize("garbage", ["12", -1, 1.5, True, float("nan"), 1 << 60])
def test_what_is_no_count_is_unknown_not_zero(garbage: Any) -> None:
    said = said_in("semconv", **{"gen_ai.usage.input_tokens": garbage})
    assert (said.usage, said.invalid) == (None, True)
    assert cost_of(said).reason == "invalid usage"


def test_a_part_larger_than_its_whole_is_not_priced() -> None:
    said = said_in("semconv", **{"gen_ai.usage.reasoning.output_tokens": 201})
    assert said.invalid
    assert cost_of(said).reason == "invalid usage"


@pytest.mark.parametrize(("stated", "host", "port"), [
    ("api.openai.com", "api.openai.com", 443), ("https://gateway.corp:8443/v1", "gateway.corp", 8443),
    ("https://[broken", None, None), (7, None, 443),
])  # fmt: skip
def test_the_host_is_read_from_a_name_and_from_an_address(stated: Any, host: str | None, port: int | None) -> None:
    said = said_in("semconv", **{"server.address": stated})
    assert (said.host, said.port) == (host, port)


def test_the_host_decides_who_sells_before_the_name() -> None:
    assert cost_of(said_in("semconv", **{"server.address": "gateway.corp"})).reason
    assert cost_of(said_in("openinference", **{"llm.provider": "nobody"})).reason


def test_an_embedding_needs_no_output_count() -> None:
    said = told({"openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small",
                 "llm.provider": "openai", "llm.token_count.prompt": 1000}, "openinference.x", "e")  # fmt: skip
    assert said is not None
    assert said.operation.name == "embeddings"
    assert cost_of(said).status == "exact"


def test_the_cheap_question_is_never_wrong() -> None:
    """Every mark of every dialect begins as `MARKS` says, or stands beside one that does."""
    marks = {mark for dialect in DIALECTS for mark, _ in dialect.marks}
    assert {mark for mark in marks if not mark.startswith(MARKS)} == {"agent_name"}
    assert speaks(["a", "gen_ai.system"])
    assert not speaks(["http.method", "generic"])


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=2), max_size=2)
NAMES = sorted({
    name
    for dialect in DIALECTS
    for told_by in (dialect.request_model, dialect.provider, dialect.host, dialect.port, *dialect.counts.values(),
                    *(mark for mark, _ in dialect.marks), *dialect.names.values())
    for name in told_by.split("|")
})  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12), st.sampled_from([scope for scope, _ in spoken.CALLS.values()])
)
def test_no_attributes_whatever_make_it_stumble(attributes: dict[str, Any], scope: str) -> None:
    for kind in ("chat", "LLM", "agent"):
        for mark in ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind"):
            said = told(attributes | {mark: kind}, scope, "span")
            if said is not None and said.usage is not None and not said.invalid:
                leaves = said.usage.leaves()
                assert leaves is not None
                assert min(leaves.values(), default=0) >= 0
