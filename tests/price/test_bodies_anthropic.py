"""Messages as Anthropic sends them, directly, over a cloud, in a batch or through something that answers in their shape."""

from otel_tokens import bill
from otel_tokens.types import FEMTO, Cost, Usage
from tests.price.answers import call, refused, used
from tests.price.calls import NOW

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5-5",
    "content": [{"type": "text", "text": "4"}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 10,
        "cache_creation_input_tokens": 500,
        "cache_read_input_tokens": 2000,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 300},
        "output_tokens": 60,
        "output_tokens_details": {"thinking_tokens": 25},
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
        "service_tier": "standard",
        "speed": "fast",
        "inference_geo": "us",
    },
}
USAGE = Usage(
    2510, 60, 2000, 25, 500,
    cache_write_5m_tokens=200, cache_write_1h_tokens=300, web_search_requests=2, web_fetch_requests=1,
)  # fmt: skip


def test_the_input_leaves_the_cache_out_c4_c5() -> None:
    found = call("anthropic", "messages", MESSAGE)
    assert found.usage == USAGE
    assert (found.response_model, found.service_tier, found.speed, found.geo) == ("claude-opus-5-5", "standard", "fast", "us")


def test_a_name_of_another_api_does_not_make_it_inclusive_trap_1() -> None:
    assert all(used("anthropic", api, MESSAGE) == USAGE for api in (None, "chat", "responses", "chat.completions", "nonsense"))
    assert all(used(seller, None, MESSAGE) == USAGE for seller in ("openai", "gcp.vertex_ai", "azure.ai.inference", "litellm"))


def test_writes_of_an_unknown_ttl_stay_at_the_base_rate_trap_6_c10() -> None:
    usage = {"input_tokens": 3, "cache_creation_input_tokens": 900, "output_tokens": 5}
    found = used("anthropic", "messages", {**MESSAGE, "usage": {**usage, "cache_creation": {"ephemeral_5m_input_tokens": 600}}})
    assert found == Usage(903, 5, cache_write_tokens=900, cache_write_5m_tokens=600)
    assert found.leaves() == {"input": 3, "output": 5, "cache_write": 300, "cache_write_5m": 600}


def test_writes_are_not_lost_when_only_the_ttls_are_stated_c6() -> None:
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_creation_input_tokens": 0}
    body = {**MESSAGE, "usage": {**usage, "cache_creation": {"ephemeral_1h_input_tokens": 800}}}
    assert used("anthropic", "messages", body) == Usage(803, 5, cache_write_tokens=800, cache_write_1h_tokens=800)


def test_the_invoice_that_anchors_the_sums() -> None:
    usage = {"input_tokens": 3, "cache_creation_input_tokens": 12304, "cache_read_input_tokens": 0, "output_tokens": 550}
    found = call("anthropic", "messages", {**MESSAGE, "model": "claude-3-7-sonnet-20250219", "usage": usage}, at=NOW)
    cost = bill.priced(found, bill.total_usage(found), None)
    assert isinstance(cost, Cost), cost
    assert cost.total * 1_000_000 == 54_399 * FEMTO


START = {
    "type": "message_start",
    "message": {**MESSAGE, "usage": {**MESSAGE["usage"], "output_tokens": 1, "output_tokens_details": None}},
}


def test_the_counts_of_a_stream_are_cumulative_d2_d3() -> None:
    counts = {"output_tokens": 20}, {"output_tokens": 60, "output_tokens_details": {"thinking_tokens": 25}}
    deltas = [{"type": "message_delta", "delta": {}, "usage": usage} for usage in counts]
    found = call("anthropic", "messages", [START, {"type": "ping"}, *deltas, {"type": "message_stop"}])
    assert (found.usage, found.outcome) == (USAGE, "completed")
    assert (found.service_tier, found.speed, found.geo) == ("standard", "fast", "us")


def test_counts_that_only_the_delta_has_are_read_c16() -> None:
    start = {"type": "message_start", "message": {**MESSAGE, "usage": {"input_tokens": 10, "output_tokens": 1}}}
    delta = {"type": "message_delta", "usage": {"output_tokens": 7, "cache_read_input_tokens": 90, "input_tokens": 10}}
    assert used("anthropic", None, [start, delta, {"type": "message_stop"}]) == Usage(100, 7, 90)


def test_the_placeholder_of_a_stream_that_was_left_is_marked_d12() -> None:
    found = call("anthropic", "messages", [START], at=NOW)
    cost = bill.priced(found, bill.total_usage(found), None)
    assert found.outcome == "abandoned"
    assert isinstance(cost, Cost)
    assert (cost.status, cost.reason) == ("estimated", "partial usage")


def test_the_text_of_a_stream_is_read_as_its_events() -> None:
    text = 'event: message_start\ndata: {"type": "message_start", "message": {"id": "m", "model": "claude-opus-5-5", "usage": '
    text += '{"input_tokens": 4, "output_tokens": 1}}}\n\ndata: {"type": "message_delta", "usage": {"output_tokens": 9}}\n\n'
    text += 'data: {"type": "message_stop"}\n\ndata: [DONE]\n\n'
    assert used("anthropic", "messages", text) == used("anthropic", "messages", text.encode()) == Usage(4, 9)


def test_compaction_is_not_in_the_headline_and_an_advisor_is_another_model_trap_7() -> None:
    iterations = [
        {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3500, "cache_read_input_tokens": 0},
        {"type": "message", "input_tokens": 23_000, "output_tokens": 1000},
        {"type": "advisor_message", "model": "claude-fable-5-2", "input_tokens": 400, "output_tokens": 30},
    ]
    body = {**MESSAGE, "usage": {"input_tokens": 23_000, "output_tokens": 1000, "iterations": iterations}}
    assert call("anthropic", "messages", body).parts == [
        ("claude-opus-5-5", Usage(180_000, 3500, 0)),
        ("claude-opus-5-5", Usage(23_000, 1000)),
        ("claude-fable-5-2", Usage(400, 30)),
    ]


def test_after_a_fallback_the_first_try_ran_on_the_requested_model() -> None:
    iterations = [
        {"type": "message", "input_tokens": 900, "output_tokens": 0},
        {"type": "fallback_message", "model": "claude-opus-5", "input_tokens": 900, "output_tokens": 40},
    ]
    body = {**MESSAGE, "model": "claude-opus-5", "usage": {"input_tokens": 900, "output_tokens": 40, "iterations": iterations}}
    assert call("anthropic", "messages", body, model="claude-fable-5-2").parts == [
        ("claude-fable-5-2", Usage(900, 0)),
        ("claude-opus-5", Usage(900, 40)),
    ]


def test_a_line_of_a_batch_b5_b7() -> None:
    message = {**MESSAGE, "usage": {**MESSAGE["usage"], "service_tier": "batch"}}
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message}}
    found = call("anthropic", "messages", line)
    assert (found.usage, found.batch, found.service_tier, found.response_model) == (USAGE, True, "batch", "claude-opus-5-5")
    error = {"custom_id": "a", "result": {"type": "errored", "error": {"type": "invalid_request"}}}
    assert refused("anthropic", None, error) == "failed without usage"
    assert refused("anthropic", None, {"custom_id": "a", "result": {"type": "expired"}}) == "failed without usage"


def test_the_wire_body_of_bedrock_is_anthropics_own() -> None:
    headers = {"X-Amzn-Bedrock-Input-Token-Count": "10", "x-amzn-bedrock-output-token-count": "60"}
    assert used("aws.bedrock", "InvokeModel", MESSAGE, headers=headers) == USAGE
    metrics = {"inputTokenCount": 10, "outputTokenCount": 60, "cacheReadInputTokenCount": 2000}
    delta = {"type": "message_delta", "usage": {"output_tokens": 60, "output_tokens_details": {"thinking_tokens": 25}}}
    stop = {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics}
    assert used("aws.bedrock", "invoke-with-response-stream", [START, delta, stop]) == USAGE
