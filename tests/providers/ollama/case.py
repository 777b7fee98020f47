"""ollama, asked for a chat; the price is that of a vendor of the same model, so that there is one."""

import json
from types import SimpleNamespace
from typing import Any

import ollama

from otel_tokens import semconv
from tests.providers.kit import Case
from tests.providers.ollama import bodies


def client(url: str, is_async: bool) -> Any:
    kind: Any = ollama.AsyncClient if is_async else ollama.Client
    return kind(host=url, verify=False, trust_env=False)  # no TLS here


def close(client: Any) -> Any:
    http = client._client
    return http.aclose() if hasattr(http, "aclose") else http.close()  # a client below 0.6 has neither


# https://groq.com/pricing: Llama 3.3 70B is $0.59 in, $0.79 out per million: 525 × 0.59 + 217 × 0.79 = 481.18 millionths.
CHAT = Case(
    name="ollama", seller="groq", library=ollama, client=client, close=close, refusal=lambda status: {"error": f"no: {status}"},
    resource=lambda client: SimpleNamespace(create=client.chat), impatient=lambda one: one,
    frame=lambda event: json.dumps(event) + "\n",
    ask={"model": "llama-3.3-70b-versatile", "messages": [{"role": "user", "content": "2+2?"}]}, streamed={"stream": True},
    body=bodies.CHAT, events=bodies.EVENTS, error_event=bodies.ERROR, finals=(), iterated=(), coerces=True, usage="",
    unstated=bodies.UNSTATED, lacks=frozenset({"stream", "parse", "raw", "retries", "parts"}), count="prompt_eval_count",
    contradiction={}, last=lambda chunk: chunk["done"], error_facts=("status_code", "error"), module="_client",
    holders=("Client", "AsyncClient"), seams=("_request", "_stream"), cost=0.00048118, partial=None,
    shown={
        semconv.INPUT_TOKENS: 525, semconv.OUTPUT_TOKENS: 217, semconv.SELLER: "groq",
        semconv.RESPONSE_MODEL: "llama-3.3-70b-versatile",
    },
)  # fmt: skip
