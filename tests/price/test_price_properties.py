"""What holds for any usage at the real models of every seller that has vectors: monotone, never 0 for unknown, leaves add up."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_tokens.price import quote, seller_named, shelf
from otel_tokens.types import FEMTO, FIELDS, Cost, Served, Unpriced, Usage
from tests.price.test_vector_files import VECTORS, served
from tools.price_vectors import Vector

PRICED = [vector for vector in VECTORS if vector.usd]
WAYS = sorted({served(vector) for vector in PRICED}, key=str)
SELLERS = sorted({way.seller for way in WAYS})
WAY = st.sampled_from(WAYS)
VECTOR = st.sampled_from(PRICED)
ORDINARY = {
    "openai": "default",
    "anthropic": "standard",
    "gcp.gemini": "standard",
    "aws.bedrock": "default",
    "azure.ai.openai": "default",
}
TAILS = ("-maxi", "-lite-9", "-8b-x", ":floor", ":thinking", "x", "\x00", " ", "/")
INSIDE_INPUT = {"cache_read_tokens", "cache_write_tokens", "input_audio_tokens", "input_image_tokens", "input_video_tokens"}
INSIDE_INPUT |= {f"cache_write_{ttl}_tokens" for ttl in ("5m", "30m", "1h", "12h")}
INSIDE_OUTPUT = {"reasoning_tokens", "output_audio_tokens", "output_image_tokens", "output_video_tokens"}
INSIDE_BOTH = {"cache_read_audio_tokens": "input_audio_tokens", "cache_read_image_tokens": "input_image_tokens"}


def one_more(field: str, count: int) -> Usage:
    """`count` more of one thing, with the totals that it is a part of."""
    counts = {field: count}
    if field in INSIDE_INPUT or field in INSIDE_BOTH:
        counts["input_tokens"] = count
    if field in INSIDE_OUTPUT:
        counts["output_tokens"] = count
    if whole := INSIDE_BOTH.get(field):
        counts |= {whole: count, "cache_read_tokens": count}
    return Usage(**counts)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Any consistent usage: some of everything, or of a few things."""
    found = Usage(0, 0)
    for field in draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=5)):
        found += one_more(field, draw(st.integers(0, 300_000 if field.endswith("tokens") else 50)))
    return found


def test_many_sellers_take_part() -> None:
    assert len(SELLERS) >= 12
    assert len(WAYS) >= 300


@given(usages(), WAY, st.sampled_from(FIELDS), st.integers(1, 300_000))
def test_more_of_anything_never_costs_less(usage: Usage, way: Served, field: str, count: int) -> None:
    before, after = quote(usage, way), quote(usage + one_more(field, count), way)
    if isinstance(before, Cost) and isinstance(after, Cost):
        assert after.total >= before.total


@given(VECTOR, st.sampled_from(FIELDS), st.integers(1, 300_000))
def test_more_than_a_vector_never_costs_less_than_the_vector(vector: Vector, field: str, count: int) -> None:
    found = quote(Usage(**vector.usage) + one_more(field, count), served(vector))
    if isinstance(found, Cost):
        assert vector.usd is not None
        assert vector.same(Decimal(found.total) / FEMTO) or Decimal(found.total) / FEMTO >= vector.usd


@given(usages(), WAY)
def test_the_leaves_add_up_and_none_is_left_out(usage: Usage, way: Served) -> None:
    found, leaves = quote(usage, way), usage.leaves()
    assert leaves is not None
    if isinstance(found, Cost):
        assert found.total == sum(found.parts.values())
        assert found.parts.keys() == leaves.keys()
        assert all(amount >= 0 for amount in found.parts.values())


@given(usages(), st.sampled_from(SELLERS), st.text(min_size=1, max_size=30))
def test_an_unknown_model_is_never_0(usage: Usage, seller: str, name: str) -> None:
    found = quote(usage, Served(seller, f"{name}\x00", at=WAYS[0].at))
    assert isinstance(found, Unpriced)
    assert found.reason


@given(usages(), st.sampled_from([way for way in WAYS if "ft:" not in way.model]), st.sampled_from(TAILS))
def test_a_name_with_something_behind_it_is_not_that_model(usage: Usage, way: Served, tail: str) -> None:
    """A fine-tuned model's name ends as its owner likes; no other may."""
    found = quote(usage, way._replace(model=way.model + tail))
    assert isinstance(found, Unpriced)


@given(usages(), WAY, st.sampled_from(["hyperfast", "gold", "turbo-9"]))
def test_an_unknown_tier_is_never_the_standard_price(usage: Usage, way: Served, tier: str) -> None:
    if way.seller in ORDINARY:
        assert isinstance(quote(usage, way._replace(service_tier=tier, batch=False, speed=None)), Unpriced)


@given(usages(), WAY)
def test_a_downgraded_tier_is_the_standard_price(usage: Usage, way: Served) -> None:
    if way.seller in ORDINARY:
        plain = way._replace(service_tier=None, batch=False, speed=None)
        assert quote(usage, plain._replace(service_tier=ORDINARY[way.seller])) == quote(usage, plain)


# ------------------------------------------------------------------------------------------------ the FOCUS draft, with storage
FOCUS = """
[sellers.focus.models.example]
rates = { input = "3", cache_write = "3.75", cache_read = "0.30", output = "15", cache_storage = "4.50" }
"""


@pytest.fixture
def _book_of_the_draft(tmp_path: Path) -> Iterator[None]:
    file = tmp_path / "prices.toml"
    file.write_text(FOCUS)
    assert shelf.use(path=file).problems == ()
    yield
    shelf.use()


@pytest.mark.usefixtures("_book_of_the_draft")
def test_the_examples_of_the_focus_draft() -> None:
    """No real model has both a write rate and a storage rate, so the second example stands on a book of its own."""
    way = Served(seller_named("focus") or "", "example", at=WAYS[0].at)
    written = Usage(10_500_000, 0, cache_read_tokens=8_000_000, cache_write_tokens=2_000_000)
    examples = {"11.40": written, "31.50": Usage(10_500_000, 0), "15.90": written + Usage(cache_storage_token_hours=1_000_000)}
    for dollars, usage in examples.items():
        found = quote(usage, way)
        assert isinstance(found, Cost), found
        assert Decimal(found.total) / FEMTO == Decimal(dollars)
    with_cache, without = quote(written, way), quote(Usage(10_500_000, 0), way)
    assert isinstance(with_cache, Cost)
    assert isinstance(without, Cost)
    assert without.total - with_cache.total == with_cache.saved - with_cache.premium
    assert Decimal(with_cache.premium) / FEMTO == Decimal("1.5")
    assert Decimal(without.total - with_cache.total) / FEMTO == Decimal("20.1")


@given(
    st.sampled_from(["gpt-5.5", "gpt-6.1-sol", "gpt-6-astra"]),
    st.tuples(st.integers(0, 3_000_000), st.integers(0, 2_000_000), st.integers(0, 500_000), st.integers(0, 300_000)),
    st.sampled_from(["input", "cache_read", "output", "reasoning"]),
    st.integers(1, 2_000_000),
)
def test_more_never_costs_less_around_and_beyond_what_one_request_can_hold(
    model: str, counts: tuple[int, int, int, int], leaf: str, more: int
) -> None:
    def total(fresh: int, read: int, told: int, thought: int) -> int:
        found = quote(Usage(fresh + read, told + thought, read, thought), Served("openai", model, at=1_795_000_000 * 10**9))
        assert not isinstance(found, Cost) or sum(found.parts.values()) == found.total
        return found.total if isinstance(found, Cost) else 0

    grown = [
        count + more * (name == leaf) for name, count in zip(("input", "cache_read", "output", "reasoning"), counts, strict=True)
    ]
    assert total(*grown) >= total(*counts)
