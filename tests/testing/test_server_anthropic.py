"""What the loopback vendor says as Anthropic and its clouds, read through the real SDK."""

import base64
import http.client
import json
import zlib
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from otel_tokens.testing.server import Vendor

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {"name": "look_up", "input_schema": {"type": "object", "properties": {"city": {"enum": ["Oslo"]}}}}
HAIKU: Any = {"model": "claude-haiku-4-5", "max_tokens": 500}


@pytest.fixture
def claude(vendor: Vendor) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=vendor.url, api_key="k") as client:
        yield client


def plain(usage: Any) -> dict[str, object]:
    return usage.model_dump(exclude_unset=True)


def test_a_message_states_what_was_billed(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    for messages in (claude.messages, claude.beta.messages):
        answer = messages.create(**HAIKU, messages=HELLO)
        assert answer.model == vendor.billed[-1].model == "claude-haiku-4-5-20251001"
        assert plain(answer.usage) == vendor.billed[-1].usage
        assert vendor.billed[-1].service_tier == "standard"


def test_a_stream_is_cumulative_and_the_helper_sees_what_was_billed(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    events = list(claude.messages.create(**HAIKU, messages=HELLO, stream=True))
    start, delta = events[0].message.usage, events[-2].usage
    assert (start.output_tokens, start.input_tokens, delta.input_tokens) == (1, 7, 7)
    assert delta.output_tokens == vendor.billed[0].usage["output_tokens"] != 1
    with claude.messages.stream(**HAIKU, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == stream.get_final_text() != ""
        assert plain(stream.get_final_message().usage) == vendor.billed[1].usage


def test_a_web_search_adds_to_the_input_after_the_start(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    search: list[Any] = [{"type": "web_search_20250305", "name": "web_search"}]
    events = list(claude.messages.create(**HAIKU, messages=HELLO, tools=search, stream=True))
    assert events[-2].usage.input_tokens == events[0].message.usage.input_tokens + 1200 == vendor.billed[0].usage["input_tokens"]
    assert events[-2].usage.server_tool_use.web_search_requests == 1


def test_tools_are_used_until_a_result_is_there(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(**HAIKU, messages=HELLO, tools=[TOOL]) as stream:
        first = stream.get_final_message()
    assert (first.stop_reason, first.content[-1].input) == ("tool_use", {"city": "Oslo"})
    result = {"type": "tool_result", "tool_use_id": first.content[-1].id, "content": "sunny"}
    messages: list[Any] = [*HELLO, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    assert claude.messages.create(**HAIKU, messages=messages, tools=[TOOL]).stop_reason == "end_turn"


def test_directives_are_followed_one_by_one(claude: anthropic.Anthropic) -> None:
    text = '[[call: look_up {"city": "Oslo"}]] [[call: look_up {"city": "Bergen"}]] [[reply: Both.]]'
    messages: list[Any] = [{"role": "user", "content": text}]
    cities = []
    while (answer := claude.messages.create(**HAIKU, messages=messages, tools=[TOOL])).stop_reason == "tool_use":
        cities.append(answer.content[-1].input["city"])
        result = {"type": "tool_result", "tool_use_id": answer.content[-1].id, "content": "ok"}
        messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    assert (cities, answer.content[-1].text) == (["Oslo", "Bergen"], "Both.")


def test_cached_prefixes_are_written_then_read_by_time_to_live(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    system: list[Any] = [
        {"type": "text", "text": "a" * 40, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "b" * 80, "cache_control": {"type": "ephemeral"}},
    ]
    for _ in range(2):
        claude.messages.create(**HAIKU, system=system, messages=HELLO)
    claude.messages.create(**HAIKU, system=system, messages=HELLO, cache_control={"type": "ephemeral"})
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    assert [tuple(one.usage[name] for name in names) for one in vendor.billed] == [(7, 34, 0), (7, 0, 34), (3, 4, 34)]
    assert vendor.billed[0].usage["cache_creation"] == {"ephemeral_5m_input_tokens": 22, "ephemeral_1h_input_tokens": 12}


def test_tier_place_and_speed_are_stated_as_served(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    headers = {"x-test-service-tier": "priority"}
    usage = claude.messages.create(**HAIKU, messages=HELLO, inference_geo="us", speed="fast", extra_headers=headers).usage
    assert (usage.service_tier, usage.inference_geo, usage.speed) == ("priority", "us", "fast")
    claude.messages.create(**HAIKU, messages=HELLO, service_tier="standard_only", extra_headers=headers)
    assert [one.service_tier for one in vendor.billed] == ["priority", "standard"]


def test_thinking_is_a_part_of_the_output(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(**HAIKU, messages=HELLO, thinking={"type": "enabled", "budget_tokens": 1024}) as stream:
        answer = stream.get_final_message()
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert 0 < answer.usage.output_tokens_details.thinking_tokens < answer.usage.output_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_iterations_stand_beside_the_top_level(vendor: Vendor, claude: anthropic.Anthropic, stream: bool) -> None:
    asked: Any = {**HAIKU, "messages": HELLO, "extra_headers": {"x-test-iterations": "compaction,advisor"}}
    if stream:
        with claude.beta.messages.stream(**asked) as events:
            answer = events.get_final_message()
    else:
        answer = claude.beta.messages.create(**asked)
    assert [one.type for one in answer.usage.iterations] == ["compaction", "advisor_message", "message"]
    assert answer.usage.iterations[-1].input_tokens == answer.usage.input_tokens == 7
    assert answer.content[0].type == "compaction"
    edits: Any = {"edits": [{"type": "compact_20260112"}]}
    claude.beta.messages.create(**HAIKU, messages=HELLO, betas=["compact-2026-01-12"], context_management=edits)
    assert [one["type"] for one in vendor.billed[1].usage["iterations"]] == ["compaction", "message"]


def test_structured_answers_fit_the_schema(claude: anthropic.Anthropic) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    form: Any = {"format": {"type": "json_schema", "schema": schema}}
    assert json.loads(claude.messages.create(**HAIKU, messages=HELLO, output_config=form).content[0].text) == {"name": "text"}


def test_counting_is_free_and_right(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    count = claude.messages.count_tokens(model="claude-haiku-4-5", messages=HELLO, system="Be kind.").input_tokens
    assert vendor.billed == []
    assert claude.messages.create(**HAIKU, messages=HELLO, system="Be kind.").usage.input_tokens == count
    assert claude.models.list().data[0].type == "model"


def test_a_batch_is_billed_at_the_batch_tier_when_it_ends(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    good = {"custom_id": "a", "params": {**HAIKU, "messages": HELLO}}
    bad = {"custom_id": "b", "params": {**HAIKU, "messages": HELLO, "model": "missing"}}
    batch = claude.messages.batches.create(requests=[good, bad])
    seen = [claude.messages.batches.retrieve(batch.id).processing_status, len(vendor.billed)]
    seen += [claude.messages.batches.retrieve(batch.id).processing_status, len(vendor.billed)]
    assert seen == ["in_progress", 0, "ended", 1]
    results = {line.custom_id: line.result for line in claude.messages.batches.results(batch.id)}
    assert results["b"].error.error.type == "not_found_error"
    assert plain(results["a"].message.usage) == vendor.billed[0].usage
    assert (vendor.billed[0].service_tier, vendor.billed[0].batch, len(vendor.billed)) == ("batch", True, 1)


def test_a_cancelled_batch_is_never_billed(vendor: Vendor, claude: anthropic.Anthropic) -> None:
    batch = claude.messages.batches.create(requests=[{"custom_id": "a", "params": {**HAIKU, "messages": HELLO}}])
    assert claude.messages.batches.cancel(batch.id).processing_status == "canceling"
    for _ in range(2):
        batch = claude.messages.batches.retrieve(batch.id)
    assert (batch.request_counts.canceled, vendor.billed) == (1, [])


def test_the_clouds_name_the_model_and_state_no_tier(vendor: Vendor) -> None:
    clouds: list[tuple[Any, str]] = [
        (
            anthropic.AnthropicBedrock(base_url=vendor.url, api_key="k", aws_region="x"),
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        ),
        (
            anthropic.AnthropicVertex(base_url=f"{vendor.url}/v1", access_token="t", project_id="p", region="x"),
            "claude-haiku-4-5@20251001",
        ),
    ]
    for cloud, name in clouds:
        with cloud as client:
            answer = client.messages.create(model=name, max_tokens=50, messages=HELLO)
            with pytest.raises(anthropic.NotFoundError):
                client.messages.create(model="missing", max_tokens=50, messages=HELLO)
        assert (answer.model, answer.usage.service_tier) == ("claude-haiku-4-5-20251001", None)
        assert plain(answer.usage) == vendor.billed[-1].usage
    with anthropic.AnthropicFoundry(base_url=f"{vendor.url}/anthropic", api_key="k") as client:
        assert client.messages.create(**HAIKU, messages=HELLO).usage.service_tier == "standard"
    assert [one.service_tier for one in vendor.billed] == [None, None, "standard"]


def test_vertex_streams(vendor: Vendor) -> None:
    with anthropic.AnthropicVertex(base_url=f"{vendor.url}/v1", access_token="t", project_id="p", region="x") as client:
        with client.messages.stream(model="claude-haiku-4-5@20251001", max_tokens=50, messages=HELLO) as stream:
            usage = stream.get_final_message().usage
        assert client.messages.count_tokens(model="claude-haiku-4-5@20251001", messages=HELLO).input_tokens == 7
    assert [one.usage for one in vendor.billed] == [plain(usage)]


def frames(data: bytes) -> Iterator[dict[str, Any]]:
    """The events of an AWS event stream, both checksums of each frame checked."""
    while data:
        size, head = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
        frame, data = data[:size], data[size:]
        assert zlib.crc32(frame[:8]) == int.from_bytes(frame[8:12])
        assert zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:])
        yield json.loads(base64.b64decode(json.loads(frame[12 + head : -4])["bytes"]))


def test_bedrock_streams_in_frames_that_end_with_its_own_counts(vendor: Vendor) -> None:
    connection = http.client.HTTPConnection(vendor.url.removeprefix("http://"))
    body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50, "messages": HELLO})
    connection.request("POST", "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream", body)
    events = list(frames(connection.getresponse().read()))
    connection.close()
    usage = vendor.billed[0].usage
    assert events[0]["message"]["model"] == vendor.billed[0].model == "claude-sonnet-4-5-20250929"
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == usage["output_tokens"]
