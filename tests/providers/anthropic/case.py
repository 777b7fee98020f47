"""Anthropic, asked through Messages and through the beta of it."""

from typing import Any

import anthropic

from otel_tokens import semconv
from tests.providers.anthropic import bodies
from tests.providers.kit import Case


def client(url: str, is_async: bool) -> Any:
    http = anthropic.DefaultAsyncHttpxClient if is_async else anthropic.DefaultHttpxClient
    kind: Any = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
    return kind(base_url=url, api_key="k", http_client=http(verify=False, trust_env=False))  # no TLS here


# https://platform.claude.com/docs/en/about-claude/pricing: Haiku 4.5 is $1 in, $0.10 read, $1.25 and $2 written for 5 minutes
# and an hour, $5 out per million. 266 + 1536 × 0.1 + 200 × 1.25 + 59 × 2 + 517 × 5 = 266 + 153.6 + 250 + 118 + 2585 = 3372.6
# millionths. The first event states the same input and 1 out: 787.6 + 5 = 792.6.
SAME: dict[str, Any] = {
    "seller": "anthropic", "library": anthropic, "client": client, "cost": 0.0033726, "partial": 0.0007926,
    "ask": {"model": "claude-haiku-4-5", "max_tokens": 1000, "messages": [{"role": "user", "content": "2+2?"}]},
    "streamed": {"stream": True}, "quiet": {"open_telemetry": False},
    "body": bodies.MESSAGE, "events": bodies.EVENTS, "error_event": bodies.ERROR,
    "finals": ("until_done", "get_final_message", "get_final_text"), "iterated": ("", "text_stream"),
    "count": "input_tokens", "contradiction": {**bodies.USAGE, "output_tokens_details": {"thinking_tokens": 518}},
    "last": lambda event: event.type == "message_stop",
    "shown": {
        semconv.INPUT_TOKENS: 2061, semconv.CACHE_READ_TOKENS: 1536, semconv.CACHE_WRITE_TOKENS: 259, semconv.OUTPUT_TOKENS: 517,
        semconv.REASONING_TOKENS: 300, semconv.SELLER: "anthropic", semconv.RESPONSE_MODEL: "claude-haiku-4-5-20251001",
        semconv.CACHE_STATUS: "partial", "otel_tokens.cost.cache_write": 0.000368, "otel_tokens.cost.reasoning": 0.0015,
    },
}  # fmt: skip
NEEDS = {what: f"anthropic.resources.messages:Messages.{what}" for what in ("stream", "parse")}
BETA_NEEDS = {what: f"anthropic.resources.beta.messages:Messages.{what or 'create'}" for what in ("", "stream", "parse")}
MESSAGES = Case(name="messages", resource=lambda client: client.messages, needs=NEEDS, **SAME)
BETA = Case(name="beta messages", resource=lambda client: client.beta.messages, needs=BETA_NEEDS, **SAME)
