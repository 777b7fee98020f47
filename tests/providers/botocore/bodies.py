"""Answers as AWS documents them, with usage small enough to be worked out by hand.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, …/API_runtime_ConverseStream.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from typing import Any

from tests.providers.anthropic import bodies as anthropic

USAGE: dict[str, Any] = {
    "inputTokens": 266,
    "outputTokens": 517,
    "totalTokens": 2578,
    "cacheReadInputTokens": 1536,
    "cacheWriteInputTokens": 259,
    "cacheDetails": [{"ttl": "5m", "inputTokens": 200}, {"ttl": "1h", "inputTokens": 59}],
}
MESSAGE = {"role": "assistant", "content": [{"text": "Four."}]}
CONVERSE: dict[str, Any] = {
    "output": {"message": MESSAGE},
    "stopReason": "end_turn",
    "usage": USAGE,
    "metrics": {"latencyMs": 321},
    "serviceTier": {"type": "default"},
}
METADATA = {"usage": USAGE, "metrics": {"latencyMs": 321}, "serviceTier": {"type": "default"}}
EVENTS: list[Any] = [
    {"messageStart": {"role": "assistant"}},
    *({"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}} for text in ("Fo", "ur", ".")),
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": METADATA},
]
ERROR: Any = {"modelStreamErrorException": {"message": "The model broke off.", "originalStatusCode": 500}}

METRICS = {"inputTokenCount": 9, "outputTokenCount": 5, "invocationLatency": 900, "firstByteLatency": 90}
HEADERS = {
    "x-amzn-bedrock-input-token-count": "9",
    "x-amzn-bedrock-output-token-count": "5",
    "x-amzn-bedrock-invocation-latency": "900",
}
CLAUDE_METRICS = {
    "inputTokenCount": 266, "outputTokenCount": 517, "cacheReadInputTokenCount": 1536, "cacheWriteInputTokenCount": 259,
    "invocationLatency": 900, "firstByteLatency": 90,
}  # fmt: skip
NO_TIER = {name: value for name, value in anthropic.USAGE.items() if name not in ("service_tier", "inference_geo")}
CLAUDE: dict[str, Any] = {**anthropic.MESSAGE, "usage": NO_TIER}
CLAUDE_EVENTS: list[Any] = [
    {**anthropic.EVENTS[0], "message": {**CLAUDE, "content": [], "stop_reason": None, "usage": {
        **{name: value for name, value in NO_TIER.items() if name != "output_tokens_details"}, "output_tokens": 1,
    }}},
    *anthropic.EVENTS[1:-1],
    {"type": "message_stop", "amazon-bedrock-invocationMetrics": CLAUDE_METRICS},
]  # fmt: skip

# Maker → model, body of a plain answer, chunks of a stream; each says 9 in and 5 out, in the headers or the metrics at least.
OTHERS: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "nova": ("us.amazon.nova-lite-v1:0",
        {"output": {"message": MESSAGE}, "stopReason": "end_turn", "usage": {"inputTokens": 9, "outputTokens": 5}},
        [*EVENTS[:-1], {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 5}}}]),
    "titan": ("amazon.titan-text-lite-v1",
        {"inputTextTokenCount": 9, "results": [{"tokenCount": 5, "outputText": "Four.", "completionReason": "FINISH"}]},
        [{"outputText": "Four.", "index": 0, "totalOutputTextTokenCount": 5, "inputTextTokenCount": 9}]),
    "llama": ("meta.llama3-1-8b-instruct-v1:0",
        {"generation": "Four.", "prompt_token_count": 9, "generation_token_count": 5, "stop_reason": "stop"},
        [{"generation": "Fo", "prompt_token_count": 9, "generation_token_count": 1, "stop_reason": None},
         {"generation": "ur.", "prompt_token_count": None, "generation_token_count": 5, "stop_reason": "stop"}]),
    "mistral": ("mistral.mistral-large-2407-v1:0",
        {"outputs": [{"text": "Four.", "stop_reason": "stop"}]},
        [{"outputs": [{"text": "Fo", "stop_reason": None}]}, {"outputs": [{"text": "ur.", "stop_reason": "stop"}]}]),
    "cohere": ("cohere.command-r-v1:0",
        {"response_id": "r", "generation_id": "g", "text": "Four.", "finish_reason": "COMPLETE"},
        [{"is_finished": False, "event_type": "text-generation", "text": "Four."}, {"is_finished": True}]),
}  # fmt: skip


def measured(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A stream as Bedrock sends it: its own count is in the last chunk."""
    return [*chunks[:-1], {**chunks[-1], "amazon-bedrock-invocationMetrics": METRICS}]
