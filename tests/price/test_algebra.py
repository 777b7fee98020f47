"""Properties of the arithmetic, over every card of the book and any usage."""

from hypothesis import given
from hypothesis import strategies as st

from otel_tokens.price import book, quote
from otel_tokens.price.cards import card
from otel_tokens.price.names import OPAQUE
from otel_tokens.types import LEAF_PART, Cost, Price, Served, Unpriced, Usage

COUNTS = st.integers(0, 400_000)
CARDS = [
    Served(seller, model, service_tier=tier, batch=tier == "batch", at=1_800_000_000_000_000_000)
    for seller in book.index()["sellers"]
    if (found := book.bundled(seller))
    for model in found
    for tier in ["standard", *found.entry(model)["prices"][-1].get("tiers", ())]
    if tier != "fast"
]
SERVED = st.sampled_from(CARDS)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    read, write, long_write, fresh = (draw(COUNTS) for _ in range(4))
    thought, told = draw(COUNTS), draw(COUNTS)
    some = st.none() | st.integers(0, 20)
    return Usage(
        input_tokens=read + write + long_write + fresh, output_tokens=thought + told, cache_read_tokens=read,
        reasoning_tokens=thought, cache_write_5m_tokens=write, cache_write_1h_tokens=long_write,
        web_search_requests=draw(some), file_search_requests=draw(some),
    )  # fmt: skip


@given(usages())
def test_leaves_are_disjoint_positive_and_sum_to_the_totals(usage: Usage) -> None:
    leaves = usage.leaves()
    assert leaves is not None
    assert all(count > 0 for count in leaves.values())
    inside = ("input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h")
    assert sum(leaves.get(leaf, 0) for leaf in inside) == usage.input_tokens
    assert leaves.get("output", 0) + leaves.get("reasoning", 0) == usage.output_tokens


@given(usages(), SERVED)
def test_parts_sum_to_the_total_and_are_the_rates_of_the_card(usage: Usage, served: Served) -> None:
    found, leaves = quote(usage, served), usage.leaves()
    assert leaves is not None
    if isinstance(found, Cost):
        assert found.total == sum(found.parts.values()) >= 0
        assert found.parts.keys() == leaves.keys()
        assert isinstance(found.price, Price)
        assert found.parts == {leaf: found.price.rates[leaf] * count for leaf, count in leaves.items()}
        assert found.price == card(served, usage.input_tokens or 0)
        assert found.status == "exact" or found.reason


@given(usages(), SERVED, st.sampled_from(["input", "output", "cache_read", "reasoning", "cache_write_5m", "web_search"]))
def test_more_of_a_leaf_never_costs_less(usage: Usage, served: Served, leaf: str) -> None:
    more = {
        "input": Usage(1, 0), "output": Usage(0, 1), "cache_read": Usage(1, 0, cache_read_tokens=1),
        "reasoning": Usage(0, 1, reasoning_tokens=1), "cache_write_5m": Usage(1, 0, cache_write_5m_tokens=1),
        "web_search": Usage(web_search_requests=1),
    }  # fmt: skip
    before, after = quote(usage, served), quote(usage + more[leaf], served)
    if isinstance(before, Cost) and isinstance(after, Cost):
        assert after.total >= before.total


@given(usages(), st.text(max_size=40), st.sampled_from(["openai", "anthropic", "azure.ai.openai", "groq", "unknown"]))
def test_what_is_not_known_has_no_amount_and_a_short_stable_reason(usage: Usage, model: str, seller: str) -> None:
    found = quote(usage, Served(seller, model + "\x00", at=1))
    assert isinstance(found, Unpriced)
    assert found.reason in ("unknown model", "fine-tuned rate unknown", "not in book", "no usage", *OPAQUE.values())


@given(usages(), SERVED)
def test_a_reason_never_carries_a_name_or_a_number_of_the_call(usage: Usage, served: Served) -> None:
    found = quote(usage, served)
    if isinstance(found, Unpriced):
        assert found.reason in {f"no rate for {leaf}{tail}" for leaf in LEAF_PART for tail in ("", ": long context")}
