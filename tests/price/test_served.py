"""How and where a call was served decides its rate: tiers, speed, places, tools, modalities, and what has no price."""

from decimal import Decimal

import pytest

from otel_tokens.price import card
from otel_tokens.types import FEMTO, Price, Served, Unpriced, Usage
from tests.price.calls import NOW, M, claude, cost, openai, reason, usd


# ------------------------------------------------------------------------------------------------ tiers
def test_every_served_tier_of_one_model_has_its_own_price() -> None:
    usage = Usage(100_000, 100_000)
    served = {tier: usd(usage, openai("gpt-6.2-sol", service_tier=tier)) for tier in ("default", "priority", "ultrafast")}
    assert served == {"default": Decimal("1.2"), "priority": Decimal("2.4"), "ultrafast": Decimal("3.6")}
    assert usd(usage, openai("gpt-5.5", service_tier="flex")) == usd(usage, openai("gpt-5.5")) / 2
    assert usd(usage, openai("gpt-5.5", service_tier="priority")) == usd(usage, openai("gpt-5.5")) * Decimal("2.5")


@pytest.mark.parametrize("tier", [None, "auto", "default", "standard"])
def test_the_ordinary_tier_has_many_names(tier: str | None) -> None:
    assert usd(Usage(1000, 0), openai("gpt-5.5", service_tier=tier)) == Decimal("0.005")


def test_fast_is_priority() -> None:
    usage = Usage(1000, 1000)
    assert (
        usd(usage, openai("gpt-4.1", service_tier="fast"))
        == usd(usage, openai("gpt-4.1", service_tier="priority"))
        == Decimal("0.0175")
    )


def test_the_published_rounded_flex_rate_is_taken() -> None:
    assert usd(Usage(100_000, 0, cache_read_tokens=100_000), openai("gpt-5.4", service_tier="flex")) == Decimal("0.013")


@pytest.mark.parametrize(
    ("served", "why"),
    [
        (openai("gpt-5.5", service_tier="scale"), "no rate for service tier scale"),
        (openai("gpt-4.1", service_tier="flex"), "no rate for service tier flex"),
        (openai("gpt-5.5", service_tier="ultrafast"), "no rate for service tier ultrafast"),
        (openai("gpt-5.5", service_tier="something-new"), "no rate for service tier other"),
        (openai("gpt-5.3", batch=True), "no rate for service tier batch"),
        (openai("gpt-5.5", batch=True, service_tier="flex"), "no rate for service tier flex"),
        (claude("claude-opus-5-5", service_tier="priority"), "no rate for service tier priority"),
        (claude("claude-sonnet-4-6", speed="fast"), "no rate for this speed"),
        (claude("claude-opus-5-5", speed="fast", batch=True), "no rate for this speed"),
        (claude("claude-opus-5-5", geo="mars"), "no rate for this geography"),
    ],
)
def test_a_way_of_serving_without_a_card_is_never_the_standard_price(served: Served, why: str) -> None:
    assert reason(Usage(1000, 10), served) == why


def test_batch_is_half_at_both_vendors_cache_included() -> None:
    usage = Usage(100_000, 100_000, cache_read_tokens=50_000)
    for served in (openai("gpt-5.5"), claude("claude-opus-5-5"), claude("claude-3-7-sonnet-20250219")):
        batch = Served(served.seller, served.model, served.host, batch=True, at=NOW)
        assert usd(usage, batch) * 2 == usd(usage, served)
    assert usd(usage, claude("claude-opus-5-5", service_tier="batch")) * 2 == usd(usage, claude("claude-opus-5-5"))


def test_a_cached_rate_that_the_batch_table_leaves_out_is_an_estimate() -> None:
    plain = cost(Usage(1000, 10), openai("gpt-4.1", batch=True))
    cached = cost(Usage(1000, 10, cache_read_tokens=500), openai("gpt-4.1", batch=True))
    assert plain.status == "exact"
    assert (cached.status, cached.reason) == ("estimated", "cached rate of this tier unpublished")
    assert cached.total == plain.total


def test_fast_claude_stacks_with_cache_and_place() -> None:
    usage = Usage(M, M, cache_read_tokens=M // 2)
    assert usd(usage, claude("claude-opus-5-5", speed="fast")) == Decimal("44.2")
    assert usd(usage, claude("claude-opus-5-5", speed="fast", geo="us")) == Decimal("44.2") * Decimal("1.1")


# ------------------------------------------------------------------------------------------------ places
def test_inference_in_the_us_costs_a_tenth_more_since_the_4_6_generation() -> None:
    usage = Usage(1000, 1000, cache_read_tokens=100, cache_write_5m_tokens=100)
    for model, times in (
        ("claude-sonnet-4-6", "1.1"),
        ("claude-opus-4-6", "1.1"),
        ("claude-opus-4-5", "1"),
        ("claude-haiku-4-5", "1"),
    ):
        assert usd(usage, claude(model, geo="us")) == usd(usage, claude(model)) * Decimal(times)
        assert usd(usage, claude(model, geo="global")) == usd(usage, claude(model))


@pytest.mark.parametrize("region", ["us", "eu", "au", "in", "jp", "ae"])
def test_a_regional_host_costs_a_tenth_more_for_models_since_2026_03_05(region: str) -> None:
    host, usage = f"{region}.api.openai.com", Usage(1000, 1000)
    for model in ("gpt-5.4", "gpt-5.5", "gpt-6.2-sol"):
        assert usd(usage, openai(model, host=host)) == usd(usage, openai(model)) * Decimal("1.1")
    for model in ("gpt-5.3-codex", "gpt-4.1", "gpt-5"):
        assert usd(usage, openai(model, host=host)) == usd(usage, openai(model))


def test_an_uplift_is_on_tokens_and_not_on_tools() -> None:
    usage = Usage(0, 0, web_search_requests=10)
    assert usd(usage, openai("gpt-5.5", host="eu.api.openai.com")) == Decimal("0.1")


# ------------------------------------------------------------------------------------------------ tools and modalities
def test_tool_fees() -> None:
    assert usd(Usage(0, 0, web_search_requests=1000), openai("gpt-5.5")) == 10
    assert usd(Usage(0, 0, file_search_requests=1000), openai("gpt-5.5", service_tier="flex")) == Decimal("2.5")
    assert usd(Usage(0, 0, web_search_requests=1000, web_fetch_requests=5), claude("claude-sonnet-4-6", batch=True)) == 10


@pytest.mark.parametrize(
    ("served", "why"),
    [
        (openai("gpt-4.1"), "web search version not stated"),
        (openai("gpt-4o-search-preview"), "search fee not in usage"),
        (Served("azure.ai.openai", "gpt-5", at=NOW), "deployment type not stated"),
    ],
)
def test_what_usage_cannot_say_makes_an_estimate(served: Served, why: str) -> None:
    found = cost(Usage(10, 10, web_search_requests=1 if served.model == "gpt-4.1" else None), served)
    assert (found.status, found.reason) == ("estimated", why)


def test_audio_images_characters_and_minutes() -> None:
    heard = Usage(1000, 1000, input_audio_tokens=600, cache_read_tokens=300, cache_read_audio_tokens=200, output_audio_tokens=700)
    expected = (300 * 4 + 100 * Decimal("0.4") + 400 * 32 + 200 * Decimal("0.4") + 300 * 16 + 700 * 64) / M
    assert usd(heard, openai("gpt-realtime")) == expected
    assert usd(Usage(audio_ms=60_000), openai("whisper-1")) == Decimal("0.006")
    assert usd(Usage(characters=M), openai("tts-1")) == 15
    assert usd(Usage(1000, 1000, input_image_tokens=400, images=1), openai("gpt-image-1")) == Decimal("0.047")
    assert usd(Usage(1000, 0, input_image_tokens=400), openai("gpt-5.5")) == Decimal("0.005")
    assert reason(Usage(10, 0, input_audio_tokens=5), openai("gpt-5.5")) == "no rate for input_audio"


def test_reasoning_is_priced_as_output_and_told_apart() -> None:
    parts = cost(Usage(0, 100, reasoning_tokens=80), openai("gpt-5.5")).parts
    assert parts == {"output": 20 * 30 * FEMTO // M, "reasoning": 80 * 30 * FEMTO // M}


# ------------------------------------------------------------------------------------------------ no price
@pytest.mark.parametrize(
    ("usage", "served", "why"),
    [
        (Usage(1, 1), openai("gpt-9"), "unknown model"),
        (Usage(1, 1), openai("gpt-5.5-turbo"), "unknown model"),
        (Usage(1, 1), openai(""), "unknown model"),
        (Usage(1, 1), Served("unknown", "gpt-5.5", "127.0.0.1", at=NOW), "not in book"),
        (Usage(1, 1), Served("../openai", "gpt-5.5", at=NOW), "not in book"),
        (Usage(10, 1, cache_read_tokens=11), openai("gpt-5.5"), "inconsistent usage"),
        (Usage(), openai("gpt-5.5"), "no usage"),
        (Usage(1, 1), openai("ft:gpt-5.5:acme::x"), "fine-tuned rate unknown"),
    ],
)
def test_no_price_has_a_stable_reason(usage: Usage, served: Served, why: str) -> None:
    assert reason(usage, served) == why


def test_reported_zeros_cost_nothing_exactly() -> None:
    found = cost(Usage(0, 0), openai("gpt-5.5"))
    assert (found.total, found.parts, found.status) == (0, {}, "exact")


# ------------------------------------------------------------------------------------------------ the card
def test_the_card_is_an_audit_trail() -> None:
    short = card(openai("gpt-5.6-sol"), 1000)
    long = card(openai("gpt-5.6-sol"), 300_000)
    assert isinstance(short, Price)
    assert isinstance(long, Price)
    assert short.valid_from == "2026-08-21T00:00:00Z"
    assert short.source.startswith("https://developers.openai.com/")
    assert short.above[0].tokens == 272_000
    assert short.above[0].rates == long.rates
    found = cost(Usage(300_000, 5), openai("gpt-5.6-sol"))
    assert found.price == long
    assert found.parts == {"input": 300_000 * long.rates["input"], "output": 5 * long.rates["output"]}


def test_no_card_has_the_reason_of_the_quote() -> None:
    assert card(openai("gpt-9"), 1) == Unpriced("unknown model")
