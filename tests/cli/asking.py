"""Asks the command line about prices: in this process, or as a process of its own where its streams matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from otel_tokens.cli import main

SPAN_START = 1_787_220_000 * 10**9  # 2026-08-20T10:00:00Z


class Book:
    """`ask(...)` runs a command here and gives its exit code, output and errors; `data(...)` its JSON."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self.captured = captured

    def ask(self, *arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(word) for word in arguments])
        said = self.captured.readouterr()
        return code, said.out, said.err

    def data(self, *arguments: str | Path) -> dict[str, Any]:
        _, out, err = self.ask(*arguments, "--json")
        assert out, err
        return json.loads(out)


def piped(*arguments: str, text: str | bytes) -> subprocess.CompletedProcess[bytes]:
    """As a process of its own, with standard input."""
    return subprocess.run(
        [sys.executable, "-m", "otel_tokens.cli", *arguments],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
        timeout=60,
        env={name: value for name, value in os.environ.items() if not name.startswith("OTEL_")},
    )


def questions(path: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    """A file of questions; a text is written as it is."""
    written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
    return path


def run_file(path: Path, spans: Iterable[dict[str, Any]]) -> Path:
    """An OTLP/JSON-lines file as a Collector writes it, from attributes alone; `start` in seconds since the default."""
    made = [_span(number, dict(attributes)) for number, attributes in enumerate(spans, 1)]
    request = {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": made}]}]}
    path.write_text(json.dumps(request) + "\n", encoding="utf-8")
    return path


def call(model: str, inp: int, out: int, usd: float | None, **more: Any) -> dict[str, Any]:
    """The attributes of a call to OpenAI, as our own instrumentation writes them; `cost_tool=1` is `otel_tokens.cost.tool`."""
    said: dict[str, Any] = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "otel_tokens.seller": "openai",
        "gen_ai.response.model": model, "gen_ai.usage.input_tokens": inp, "gen_ai.usage.output_tokens": out,
        "otel_tokens.cost.status": "unpriced" if usd is None else "exact",
    }  # fmt: skip
    if usd is not None:
        said["otel_tokens.cost.total"] = usd
    return said | {name.replace("__", "."): value for name, value in more.items()}


def _span(number: int, attributes: dict[str, Any]) -> dict[str, Any]:
    start = SPAN_START + attributes.pop("start", 0) * 10**9
    return {
        "traceId": f"{1:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9),
        "attributes": [{"key": key, "value": _value(value)} for key, value in attributes.items()],
    }  # fmt: skip


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"stringValue": value}
    return {"doubleValue": value} if isinstance(value, float) else {"intValue": str(value)}
