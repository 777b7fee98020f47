"""What only Anthropic's client does: cumulative usage, iterations, batches, cloud clients, spans of its own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from opentelemetry.trace import StatusCode

from otel_tokens import agent, semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.anthropic import bodies, case
from tests.providers.kit import total

ASK: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 1000, "messages": [{"role": "user", "content": "2+2?"}]}
NATIVE = "com.anthropic.sdk.python"
own_spans = pytest.mark.needs("anthropic:Anthropic.copy(open_telemetry)")
WHOLE, START = 0.0033726, 0.0007926  # see case.py


@pytest.fixture
def seen(vendor: Vendor) -> Iterator[Captured]:
    with watch(vendor) as found:
        yield found


@pytest.fixture
def claude(vendor: Vendor) -> Iterator[anthropic.Anthropic]:
    with case.client(vendor.url, False) as client:
        yield client


def watch(vendor: Vendor, seller: str = "anthropic") -> Any:
    return capture(sellers={vendor.url.removeprefix("http://"): seller})


def native(client: Any, seen: Captured) -> Any:
    """The same client, with the SDK's own spans going where ours go."""
    return client.with_options(open_telemetry={"tracer_provider": seen.tracer_provider})


def said(seen: Captured, n: int = 1) -> dict[str, Any]:
    """The attributes of the last of `n` calls; there is no other span, and the metrics count as many."""
    assert len(seen.spans) == len(seen.calls) == n, [span.name for span in seen.spans]
    assert total(seen, "otel_tokens.calls") == n
    return dict(seen.calls[-1].attributes or {})


def message(**usage: Any) -> dict[str, Any]:
    return {**bodies.MESSAGE, "usage": {"input_tokens": 1000, "output_tokens": 100, **usage}}


# ------------------------------------------------------------------------------------------------ usage


def test_a_message_delta_is_cumulative(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    """What `message_delta` says replaces what `message_start` said: 1000 in, 7 then 100 then 150 out, never their sum."""
    start = {"type": "message_start", "message": {**message(output_tokens=7), "content": [], "stop_reason": None}}
    deltas = [
        {"type": "message_delta", "delta": {"stop_reason": None, "stop_sequence": None}, "usage": {"output_tokens": out}}
        for out in (100, 150)
    ]
    vendor.reply(sse=[start, *deltas, {"type": "message_stop"}])
    list(claude.messages.create(**ASK, stream=True))
    found = said(seen)
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == (1000, 150)
    assert found[semconv.COST] == 0.00175


def test_input_that_a_server_tool_added_comes_with_the_delta(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    """A web search: 2200 in, 100 out, and $10 per thousand searches: 2200 + 500 + 10000 millionths."""
    start = {"type": "message_start", "message": {**message(output_tokens=1), "content": [], "stop_reason": None}}
    final = {"input_tokens": 2200, "output_tokens": 100, "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0}}
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": final}
    vendor.reply(sse=[start, delta, {"type": "message_stop"}])
    list(claude.messages.create(**ASK, stream=True))
    found = said(seen)
    assert (found[semconv.COST], found["otel_tokens.cost.tool"]) == (0.0127, 0.01)


def test_cache_writes_are_split_by_their_time_to_live(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    """100 × 1 + 1000 × 1.25 + 2000 × 2 + 10 × 5 = 5400 millionths; 3100 in, all of it."""
    split = {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000}
    vendor.reply(json=message(input_tokens=100, output_tokens=10, cache_creation_input_tokens=3000, cache_creation=split))
    claude.messages.create(**ASK)
    found = said(seen)
    assert (found[semconv.INPUT_TOKENS], found[semconv.CACHE_WRITE_TOKENS], found[semconv.COST]) == (3100, 3000, 0.0054)
    assert found[semconv.CACHE_STATUS] == "write"
    assert total(seen, "otel_tokens.cache.premium") == pytest.approx(0.00225)  # 1000 × 0.25 + 2000 × 1


def test_cache_writes_without_a_split_are_of_five_minutes(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=message(input_tokens=100, output_tokens=10, cache_creation_input_tokens=3000))
    claude.messages.create(**ASK)
    assert said(seen)[semconv.COST] == 0.0039  # 100 + 3750 + 50


@pytest.mark.parametrize(
    ("usage", "status"),
    [
        ({}, "unknown"),
        ({"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}, "miss"),
        ({"cache_read_input_tokens": 9000, "cache_creation_input_tokens": 0}, "hit"),
        ({"cache_read_input_tokens": 500, "cache_creation_input_tokens": 0}, "partial"),
        ({"cache_read_input_tokens": 0, "cache_creation_input_tokens": 500}, "write"),
    ],
)
def test_the_cache_status_says_what_happened(vendor: Vendor, usage: dict[str, int], status: str) -> None:
    vendor.reply(json=message(**usage))
    with watch(vendor) as seen, case.client(vendor.url, False) as claude:
        claude.messages.create(**ASK)
        assert said(seen)[semconv.CACHE_STATUS] == status


@pytest.mark.needs("anthropic.resources.messages:Messages.create(thinking)")
def test_thinking_is_part_of_the_output(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    claude.messages.create(**ASK, thinking={"type": "enabled", "budget_tokens": 512})
    found, billed = said(seen), vendor.billed[0].usage
    details: Any = billed["output_tokens_details"]
    assert found[semconv.OUTPUT_TOKENS] == billed["output_tokens"] > details["thinking_tokens"]
    assert found[semconv.REASONING_TOKENS] == details["thinking_tokens"] > 0
    assert found["otel_tokens.cost.reasoning"] == pytest.approx(details["thinking_tokens"] * 5e-6)


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        ({"service_tier": "priority"}, "no rate for service tier priority"),
        ({"inference_geo": "mars"}, "no rate for this geography"),
    ],
)
def test_a_tier_or_place_without_a_rate_is_unpriced(vendor: Vendor, usage: dict[str, str], reason: str) -> None:
    vendor.reply(json=message(**usage))
    with watch(vendor) as seen, case.client(vendor.url, False) as claude:
        claude.messages.create(**ASK)
        assert said(seen)[semconv.COST_REASON] == reason


def test_an_american_answer_costs_a_tenth_more(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    """Opus 4.8 is $5 in and $25 out: (1000 × 5 + 100 × 25) × 1.1 = 8250 millionths."""
    vendor.reply(json={**message(inference_geo="us"), "model": "claude-opus-4-8"})
    claude.messages.create(**{**ASK, "model": "claude-opus-4-8"})
    assert said(seen)[semconv.COST] == 0.00825


@pytest.mark.needs("anthropic.resources.messages:Messages.count_tokens")
def test_counting_tokens_is_no_call(claude: anthropic.Anthropic, seen: Captured) -> None:
    claude.messages.count_tokens(model="claude-haiku-4-5", messages=ASK["messages"])
    claude.beta.messages.count_tokens(model="claude-haiku-4-5", messages=ASK["messages"])
    claude.models.list()
    assert seen.spans == []
    assert total(seen, "otel_tokens.calls") == 0


# ------------------------------------------------------------------------------------------------ iterations

MINE = {
    "type": "message",
    "input_tokens": 1000,
    "output_tokens": 100,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}
COMPACTION = {**MINE, "type": "compaction", "input_tokens": 180_000, "output_tokens": 3_500}
ADVISOR = {**MINE, "type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 823, "output_tokens": 1_612}
FALLBACK = {**MINE, "type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 412, "output_tokens": 95}


@pytest.mark.parametrize(
    ("iterations", "answered", "cost", "read"),
    [
        # Haiku: 180000 + 3500 × 5 = 197500, and 1000 + 100 × 5 = 1500 millionths
        ([COMPACTION, MINE], "claude-haiku-4-5-20251001", 0.199, 181_000),
        # Opus 4.8 at $5 and $25: 823 × 5 + 1612 × 25 = 44415, and Haiku's 1500
        ([ADVISOR, MINE], "claude-haiku-4-5-20251001", 0.045915, 1_823),
        # Haiku's 1500, then Opus answers: 412 × 5 + 95 × 25 = 4435
        ([MINE, FALLBACK], "claude-opus-4-8", 0.005935, 1_412),
    ],
)
@pytest.mark.needs("anthropic.resources.beta.messages:Messages.create")
def test_iterations_are_priced_one_by_one(vendor: Vendor, iterations: list[Any], answered: str, cost: float, read: int) -> None:
    """The headline leaves out what ran beside the message, some of it on another model; the bill does not."""
    vendor.reply(json={**message(iterations=iterations), "model": answered}, times=2)
    with watch(vendor) as seen, case.client(vendor.url, False) as claude:
        claude.beta.messages.create(**ASK)
        found = said(seen)
        assert (found[semconv.COST], found[semconv.INPUT_TOKENS]) == (cost, read)
        assert found[semconv.COST_STATUS] == "exact"


@pytest.mark.needs("anthropic.resources.beta.messages:Messages.create")
def test_iterations_in_a_stream_are_priced_too(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    with claude.beta.messages.stream(**ASK, extra_headers={"x-test-iterations": "compaction, advisor"}) as stream:
        stream.until_done()
    found, billed = said(seen), vendor.billed[0].usage
    runs: Any = billed["iterations"]
    assert [run["type"] for run in runs] == ["compaction", "advisor_message", "message"]
    assert found[semconv.OUTPUT_TOKENS] == sum(run["output_tokens"] for run in runs)
    haiku = sum(run["input_tokens"] + 5 * run["output_tokens"] for run in (runs[0], runs[2]))
    assert found[semconv.COST] == pytest.approx((haiku + 44_415) / 1e6, rel=1e-12)


# ------------------------------------------------------------------------------------------------ batches


@pytest.mark.needs("anthropic.resources.messages:Messages.batches")
def test_a_batch_is_counted_when_its_results_are_read_once(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    """Haiku in a batch costs half: $0.50 in, $2.50 out per million."""
    requests: list[Any] = [{"custom_id": str(n), "params": ASK} for n in range(3)]
    ident = claude.messages.batches.create(requests=requests).id
    while claude.messages.batches.retrieve(ident).processing_status != "ended":
        assert len(vendor.requests) < 9
    assert seen.spans == []
    results = list(claude.messages.batches.results(ident))
    usages: list[Any] = [line.result.message.usage for line in results if line.result.type == "succeeded"]
    (span,) = seen.spans
    found = dict(span.attributes or {})
    read, wrote = (sum(getattr(usage, name) for usage in usages) for name in ("input_tokens", "output_tokens"))
    assert found[semconv.COST] == pytest.approx((read * 0.5 + wrote * 2.5) / 1e6, rel=1e-12)
    assert (found[semconv.SERVICE_TIER], total(seen, "otel_tokens.calls")) == ("batch", 3)
    assert len(list(claude.messages.batches.results(ident))) == 3
    assert (len(seen.spans), total(seen, "otel_tokens.calls")) == (1, 3)


# ------------------------------------------------------------------------------------------------ clouds


def cloud(name: str, url: str, *, is_async: bool = False) -> Any:
    prefix = "Async" if is_async else ""
    http = getattr(anthropic, f"Default{prefix}HttpxClient")(verify=False, trust_env=False)
    options: dict[str, Any] = {
        "Bedrock": {"aws_region": "us-east-1", "api_key": "k"},
        "Vertex": {"region": "us-east5", "project_id": "p", "access_token": "t"},
        "Foundry": {"api_key": "k"},
    }[name]
    return getattr(anthropic, f"{prefix}Anthropic{name}")(base_url=url, http_client=http, **options)


CLOUDS = [
    pytest.param("Bedrock", "aws.bedrock", marks=pytest.mark.needs("anthropic:AnthropicBedrock(api_key)")),
    ("Vertex", "gcp.vertex_ai"),
    pytest.param("Foundry", "azure.ai.inference", marks=pytest.mark.needs("anthropic:AnthropicFoundry")),
]


@pytest.mark.parametrize(("name", "seller"), CLOUDS)
def test_a_cloud_sells_for_itself(vendor: Vendor, name: str, seller: str) -> None:
    """The counts are Anthropic's, the price is the cloud's own: a region of Bedrock costs a tenth more."""
    model = "anthropic.claude-haiku-4-5-20251001-v1:0" if name == "Bedrock" else "claude-haiku-4-5"
    with watch(vendor, seller) as seen, cloud(name, vendor.url) as client:
        for _ in range(2):
            client.messages.create(**{**ASK, "model": model})
        list(client.messages.create(**{**ASK, "model": model}, stream=True))
        with client.messages.stream(**{**ASK, "model": model}) as stream:
            stream.until_done()
        found = said(seen, 4)
    assert (found[semconv.SELLER], found[semconv.REQUEST_MODEL]) == (seller, model)
    assert found[semconv.PRICE_INPUT] == (1.1 if name == "Bedrock" else 1.0)
    assert "anthropic" not in str(found[semconv.PRICE_SOURCE])
    for call, billed in zip(seen.calls, vendor.billed, strict=True):
        assert (call.attributes or {})[semconv.OUTPUT_TOKENS] == billed.usage["output_tokens"]
        assert (call.attributes or {})[semconv.OUTCOME] == "completed"


@pytest.mark.parametrize(("name", "seller"), CLOUDS)
def test_a_cloud_client_may_be_async(vendor: Vendor, name: str, seller: str) -> None:
    async def ask() -> None:
        async with cloud(name, vendor.url, is_async=True) as client:
            await client.messages.create(**ASK)
            await client.messages.create(**ASK)
            assert [event async for event in await client.messages.create(**ASK, stream=True)]

    with watch(vendor, seller) as seen:
        asyncio.run(ask())
        found = said(seen, 3)
    assert (found[semconv.OUTPUT_TOKENS], found[semconv.SELLER]) == (vendor.billed[-1].usage["output_tokens"], seller)


# ------------------------------------------------------------------------------------------------ the SDK's own spans


@own_spans
def test_the_native_span_is_enriched_never_doubled(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    client = native(claude, seen)
    vendor.reply(json=bodies.MESSAGE)
    client.messages.create(**ASK)
    vendor.reply(sse=bodies.EVENTS)
    list(client.messages.create(**ASK, stream=True))
    vendor.reply(sse=bodies.EVENTS)
    with client.messages.stream(**ASK) as stream:
        stream.get_final_message()
    vendor.reply(json=bodies.MESSAGE)
    client.messages.with_raw_response.create(**ASK).parse()
    vendor.reply(json=bodies.MESSAGE)
    with client.messages.with_streaming_response.create(**ASK) as response:
        response.json()
    found = said(seen, 5)
    assert {span.instrumentation_scope.name for span in seen.spans if span.instrumentation_scope} == {NATIVE}
    assert [(span.attributes or {}).get(semconv.COST) for span in seen.spans] == [WHOLE] * 5
    assert seen.cost == pytest.approx(5 * WHOLE)
    assert found[semconv.OUTCOME] == "completed"


@own_spans
def test_the_native_span_says_what_it_said_without_us(vendor: Vendor) -> None:
    """Every attribute, event and the status that the SDK gave its span are there, unchanged."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    vendor.reply(json=bodies.MESSAGE, times=2)
    with case.client(vendor.url, False) as claude:
        claude.with_options(open_telemetry={"tracer_provider": provider}).messages.create(**ASK)
        with watch(vendor) as seen:
            native(claude, seen).messages.create(**ASK)
            (ours,) = seen.spans
    (bare,) = exporter.get_finished_spans()
    theirs = {name: value for name, value in (ours.attributes or {}).items() if name in (bare.attributes or {})}
    assert theirs == dict(bare.attributes or {})
    assert (ours.name, ours.kind, ours.status.status_code, len(ours.events)) == (
        bare.name, bare.kind, bare.status.status_code, len(bare.events),
    )  # fmt: skip


@own_spans
def test_a_failed_native_span_ends_and_says_so(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    vendor.fail(429, times=3)
    with pytest.raises(anthropic.RateLimitError):
        native(claude, seen).messages.create(**ASK)
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.ATTEMPTS], found[semconv.COST_REASON]) == ("failed", 3, "rejected")
    assert seen.spans[0].status.status_code is StatusCode.ERROR


@own_spans
@pytest.mark.parametrize(("how", "outcome"), [("close", "abandoned"), ("with", "abandoned"), ("cut", "failed")])
def test_a_native_stream_that_does_not_end_is_settled(vendor: Vendor, how: str, outcome: str) -> None:
    vendor.reply(sse=bodies.EVENTS, cut_after=3 if how == "cut" else None)
    with watch(vendor) as seen, case.client(vendor.url, False) as claude:
        stream: Any = native(claude, seen).messages.create(**ASK, stream=True)
        if how == "cut":
            with pytest.raises(Exception, match=r"peer closed|incomplete"):
                list(stream)
        elif how == "with":
            with stream:
                next(stream)
        else:
            next(stream)
            stream.close()
        found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.COST], found[semconv.COST_STATUS]) == (outcome, START, "estimated")


@own_spans
def test_async_native_spans_are_enriched(vendor: Vendor, seen: Captured) -> None:
    async def ask() -> None:
        async with case.client(vendor.url, True) as claude:
            client = native(claude, seen)
            vendor.reply(json=bodies.MESSAGE)
            await client.messages.create(**ASK)
            vendor.reply(sse=bodies.EVENTS)
            assert [event async for event in await client.messages.create(**ASK, stream=True)]
            vendor.fail(400)
            with pytest.raises(anthropic.BadRequestError):
                await client.messages.create(**ASK)

    asyncio.run(ask())
    assert said(seen, 3)[semconv.OUTCOME] == "failed"
    assert [(span.attributes or {}).get(semconv.COST) for span in seen.spans] == [WHOLE, WHOLE, None]
    assert {span.instrumentation_scope.name for span in seen.spans if span.instrumentation_scope} == {NATIVE}


@own_spans
def test_where_native_spans_are_off_the_span_is_ours(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=bodies.MESSAGE)
    native(claude, seen).with_options(open_telemetry=False).messages.create(**ASK)
    assert said(seen)[semconv.COST] == WHOLE
    assert [span.instrumentation_scope.name for span in seen.spans if span.instrumentation_scope] == ["otel_tokens"]


@own_spans
def test_native_spans_climb_to_the_steps_above(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=bodies.MESSAGE, times=2)
    with agent("writer"):
        native(claude, seen).messages.create(**ASK)
        native(claude, seen).messages.create(**ASK)
    (step,) = seen.steps
    assert (step.attributes or {})[semconv.ROLLUP_COST] == 0.0067452
    assert total(seen, "otel_tokens.cost") == 0.0067452


@own_spans
def test_free_native_spans_are_left_alone(claude: anthropic.Anthropic, seen: Captured) -> None:
    native(claude, seen).messages.count_tokens(model="claude-haiku-4-5", messages=ASK["messages"])
    assert seen.calls == []
    assert total(seen, "otel_tokens.calls") == 0
    assert all(not name.startswith("otel_tokens.cost") for span in seen.spans for name in span.attributes or {})


# ------------------------------------------------------------------------------------------------ tool runner


@pytest.mark.needs("anthropic:beta_tool")
def test_each_turn_of_the_tool_runner_is_a_call(claude: anthropic.Anthropic, vendor: Vendor, seen: Captured) -> None:
    @anthropic.beta_tool
    def look_up(city: str) -> str:
        """The weather.

        Args:
            city: Where.
        """
        return f"sunny in {city}"

    runner = claude.beta.messages.tool_runner(**ASK, tools=[look_up])
    last = runner.until_done()
    assert last.stop_reason == "end_turn"
    found = said(seen, 2)
    assert [(call.attributes or {})[semconv.OUTPUT_TOKENS] for call in seen.calls] == [
        one.usage["output_tokens"] for one in vendor.billed
    ]
    assert found[semconv.COST_STATUS] == "exact"


@pytest.mark.parametrize("raw", [False, True])
def test_a_stream_that_the_server_ends_too_early_failed(
    claude: anthropic.Anthropic, vendor: Vendor, seen: Captured, raw: bool
) -> None:
    """Without `message_stop` the counts are not whole, however quietly the stream ended."""
    vendor.reply(sse=[event for event in bodies.EVENTS if event["type"] not in ("message_delta", "message_stop")])
    if raw:
        with claude.messages.with_streaming_response.create(**ASK, stream=True) as response:
            assert list(response.iter_lines())
    else:
        assert list(claude.messages.create(**ASK, stream=True))
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.COST_STATUS], found[semconv.COST_REASON]) == (
        "failed",
        "estimated",
        "partial usage",
    )
