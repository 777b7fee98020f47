"""OpenAI, asked through Chat Completions and through Responses."""

from typing import Any

import openai

from otel_tokens import semconv
from tests.providers.kit import Case
from tests.providers.openai import bodies


def client(url: str, is_async: bool) -> Any:
    http = openai.DefaultAsyncHttpxClient if is_async else openai.DefaultHttpxClient
    kind: Any = openai.AsyncOpenAI if is_async else openai.OpenAI
    return kind(base_url=f"{url}/v1", api_key="k", http_client=http(verify=False, trust_env=False))  # no TLS here


# https://developers.openai.com/api/docs/pricing: gpt-5 is $1.25 in, $0.125 cached, $10 out (thinking included) per million.
# 2061 in of which 1536 cached: 525 × 1.25 + 1536 × 0.125 = 656.25 + 192; 517 out × 10 = 5170; together 6018.25 millionths.
SAME: dict[str, Any] = {
    "seller": "openai", "library": openai, "client": client, "iterated": ("",), "cost": 0.00601825, "partial": None,
    "shown": {
        semconv.INPUT_TOKENS: 2061, semconv.CACHE_READ_TOKENS: 1536, semconv.OUTPUT_TOKENS: 517, semconv.REASONING_TOKENS: 300,
        semconv.SELLER: "openai", semconv.RESPONSE_MODEL: "gpt-5-2025-08-07", semconv.SERVICE_TIER: "standard",
        semconv.CACHE_STATUS: "partial", "otel_tokens.cost.reasoning": 0.003, "otel_tokens.cost.cache_read": 0.000192,
    },
}  # fmt: skip
ASK, USAGE = {"model": "gpt-5", "messages": [{"role": "user", "content": "2+2?"}]}, {"include_usage": True}
NEEDS = {what: f"openai.resources.chat.completions:Completions.{what}" for what in ("stream", "parse")}
RESPONSES_NEED = {what: f"openai.resources.responses:Responses.{what or 'create'}" for what in ("", "stream", "parse")}
CHAT = Case(
    name="chat", needs=NEEDS, resource=lambda client: client.chat.completions, ask=ASK, last=lambda chunk: bool(chunk.usage),
    streamed={"stream": True, "stream_options": USAGE}, helped={"stream_options": USAGE}, count="prompt_tokens",
    finals=("until_done", "get_final_completion"),
    body=bodies.CHAT, events=bodies.CHAT_EVENTS, error_event=bodies.CHAT_ERROR, contradiction=bodies.CHAT_CONTRADICTION, **SAME,
)  # fmt: skip
RESPONSES = Case(
    name="responses", needs=RESPONSES_NEED, resource=lambda client: client.responses,
    ask={"model": "gpt-5", "input": "2+2?"}, count="input_tokens",
    streamed={"stream": True}, last=lambda event: event.type == "response.completed", finals=("until_done", "get_final_response"),
    body=bodies.RESPONSE, events=bodies.RESPONSE_EVENTS, error_event=bodies.RESPONSE_ERROR,
    contradiction=bodies.RESPONSE_CONTRADICTION, **SAME,
)  # fmt: skip
