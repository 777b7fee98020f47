"""Who pays: scope and baggage reach spans and metrics, labels are capped; waste, retries and carried context are booked."""

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry import baggage
from opentelemetry import context as otel

from otel_tokens import agent, ledger, outcome, scope, semconv, workflow
from otel_tokens import payer as payers
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor

UNPAID = {semconv.TEAM: "unattributed", semconv.FEATURE: "unattributed", semconv.CUSTOMER: "unattributed"}


@pytest.fixture
def client(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=vendor.url + "/v1", api_key="k", max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, text: str = "hi") -> None:
    client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": text}])


def money(seen: Captured, metric: str, **labels: str) -> float:
    """The sum of a metric over the series that carry these labels."""
    wanted = {(getattr(semconv, name.upper(), name), value) for name, value in labels.items()}
    return sum(value for series, value in seen.metrics().get(metric, {}).items() if wanted <= set(series))


def test_a_scope_reaches_spans_steps_and_metrics(client: openai.OpenAI, seen: Captured) -> None:
    with scope(team="search", customer="acme"), scope(feature="answers", session="s1"), workflow("report"):
        ask(client)
    ask(client)
    inside, outside = (dict(call.attributes or {}) for call in seen.calls)
    said = {semconv.TEAM: "search", semconv.FEATURE: "answers", semconv.CUSTOMER: "acme", semconv.WORKFLOW: "report"}
    assert {name: inside[name] for name in (*said, semconv.SESSION)} == {**said, semconv.SESSION: "s1"}
    assert {name: outside[name] for name in UNPAID} == UNPAID
    assert {name: dict(seen.steps[0].attributes or {})[name] for name in said} == said
    assert money(seen, "otel_tokens.cost", team="search", customer="acme") == pytest.approx(inside[semconv.COST])
    assert money(seen, "otel_tokens.cost", team="unattributed") == pytest.approx(outside[semconv.COST])


def test_tasks_of_one_loop_do_not_see_each_others_scope(seen: Captured, vendor: Vendor) -> None:
    async def one(client: openai.AsyncOpenAI, team: str) -> None:
        with scope(team=team):
            await asyncio.sleep(0)
            await client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": team}])

    async def all_of_them() -> None:
        async with openai.AsyncOpenAI(base_url=vendor.url + "/v1", api_key="k") as client:
            await asyncio.gather(*(one(client, f"team-{n}") for n in range(8)))

    asyncio.run(all_of_them())
    assert sorted(dict(call.attributes or {})[semconv.TEAM] for call in seen.calls) == [f"team-{n}" for n in range(8)]


def test_baggage_is_spoken_and_believed_by_allow_list_only(
    client: openai.OpenAI, seen: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(team="search"):
        assert baggage.get_all() == {}
    monkeypatch.setattr(payers.settings, "allowed", ("team", "workflow"))
    with scope(team="search", customer="acme"), workflow("report"):
        assert dict(baggage.get_all()) == {semconv.TEAM: "search", semconv.WORKFLOW: "report"}
    heard: Any = baggage.set_baggage(semconv.TEAM, "far", baggage.set_baggage(semconv.CUSTOMER, "not asked for"))
    token = otel.attach(baggage.set_baggage(semconv.WORKFLOW, "theirs", heard))
    with agent("helper"):
        ask(client)
    otel.detach(token)
    said = dict(seen.calls[0].attributes or {})
    assert (said[semconv.TEAM], said[semconv.CUSTOMER], said[semconv.WORKFLOW]) == ("far", "unattributed", "theirs")
    assert semconv.RUN_OUTCOME not in dict(seen.steps[-1].attributes or {})  # a process entered from afar starts no run


def test_labels_are_capped_and_the_rest_is_other(client: openai.OpenAI, seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_VALUES", 3)
    for n in range(6):
        with scope(customer=f"customer-{n}"):
            ask(client)
    spent = seen.metrics()["otel_tokens.cost"]
    customers = {dict(series)[semconv.CUSTOMER] for series in spent}
    assert customers == {"customer-0", "customer-1", "customer-2", "other"}
    assert sum(spent.values()) == pytest.approx(seen.cost)
    assert money(seen, "otel_tokens.label.overflow", label="customer") == 3
    assert {dict(call.attributes or {})[semconv.CUSTOMER] for call in seen.calls} == {f"customer-{n}" for n in range(6)}


def test_the_table_of_sums_is_capped_as_a_whole(client: openai.OpenAI, seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_KEYS", 2)
    for n in range(5):
        with scope(customer=f"customer-{n}", feature=f"feature-{n}"):
            ask(client)
    assert sum(seen.metrics()["otel_tokens.cost"].values()) == pytest.approx(seen.cost)
    assert {dict(series)[semconv.CUSTOMER] for series in seen.metrics()["otel_tokens.cost"]} == {
        "customer-0",
        "customer-1",
        "other",
    }


def test_a_later_attempt_that_repeats_a_failed_one_is_a_retry_and_waste(
    client: openai.OpenAI, vendor: Vendor, seen: Captured
) -> None:
    with agent("writer"):
        vendor.fail(500)
        with pytest.raises(openai.InternalServerError):
            ask(client)
        ask(client)
        ask(client)
    failed, retry, fine = (dict(call.attributes or {}) for call in seen.calls)
    assert (failed[semconv.COST_STATUS], failed[semconv.COST_REASON]) == ("unpriced", "rejected")
    assert (retry[semconv.RETRY], retry[semconv.WASTED_REASON]) == (2, "retry")
    assert semconv.RETRY not in fine
    assert semconv.WASTED_REASON not in fine
    step = dict(seen.steps[0].attributes or {})
    assert (step[semconv.ROLLUP_RETRIES], step[semconv.ROLLUP_WASTED]) == (1, pytest.approx(retry[semconv.COST]))
    assert (step[semconv.ROLLUP_STATUS], step[semconv.ROLLUP_UNPRICED]) == ("exact", 0)
    assert money(seen, "otel_tokens.cost.wasted", reason="retry") == pytest.approx(retry[semconv.COST])


def test_all_of_a_failed_run_is_waste_once(client: openai.OpenAI, seen: Captured) -> None:
    @workflow("report")
    def run() -> None:
        ask(client)
        ask(client)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert dict(seen.steps[0].attributes or {})[semconv.RUN_OUTCOME] == "failure"
    assert money(seen, "otel_tokens.cost.wasted", reason="failed_run") == pytest.approx(seen.cost)


def test_context_that_is_sent_again_is_counted(client: openai.OpenAI, seen: Captured) -> None:
    with agent("writer"):
        ask(client, "a question of some length")
        ask(client, "a question of some length, and what was answered to it, again and again")
    first, second = (dict(call.attributes or {}) for call in seen.calls)
    again = min(second[semconv.INPUT_TOKENS], first[semconv.INPUT_TOKENS] + first[semconv.OUTPUT_TOKENS])
    assert money(seen, "otel_tokens.context.carried", agent="writer") == again
    assert 0 < money(seen, "otel_tokens.cost.carried", agent="writer") <= second["otel_tokens.cost.input"]


def test_a_verdict_inside_a_run_is_its_outcome_and_after_it_is_counted(client: openai.OpenAI, seen: Captured) -> None:
    with workflow("report"):
        ask(client)
        outcome("failure")
    outcome("success", workflow="report")
    assert dict(seen.steps[0].attributes or {})[semconv.RUN_OUTCOME] == "failure"
    counted = {(semconv.WORKFLOW, "report"), (semconv.OUTCOME_LABEL, "success")}
    assert seen.metrics()["otel_tokens.outcomes"] == {frozenset(counted): 1}
    assert money(seen, "otel_tokens.cost.wasted", reason="failed_run") == pytest.approx(seen.cost)  # failed by its own word
