"""Answers of the Gemini API, written by hand from https://ai.google.dev/api/generate-content and …/api/embeddings."""

from typing import Any

# The prompt, 1536 of it from a cache, and what tools put into it beside it; the answer, and the thoughts beside it.
USAGE: dict[str, Any] = {
    "promptTokenCount": 2000, "candidatesTokenCount": 217, "totalTokenCount": 2578, "cachedContentTokenCount": 1536,
    "thoughtsTokenCount": 300, "toolUsePromptTokenCount": 61, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2000}],
    "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 1536}],
}  # fmt: skip
STARTED: dict[str, Any] = {
    "promptTokenCount": 2000, "toolUsePromptTokenCount": 61, "cachedContentTokenCount": 1536, "totalTokenCount": 2061,
}  # fmt: skip
CONTRADICTION = {**USAGE, "cachedContentTokenCount": 2062}
HEAD = {"modelVersion": "gemini-2.5-flash", "responseId": "mAitaLmkHPPlz7IPvtfUqQ4"}


def candidate(text: str, **more: Any) -> list[dict[str, Any]]:
    return [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0, **more}]


def calling(name: str, **arguments: Any) -> dict[str, Any]:
    """An answer that asks for a function to be called."""
    parts = [{"functionCall": {"name": name, "args": arguments}}]
    return {**ANSWER, "candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0, "finishReason": "STOP"}]}


ANSWER: dict[str, Any] = {"candidates": candidate("4", finishReason="STOP"), "usageMetadata": USAGE, **HEAD}
EVENTS: list[Any] = [
    {"candidates": candidate("2 + 2"), "usageMetadata": STARTED, **HEAD},
    {"candidates": candidate(" is"), "usageMetadata": STARTED, **HEAD},
    {"candidates": candidate(" of"), "usageMetadata": STARTED, **HEAD},
    {"candidates": candidate(" course"), "usageMetadata": STARTED, **HEAD},
    {"candidates": candidate(" 4.", finishReason="STOP"), "usageMetadata": USAGE, **HEAD},
]
ERROR: dict[str, Any] = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
EMBEDDED: dict[str, Any] = {"embeddings": [{"values": [0.1, 0.2]}], "usageMetadata": {"promptTokenCount": 7}}
# https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
PREDICTED: dict[str, Any] = {
    "predictions": [
        {"embeddings": {"values": [0.1], "statistics": {"token_count": 7, "truncated": False}}},
        {"embeddings": {"values": [0.2], "statistics": {"token_count": 4, "truncated": False}}},
    ],
    "metadata": {"billableCharacterCount": 38},
}
