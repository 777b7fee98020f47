"""google-genai, asked for a chat with the Gemini API."""

from types import SimpleNamespace
from typing import Any

from otel_tokens import semconv
from tests.providers.google_genai import bodies
from tests.providers.kit import Case, library

genai: Any = library("google.genai")
MODULE = "google.genai._api_client"
FAST: dict[str, Any] = {"verify": False, "trust_env": False}  # no TLS here
RETRY: dict[str, Any] = {"retry_options": {"attempts": 3, "initial_delay": 0.001, "max_delay": 0.001}}


def client(url: str, is_async: bool, **more: Any) -> Any:
    retry = RETRY if hasattr(genai.types, "HttpRetryOptions") else {}
    options: dict[str, Any] = {"base_url": url, "client_args": FAST, "async_client_args": FAST, **retry}
    made = genai.Client(**{"api_key": "k", "vertexai": False, **more}, http_options=options)
    return made.aio if is_async else made


def close(client: Any) -> Any:
    closes = getattr(client, "close", getattr(client, "aclose", None))
    if closes is None:  # an old client has neither
        held = client._api_client
        closes = held._async_httpx_client.aclose if type(client).__name__ == "AsyncClient" else held._httpx_client.close
    return closes()


def refusal(status: int) -> dict[str, Any]:
    return {"error": {"code": status, "message": f"Scripted error {status}.", "status": "RESOURCE_EXHAUSTED"}}


# https://ai.google.dev/gemini-api/docs/pricing: 2.5 Flash is $0.30 in, $0.03 cached, $2.50 out (thinking included) per million.
# 2000 + 61 in of which 1536 cached: 525 × 0.3 + 1536 × 0.03 = 157.5 + 46.08 = 203.58; 217 + 300 out × 2.5 = 1292.5 millionths.
CHAT = Case(
    name="gemini", seller="gcp.gemini", library=genai, client=client, close=close, refusal=refusal, impatient=lambda one: one,
    resource=lambda client: SimpleNamespace(create=client.models.generate_content),
    stream_of=lambda client: client.models.generate_content_stream, ask={"model": "gemini-2.5-flash", "contents": "2+2?"},
    streamed={}, body=bodies.ANSWER, events=bodies.EVENTS, error_event=bodies.ERROR, finals=(), iterated=(),
    error_facts=("code",),
    closes_late=True, lacks=frozenset({"stream", "parse", "raw"}), usage="usageMetadata", count="promptTokenCount",
    refused="errors.ClientError",
    needs={"": "google.genai:Client", **dict.fromkeys(("retries", "error event"), f"{MODULE}:BaseApiClient._request_once")},
    contradiction=bodies.CONTRADICTION, last=lambda chunk: bool(chunk.candidates and chunk.candidates[0].finish_reason),
    module="_api_client", holders=("BaseApiClient",), cost=0.00149608, partial=0.00020358,
    seams=("request", "request_streamed", "async_request", "async_request_streamed", "_request_once", "_async_request_once"),
    shown={
        semconv.INPUT_TOKENS: 2061, semconv.CACHE_READ_TOKENS: 1536, semconv.OUTPUT_TOKENS: 517, semconv.REASONING_TOKENS: 300,
        semconv.SELLER: "gcp.gemini", semconv.RESPONSE_MODEL: "gemini-2.5-flash", semconv.CACHE_STATUS: "partial",
        "otel_tokens.cost.reasoning": 0.00075, "otel_tokens.cost.cache_read": 0.00004608,
    },
)  # fmt: skip
