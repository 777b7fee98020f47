"""Hand-written OTLP/JSON: spans as a Collector's file exporter writes them."""

from __future__ import annotations

import json
from typing import Any

from otel_tokens import semconv

TRACE = "0af7651916cd43dd8448eb211c80319c"


def span(
    ident: int, name: str, parent: int | None = None, *, trace: str = TRACE, failed: bool = False, **said: Any
) -> dict[str, Any]:
    """One span; `ident` is also its start in seconds. Attribute names are the constants of `semconv`."""
    shown = {
        "traceId": trace, "spanId": f"{ident:016x}", "name": name, "kind": 1,
        "startTimeUnixNano": str(ident * 10**9), "endTimeUnixNano": str((ident + 1) * 10**9),
        "attributes": [{"key": getattr(semconv, key), "value": value(given)} for key, given in said.items()],
        "status": {"code": 2} if failed else {},
    }  # fmt: skip
    return shown | ({"parentSpanId": f"{parent:016x}"} if parent is not None else {})


def value(given: object) -> dict[str, Any]:
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    return {"doubleValue": given} if isinstance(given, float) else {"stringValue": given}


def call(ident: int, parent: int | None = None, usd: float | None = 0.01, model: str = "gpt-5", **said: Any) -> dict[str, Any]:
    """A settled call: 100 tokens in, 40 of them cached, 10 out; without `usd` it is unpriced."""
    status = (
        {"COST": usd, "COST_STATUS": "exact"} if usd is not None else {"COST_STATUS": "unpriced", "COST_REASON": "unknown model"}
    )
    base = {
        "OPERATION": "chat", "RESPONSE_MODEL": model, "SELLER": "openai", "INPUT_TOKENS": 100, "OUTPUT_TOKENS": 10,
        "CACHE_READ_TOKENS": 40, "CACHE_SAVED": 0.001, "OUTCOME": "completed",
    }  # fmt: skip
    return span(ident, f"chat {model}", parent, **{**base, **status, **said})


def line(*spans: dict[str, Any], service: str = "app", process: str = "p1") -> str:
    """One ExportTraceServiceRequest."""
    resource = {"attributes": [{"key": key, "value": {"stringValue": text}} for key, text in
                               (("service.name", service), ("service.instance.id", process))]}  # fmt: skip
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "x"}, "spans": list(spans)}]}]})
