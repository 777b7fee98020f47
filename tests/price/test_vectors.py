"""What a call costs, worked out by hand from the vendors' pages: list prices, both sides of every edge, the cache."""

from decimal import Decimal

import pytest

from otel_tokens.types import FEMTO, Served, Usage
from tests.price.calls import M, at, claude, cost, openai, reason, usd


# ------------------------------------------------------------------------------------------------ list prices
@pytest.mark.parametrize(
    ("model", "tokens_in", "tokens_out", "dollars"),
    [
        ("gpt-5.4-nano", M, M, "1.45"),
        ("gpt-4.1", M, 0, "2"),
        ("gpt-4o-mini-2024-07-18", M, M, "0.75"),
        ("text-embedding-3-small", M, 0, "0.02"),
        ("gpt-5.5", 200_000, M, "31"),
    ],
)
def test_openai_list_prices(model: str, tokens_in: int, tokens_out: int, dollars: str) -> None:
    assert usd(Usage(tokens_in, tokens_out), openai(model)) == Decimal(dollars)


def test_a_million_in_and_out_on_gpt_5_5_is_35_dollars_in_short_requests() -> None:
    one = cost(Usage(250_000, 250_000), openai("gpt-5.5"))
    assert one.total * 4 == 35 * FEMTO
    assert one.status == "exact"


def test_the_same_million_in_one_line_is_several_requests_because_none_gives_a_million_tokens() -> None:
    one = cost(Usage(M, M), openai("gpt-5.5"))
    assert (one.total, one.status) == (35 * FEMTO, "estimated")
    assert usd(Usage(M, 128_000), openai("gpt-5.5")) == Decimal("15.76")


def test_sonnet_4_6_costs_3_dollars_a_million() -> None:
    assert usd(Usage(M, 0), claude("claude-sonnet-4-6")) == 3


def test_the_invoice_anchored_call() -> None:
    usage = Usage(3 + 12_304, 550, cache_write_tokens=12_304)
    assert usd(usage, claude("claude-3-7-sonnet-20250219")) == Decimal("0.054399")


# ------------------------------------------------------------------------------------------------ thresholds
@pytest.mark.parametrize(
    ("served", "tokens", "low", "high"),
    [
        (openai("gpt-5.5"), 272_000, "5", "10"),
        (openai("gpt-5.4"), 272_000, "2.5", "5"),
        (openai("gpt-6.2-sol"), 272_000, "2", "4"),
        (openai("gpt-5.4", service_tier="flex"), 272_000, "1.25", "2.5"),
        (openai("gpt-6.1-sol", service_tier="priority"), 272_000, "4", "8"),
        (claude("claude-haiku-5-5"), 100_000, "0.1", "0.5"),
        (claude("claude-haiku-5-5", batch=True), 100_000, "0.05", "0.25"),
        (claude("claude-sonnet-4-5", at=at("2026-04-29T23:59:59")), 200_000, "3", "6"),
    ],
)
def test_the_threshold_itself_is_still_short_and_one_more_token_is_long(served: Served, tokens: int, low: str, high: str) -> None:
    assert usd(Usage(tokens, 0), served) == Decimal(low) * tokens / M
    assert usd(Usage(tokens + 1, 0), served) == Decimal(high) * (tokens + 1) / M


def test_cache_reads_and_writes_count_towards_the_threshold() -> None:
    usage = Usage(272_001, 100, cache_read_tokens=200_000, cache_write_30m_tokens=72_000)
    parts = cost(usage, openai("gpt-6.1-sol")).parts
    assert parts["cache_read"] == 200_000 * FEMTO * 2 // 10 // M
    assert parts["cache_write_30m"] == 72_000 * 5 * FEMTO // M
    assert parts["output"] == 100 * 15 * FEMTO // M


def test_a_model_without_long_context_price_stays_flat() -> None:
    assert usd(Usage(M, 0), claude("claude-opus-5-5")) == 4
    assert usd(Usage(300_000, 0), openai("gpt-5.4-mini")) == Decimal("0.225")


def test_a_tier_without_a_long_context_rate_is_unpriced_there_not_short() -> None:
    assert usd(Usage(272_000, 0), openai("gpt-5.5", service_tier="priority")) == Decimal("3.4")
    assert reason(Usage(272_001, 0), openai("gpt-5.5", service_tier="priority")) == "no rate for input: long context"
    assert reason(Usage(300_000, 0), openai("gpt-5.5-pro", service_tier="flex")) == "no rate for input: long context"


# ------------------------------------------------------------------------------------------------ instants
@pytest.mark.parametrize(
    ("served", "moment", "before", "since"),
    [
        (openai("gpt-5.6-sol"), "2026-08-21", "35", "24"),
        (openai("gpt-5.6-terra"), "2026-07-30", "17.5", "14"),
        (openai("gpt-5.6-luna"), "2026-07-30", "7", "1.4"),
        (openai("o3"), "2025-06-10", "50", "10"),
        (openai("gpt-6.2-sol", service_tier="ultrafast"), "2027-03-01", "36", "72"),
    ],
)
def test_a_price_change_takes_effect_at_its_instant(served: Served, moment: str, before: str, since: str) -> None:
    usage = Usage(200_000, 200_000)
    for stamp, dollars in ((at(moment) - 1, before), (at(moment), since)):
        assert usd(usage, Served(served.seller, served.model, served.host, served.service_tier, at=stamp)) == Decimal(dollars) / 5


def test_sonnet_5_5_cache_reads_became_cheaper() -> None:
    usage = Usage(M, 0, cache_read_tokens=M)
    assert usd(usage, claude("claude-sonnet-5-5", at=at("2026-10-07") - 1)) == Decimal("0.2")
    assert usd(usage, claude("claude-sonnet-5-5", at=at("2026-10-07"))) == Decimal("0.1")


def test_the_sonnet_4_5_long_context_price_ended_with_its_beta() -> None:
    assert usd(Usage(M, 0), claude("claude-sonnet-4-5", at=at("2026-04-30"))) == 3


def test_no_stated_time_means_now() -> None:
    assert usd(Usage(M, 0), claude("claude-sonnet-4-6", at=0)) == 3


# ------------------------------------------------------------------------------------------------ cache
@pytest.mark.parametrize(
    ("model", "read"),
    [("claude-sonnet-4-6", "0.3"), ("claude-opus-5-5", "0.2"), ("claude-fable-5-2", "0.2"), ("claude-fable-5-1", "0.25")],
)
def test_claude_cache_read_rates_are_rates_not_one_multiplier(model: str, read: str) -> None:
    assert usd(Usage(M, 0, cache_read_tokens=M), claude(model)) == Decimal(read)


def test_claude_writes_by_lifetime_and_the_unstated_one_is_five_minutes() -> None:
    served = claude("claude-sonnet-4-6")
    assert usd(Usage(M, 0, cache_write_5m_tokens=M), served) == Decimal("3.75")
    assert usd(Usage(M, 0, cache_write_1h_tokens=M), served) == 6
    assert usd(Usage(M, 0, cache_write_tokens=M), served) == Decimal("3.75")
    assert reason(Usage(M, 0, cache_write_12h_tokens=M), served) == "no rate for cache_write_12h"


def test_openai_writes_cost_more_since_gpt_5_6_and_nothing_more_before() -> None:
    assert usd(Usage(200_000, 0, cache_write_30m_tokens=200_000), openai("gpt-5.6-sol")) == 1
    assert usd(Usage(200_000, 0, cache_write_12h_tokens=200_000), openai("gpt-5.6-sol")) == 2
    assert usd(Usage(200_000, 0, cache_write_tokens=200_000), openai("gpt-5.6-sol")) == 1
    assert usd(Usage(200_000, 0, cache_write_tokens=200_000), openai("gpt-5.5")) == 1
    assert reason(Usage(9, 0, cache_write_1h_tokens=9), openai("gpt-5.6-sol")) == "no rate for cache_write_1h"


def test_saved_and_premium_are_the_difference_to_fresh_input() -> None:
    usage = Usage(3000, 10, cache_read_tokens=1000, cache_write_5m_tokens=500, cache_write_1h_tokens=500)
    found = cost(usage, claude("claude-sonnet-4-6"))
    assert found.saved == 1000 * 2_700_000_000
    assert found.premium == 500 * 750_000_000 + 500 * 3_000_000_000
