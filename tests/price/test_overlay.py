"""The user's own prices: private rates, discounts, names, currencies; what is wrong in the file is said, and breaks nothing."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from otel_tokens import guard
from otel_tokens.price import card, model_tier, quote, seller_of, sellers, shelf, watch
from otel_tokens.types import FEMTO, Cost, Price, Served, Unpriced, Usage
from tests.price.calls import M, at, claude, cost, openai, reason, usd

FULL = """
label = "contract 2026"

[sellers.openai.models."gpt-5.5"]
rates = { input = 4, cache_read = "0.4", output = 24.5 }
tiers = { batch = { rates = { input = "2", output = "12" } } }
from = 2026-07-01
to = "2027-01-01T00:00:00Z"

[sellers.house]
hosts = ["llm.example.internal:8000", "llm.example.com"]
source = "https://wiki.example.com/prices"
[sellers.house.models.llama]
rates = { input = "0.2", output = "0.6" }
aliases = ["llama-small"]

[sellers.kontor]
currency = "EUR"
[sellers.kontor.models.m]
rates = { input = "1" }

[[discounts]]
seller = "anthropic"
multiplier = "0.9"

[[discounts]]
seller = "anthropic"
model = "claude-opus-5-5"
multiplier = "0.8"
from = 2026-06-01
to = 2026-12-01
estimated = true

[deployments."azure.ai.openai"]
my-prod-deployment = "gpt-4o-2024-08-06"

[service_tiers.openai]
gold = "priority"

[model_tiers]
"house/llama" = "gold"

[[currencies]]
code = "EUR"
usd = "1.10"
from = 2026-01-01

[[currencies]]
code = "EUR"
usd = "1.25"
from = 2026-11-01
"""


@pytest.fixture(autouse=True)
def bundled_again() -> Iterator[None]:
    yield
    shelf.use()
    guard.errors.clear()


def stated(tmp_path: Path, toml: str = FULL, **more: object) -> shelf.State:
    file = tmp_path / "prices.toml"
    file.write_text(toml)
    return shelf.use(path=file, **more)  # type: ignore[arg-type]


def test_a_private_rate_comes_before_the_list_price_and_keeps_it_beside(tmp_path: Path) -> None:
    assert stated(tmp_path).problems == ()
    found = cost(Usage(200_000, 100_000, cache_read_tokens=100_000), openai("gpt-5.5"))
    assert found.total == int((Decimal("0.4") + Decimal("0.04") + Decimal("2.45")) * FEMTO)
    assert found.list_total == int((Decimal("0.5") + Decimal("0.05") + 3) * FEMTO)
    assert found.status == "exact"
    assert found.price is not None
    assert (found.price.origin, found.price.version) == ("overlay", "contract 2026")


def test_the_snapshots_and_aliases_of_the_model_are_meant_too(tmp_path: Path) -> None:
    stated(tmp_path)
    assert usd(Usage(100_000, 0), openai("gpt-5.5-2026-04-23")) == Decimal("0.4")


def test_a_contract_that_has_ended_is_the_list_price(tmp_path: Path) -> None:
    stated(tmp_path)
    assert usd(Usage(100_000, 0), openai("gpt-5.5", at=at("2026-12-31T23:59:59"))) == Decimal("0.4")
    assert usd(Usage(100_000, 0), openai("gpt-5.5", at=at("2027-01-01T00:00:00"))) == Decimal("0.5")
    assert usd(Usage(100_000, 0), openai("gpt-5.5", at=at("2026-06-30T23:59:59"))) == Decimal("0.5")


def test_a_tier_that_the_contract_does_not_state_has_no_price(tmp_path: Path) -> None:
    stated(tmp_path)
    assert usd(Usage(100_000, 0), openai("gpt-5.5", batch=True)) == Decimal("0.2")
    assert reason(Usage(100_000, 0), openai("gpt-5.5", service_tier="priority")) == "no rate for service tier priority"


def test_models_and_hosts_of_one_s_own(tmp_path: Path) -> None:
    stated(tmp_path)
    assert seller_of("openai", "llm.example.internal", 8000).name == "house"
    assert seller_of("openai", "llm.example.com").name == "house"
    found = cost(Usage(M, M), Served("house", "llama-small"))
    assert Decimal(found.total) / FEMTO == Decimal("0.8")
    assert found.list_total is None
    assert model_tier("house", "llama") == ("gold", "overlay")


def test_a_discount_of_the_narrowest_scope_while_it_holds(tmp_path: Path) -> None:
    stated(tmp_path)
    haiku = cost(Usage(M // 10, 0), claude("claude-haiku-4-5"))
    assert (Decimal(haiku.total) / FEMTO, haiku.status) == (Decimal("0.09"), "exact")
    opus = cost(Usage(M, 0), claude("claude-opus-5-5"))
    assert (Decimal(opus.total) / FEMTO, opus.status) == (Decimal("3.2"), "estimated")
    assert opus.reason == "effective multiplier of a commitment"
    assert opus.list_total == 4 * FEMTO
    assert sum(opus.parts.values()) == opus.total
    assert usd(Usage(M, 0), claude("claude-opus-5-5", at=at("2026-12-01T00:00:00"))) == Decimal("3.6")
    assert usd(Usage(M, 0), claude("claude-opus-5-5", at=at("2026-11-30T23:59:59"))) == Decimal("3.2")


def test_deployments_and_tiers_in_one_s_own_words(tmp_path: Path) -> None:
    stated(tmp_path)
    found = card(Served("azure.ai.openai", "my-prod-deployment"), 0)
    assert isinstance(found, Price)
    assert found.model == "gpt-4o"
    assert usd(Usage(100_000, 0), openai("gpt-5.4", service_tier="gold")) == usd(
        Usage(100_000, 0), openai("gpt-5.4", service_tier="priority")
    )


def test_a_currency_needs_a_dated_rate_and_makes_an_estimate(tmp_path: Path) -> None:
    stated(tmp_path)
    served = Served("kontor", "m", at=at("2026-10-31T12:00:00"))
    before, after = cost(Usage(M), served), cost(Usage(M), served._replace(at=at("2026-11-01T00:00:00")))
    assert (Decimal(before.total) / FEMTO, Decimal(after.total) / FEMTO) == (Decimal("1.1"), Decimal("1.25"))
    assert after.status == "estimated"
    assert reason(Usage(M), served._replace(at=at("2025-01-01T00:00:00"))).startswith("no exchange rate for EUR")


def test_the_order_can_leave_a_book_out(tmp_path: Path) -> None:
    stated(tmp_path, order=("bundled",))
    assert usd(Usage(100_000, 0), openai("gpt-5.5")) == Decimal("0.5")


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("label = [\n", "at end of document"),
        ("lable = 'x'", "line 1: lable is not a key here, do you mean label?"),
        ("[[discounts]]\nseller = 'openai'", "line 1: discounts: multiplier is missing"),
        ("[discounts]\nmultiplier = '1'", "line 1: discounts: must be a list of tables"),
        ("\n[[discounts]]\nmultiplier = 'much'", "line 3: discounts.multiplier: must be a number"),
        ("[[discounts]]\nmultiplier = -1", "discounts.multiplier: must be a number"),
        ("[sellers.openai.models.'gpt-5.5']\nrates = { inptu = 1 }", "line 2: sellers.openai.models.gpt-5.5.rates: inptu is not"),
        ("[sellers.openai.models.x]\nrates = { input = '0.00000000000001' }", "finer than a femto-USD"),
        ("[sellers.openai.models.x]\ntier = 'mini'", "rates is missing"),
        ("[sellers.openai.models.x]\nrates = {}\nfrom = 'May'", "line 3: sellers.openai.models.x.from: must be a date"),
        ("[[currencies]]\ncode = 'EUR'\nusd = 1.1", "currencies: from is missing"),
        ("[pools.a]\ngpus = 0\nhosts = ['h']", "line 2: pools.a.gpus: must be a whole number"),
        ("[pools.a]\ngpus = 1", "line 1: pools.a: hosts is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_key(tmp_path: Path, toml: str, problem: str) -> None:
    (told,) = stated(tmp_path, toml).problems
    assert problem in told
    assert "prices.toml" in told
    assert usd(Usage(100_000, 0), openai("gpt-5.5")) == Decimal("0.5")


def test_a_file_that_breaks_later_leaves_the_last_good_one_in_force(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(FULL)
    watch.start(shelf.ORDER, str(file))
    try:
        file.write_text("broken = [")
        watch.check()
        assert "the last good one stays" in shelf.state().problems[0]
        assert guard.errors[watch.STAGE] == 1
        assert usd(Usage(100_000, 0), openai("gpt-5.5")) == Decimal("0.4")
        file.write_text(FULL.replace("input = 4,", "input = 3.5,"))
        watch.check()
        assert shelf.state().problems == ()
        assert usd(Usage(100_000, 0), openai("gpt-5.5")) == Decimal("0.35")
        watch.check()
        assert guard.errors[watch.STAGE] == 1
    finally:
        watch.stop()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_file_that_is_not_there_is_a_problem_not_an_error(tmp_path: Path) -> None:
    (told,) = shelf.use(path=tmp_path / "none.toml").problems
    assert "No such file" in told
    assert isinstance(quote(Usage(1, 1), openai("gpt-5.5")), Cost)
    assert isinstance(quote(Usage(1, 1), openai("gpt-nothing")), Unpriced)


def test_what_the_environment_assigned_comes_before_the_file(tmp_path: Path) -> None:
    stated(tmp_path)
    sellers.assign("llm.example.com", "openai")
    try:
        assert seller_of("openai", "llm.example.com").name == "openai"
    finally:
        sellers.reset()


def test_a_time_without_a_price_is_not_remembered_for_other_times(tmp_path: Path) -> None:
    stated(tmp_path, "[sellers.house.models.m]\nrates = { input = '1' }\nfrom = 2026-07-01\nto = 2026-08-01")
    served = Served("house", "m")
    for moment, amount in (("2026-06-30T23:59:59", None), ("2026-07-01T00:00:00", 1), ("2026-08-01T00:00:00", None)):
        found = quote(Usage(M), served._replace(at=at(moment)))
        assert found == Unpriced("no rate at that time") if amount is None else isinstance(found, Cost)
    assert usd(Usage(M), served._replace(at=at("2026-07-31T23:59:59"))) == 1


def test_a_sum_over_requests_is_not_one_long_request(tmp_path: Path) -> None:
    above = (
        "above = [{ tokens = 272000, rates = { input = '10', output = '45' } }]\nlimits = { input = 1050000, output = 128000 }"
    )
    stated(tmp_path, f"[sellers.house.models.m]\nrates = {{ input = '5', output = '30' }}\n{above}")
    served = Served("house", "m")
    several = cost(Usage(M, M), served)
    assert (several.total, several.status) == (35 * FEMTO, "estimated")
    assert several.reason == "more than one request can use: rates of short ones, at least its longest"
    one = cost(Usage(M, 128_000), served)
    assert (Decimal(one.total) / FEMTO, one.status) == (Decimal("15.76"), "exact")
    just_over = cost(Usage(M, 128_001), served)
    assert (Decimal(just_over.total) / FEMTO).quantize(Decimal("1e-9")) == Decimal("15.76")
    assert sum(just_over.parts.values()) == just_over.total
    assert cost(Usage(4 * M, 0), served).total == 20 * FEMTO
    assert cost(Usage(272_000, 10 * M), served).status == "exact"
