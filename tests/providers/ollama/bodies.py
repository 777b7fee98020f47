"""Answers of Ollama, written by hand from https://github.com/ollama/ollama/blob/main/docs/api.md; durations in nanoseconds."""

from typing import Any

HEAD: dict[str, Any] = {"model": "llama-3.3-70b-versatile", "created_at": "2026-11-22T03:00:00.000000Z"}
USAGE: dict[str, Any] = {"prompt_eval_count": 525, "eval_count": 217}
TIMES: dict[str, Any] = {
    "total_duration": 5_000_000_000, "load_duration": 1_000_000_000, "prompt_eval_duration": 500_000_000,
    "eval_duration": 3_000_000_000,
}  # fmt: skip
DONE: dict[str, Any] = {"done": True, "done_reason": "stop", **TIMES}


def said(text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}}


UNSTATED: dict[str, Any] = {**HEAD, **said("4"), **DONE}
CHAT: dict[str, Any] = {**UNSTATED, **USAGE}
EVENTS: list[Any] = [{**HEAD, **said(word), "done": False} for word in ("2", " +", " 2 is", " 4")]
EVENTS.append({**HEAD, **said(""), **DONE, **USAGE})
ERROR: dict[str, Any] = {"error": "an error was encountered while running the model"}
GENERATED: dict[str, Any] = {**HEAD, "response": "4", **DONE, **USAGE}
EMBEDDED: dict[str, Any] = {**HEAD, "embeddings": [[0.1, 0.2]], "total_duration": 14_000_000, "load_duration": 1_000_000,
                            "prompt_eval_count": 8}  # fmt: skip
