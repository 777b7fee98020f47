"""Which model a name means: exactly one, or none. A likeness is worth nothing, because it has a price of its own."""

import pytest

from otel_tokens.price import book, card, model_tier
from otel_tokens.types import Price, Served, Unpriced


def model_of(seller: str, name: str) -> str:
    found = card(Served(seller, name), 0)
    return found.model if isinstance(found, Price) else found.reason


@pytest.mark.parametrize(
    ("seller", "name", "model"),
    [
        ("openai", "gpt-5.5", "gpt-5.5"),
        ("openai", "gpt-5.5-2026-04-23", "gpt-5.5"),
        ("openai", "gpt-5.5-20260423", "gpt-5.5"),
        ("openai", "gpt-5.6", "gpt-5.6-sol"),
        ("openai", "models/gpt-5.5", "gpt-5.5"),
        ("openai", "gpt-4o-2024-11-20", "gpt-4o"),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("openai", "ft:gpt-4.1-2025-04-14:acme::x", "ft:gpt-4.1-2025-04-14"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme:suffix:x", "ft:gpt-4o-mini-2024-07-18"),
        ("anthropic", "claude-opus-5-5[1m]", "claude-opus-5-5"),
        ("anthropic", "claude-opus-5-5@20260923", "claude-opus-5-5"),
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic", "claude-opus-4-20250514", "claude-opus-4-0"),
        ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("azure.ai.openai", "gpt-35-turbo", "gpt-35-turbo"),
        ("azure.ai.openai", "gpt-4o-2024-08-06", "gpt-4o"),
    ],
)
def test_ids_aliases_dates_and_decorations(seller: str, name: str, model: str) -> None:
    assert model_of(seller, name) == model


@pytest.mark.parametrize(
    "name",
    [
        "gpt-5.5-mega", "gpt-5", "gpt-4o-2024-12-31", "gpt-5.5-2026-4-23", "gpt-5.5-99999999", "gpt-5.5@2026-04-23", "GPT-5.5",
        "gpt-5.5 ", "-2026-04-23", "2026-04-23", "", "gpt-5.5-²⁰²⁶⁰⁴²³", "my-prod-deployment", "gpt-6.2-luna", "gpt-5.5:thinking",
        "gpt-5.5-2026-13-07", "gpt-5.5-2026-04-32", "gpt-5.5-2026-04-23-2026-04-23", "gpt-5.3-chat-latest-2026-01-01",
    ],
)  # fmt: skip
def test_a_near_miss_is_unknown(name: str) -> None:
    assert model_of("openai", name) == ("gpt-5" if name == "gpt-5" else "unknown model")


@pytest.mark.parametrize("name", ["ft:gpt-5.5:acme::x", "ft:", "gpt-5.ft-abc", "ft:nothing:acme::x"])
def test_a_fine_tuned_model_is_never_priced_as_its_base(name: str) -> None:
    assert model_of("openai", name) == "fine-tuned rate unknown"


def test_misses_and_hits_are_bounded() -> None:
    from otel_tokens.price import cards

    for number in range(cards.MISSES + 50):
        assert card(Served("openai", f"no-model-{number}"), 0) == Unpriced("unknown model")
    for number in range(cards.HITS + 50):
        assert isinstance(card(Served("openai", "gpt-5.5", host=f"host-{number}"), 0), Price)
    assert len(cards._misses) <= cards.MISSES
    assert len(cards._cards) <= cards.HITS


@pytest.mark.parametrize(
    ("seller", "model", "tier"),
    [
        ("openai", "gpt-5.5", ("flagship", "table")),
        ("openai", "gpt-5.5-pro", ("premium", "table")),
        ("openai", "gpt-5.4-nano-2026-03-17", ("nano", "table")),
        ("openai", "gpt-5.6-sol", ("flagship", "table")),
        ("openai", "gpt-6.2-sol", ("standard", "table")),
        ("openai", "text-embedding-3-large", ("unknown", "unknown")),
        ("openai", "gpt-7-mini", ("mini", "name")),
        ("openai", "my-prod-deployment", ("unknown", "unknown")),
        ("openai", "text-embedding-9-small", ("unknown", "unknown")),
        ("anthropic", "claude-haiku-5-5", ("mini", "table")),
        ("anthropic", "claude-opus-4-1-20250805", ("flagship", "table")),
        ("anthropic", "claude-opus-9", ("flagship", "name")),
        ("unknown", "gpt-5.5", ("unknown", "unknown")),
        ("unknown", "Qwen3-8B-Instruct", ("nano", "name")),
        ("unknown", "mixtral-8x22b", ("unknown", "unknown")),
        ("unknown", "llama-3.1-405b", ("flagship", "name")),
        ("unknown", "llama-3.3-70b-mini", ("mini", "name")),
    ],
)
def test_model_tiers(seller: str, model: str, tier: tuple[str, str]) -> None:
    assert model_tier(seller, model) == tier


def test_every_tier_in_the_table_is_one_of_five() -> None:
    for seller in book.index()["sellers"]:
        found = book.bundled(seller)
        assert found is not None
        tiers = {found.entry(model).get("tier", "nano") for model in found}
        assert tiers <= {"premium", "flagship", "standard", "mini", "nano"}, seller
