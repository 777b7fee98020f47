"""Bedrock's runtime: Converse counts like Anthropic, InvokeModel hands on what the model's maker says, if anything."""

import pytest

from otel_tokens.types import Usage
from tests.price.answers import call, used

CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "4"}]}},
    "stopReason": "end_turn",
    "usage": {
        "inputTokens": 25,
        "outputTokens": 11,
        "totalTokens": 3136,
        "cacheReadInputTokens": 1000,
        "cacheWriteInputTokens": 2100,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 2000}, {"ttl": "5m", "inputTokens": 60}],
    },
    "serviceTier": {"type": "flex"},
    "metrics": {"latencyMs": 800},
}
USAGE = Usage(3125, 11, 1000, cache_write_tokens=2100, cache_write_5m_tokens=60, cache_write_1h_tokens=2000)


def test_converse_leaves_the_cache_out_of_the_input_c3_c12_trap_3() -> None:
    found = call("aws.bedrock", "Converse", CONVERSE, model="eu.anthropic.claude-sonnet-4-6")
    assert (found.usage, found.service_tier, found.request_model) == (USAGE, "flex", "eu.anthropic.claude-sonnet-4-6")


@pytest.mark.parametrize("api", [None, "converse_stream", "/model/eu.amazon.nova-pro-v1%3A0/converse-stream"])
def test_the_metadata_event_of_a_converse_stream(api: str | None) -> None:
    metadata = {"usage": CONVERSE["usage"], "metrics": {"latencyMs": 800}, "serviceTier": {"type": "priority"}}
    events = [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "4"}}}, {"metadata": metadata}]
    found = call("aws.bedrock", api, events)
    assert (found.usage, found.service_tier) == (USAGE, "priority")


def test_nova_names_its_cache_otherwise_in_its_own_body_c12() -> None:
    usage = {"inputTokens": 5, "outputTokens": 6, "cacheReadInputTokenCount": 70, "cacheWriteInputTokenCount": 8}
    assert used("aws.bedrock", "invoke_model", {"output": {}, "usage": usage}) == Usage(83, 6, 70, cache_write_tokens=8)


def test_llama_and_titan() -> None:
    llama = {"generation": "4", "prompt_token_count": 20, "generation_token_count": 3, "stop_reason": "stop"}
    assert used("aws.bedrock", "InvokeModel", llama) == Usage(20, 3)
    titan = {"inputTextTokenCount": 9, "results": [{"tokenCount": 4, "outputText": "a"}, {"tokenCount": 2, "outputText": "b"}]}
    found = call("aws.bedrock", None, titan)
    assert (found.usage, found.operation.name) == (Usage(9, 6), "text_completion")
    assert used("aws.bedrock", "invoke", {"embedding": [0.1], "inputTextTokenCount": 9}) == Usage(9)
    assert call("aws.bedrock", "invoke", {"embedding": [0.1], "inputTextTokenCount": 9}).operation.has_output is False


def test_open_weights_on_bedrock_speak_openais_dialect() -> None:
    body = {"id": "x", "model": "openai.gpt-oss-120b", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    assert used("aws.bedrock", "InvokeModel", body) == Usage(7, 2)


def test_a_body_without_usage_has_it_in_the_headers_and_a_stream_in_its_last_chunk_d8() -> None:
    headers = {
        "X-Amzn-Bedrock-Input-Token-Count": "12",
        "X-Amzn-Bedrock-Output-Token-Count": "30",
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "100",
        "X-Amzn-Bedrock-Service-Tier": "reserved",
    }
    mistral = {"outputs": [{"text": "4", "stop_reason": "stop"}]}
    found = call("aws.bedrock", "InvokeModel", mistral, headers=headers, model="mistral.mistral-large-2407-v1:0")
    assert (found.usage, found.service_tier) == (Usage(112, 30, 100), "reserved")
    metrics = {"inputTokenCount": 12, "outputTokenCount": 30, "cacheReadInputTokenCount": 100, "invocationLatency": 900}
    chunks = [mistral, {**mistral, "amazon-bedrock-invocationMetrics": metrics}]
    assert used("aws.bedrock", "invoke_model_with_response_stream", chunks) == Usage(112, 30, 100)
    assert call("aws.bedrock", "InvokeModel", mistral).usage is None


def test_a_line_of_a_batch() -> None:
    found = call("aws.bedrock", None, {"recordId": "1", "modelInput": {}, "modelOutput": {"usage": CONVERSE["usage"]}})
    assert (found.usage, found.batch) == (USAGE, True)
