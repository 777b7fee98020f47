"""The program that runs beside another instrumentation: makes each call alone and below a span, and writes down what came of it.

`python -m beside.probe VENDOR ARRANGEMENT FILE`, in the vendor's environment.
"""

import asyncio
import gc
import importlib
import inspect
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry import trace

from beside import collect
from beside.vendors import VENDORS, Vendor

ORDERS = {"bare": "", "ours": "o", "theirs": "t", "they first": "to", "we first": "ot", "unseen": "tu", "launched": ""}
FEMTO = 10**15
runner = asyncio.Runner()  # one loop for all, as the clients belong to one


def main() -> None:
    name, arrangement, file = sys.argv[1:]
    (vendor,) = (one for one in VENDORS if one.name == name)
    switch_on(vendor, arrangement)
    logs = Logs()
    logging.getLogger().addHandler(logs)
    calls = importlib.import_module("beside.calls")  # imports the SDKs: only now, as a program does
    server = importlib.import_module("otel_tokens.testing.server").Vendor()
    calls.Server.port = int(server.url.rsplit(":", 1)[1])
    found = []
    gc.freeze()  # what the imports made is not searched after every call
    for shape in calls.SHAPES:
        for below in (False, True):
            told = one_call(shape, server, below=below)
            found.append({"call": shape.name, "below": below, **told, "logs": logs.taken()})
    runner.close()
    server.close()
    Path(file).write_text(json.dumps(found), encoding="utf-8")


def switch_on(vendor: Vendor, arrangement: str) -> None:
    """Both sides in the given order; a launcher has done it already."""
    if not arrangement.endswith("launched"):
        collect.set_up()
    for side in ORDERS[arrangement]:
        if side == "u":  # our engine without one seam: every call is one that only their spans tell of
            importlib.import_module("otel_tokens.engine").PROVIDERS = ()
        if side in "ou":
            importlib.import_module("otel_tokens.plugin").TokensInstrumentor().instrument()
        else:
            theirs(vendor)
    collect.listen()


def theirs(vendor: Vendor) -> None:
    for entry in vendor.instrumentors:
        module, _, name = entry.partition(":")
        getattr(importlib.import_module(module), name)().instrument()
    exec(vendor.start)  # noqa: S102  # a statement of our own table


def one_call(shape: Any, server: Any, *, below: bool) -> dict[str, Any]:
    server.fail(429, shape.refused) if shape.refused else None
    bills = len(server.billed)
    prompt = [{"role": "user", "content": f"What did {shape.name} cost {'below' if below else 'alone'}?"}]
    with above(below=below):
        result = outcome(shape.run, prompt)
    gc.collect()
    metrics = collect.added()
    return {
        "result": result,
        "whole": shape.whole,
        "billed": [due(bill) for bill in server.billed[bills:]],
        "spans": collect.taken(),
        "metrics": metrics,
    }


@contextmanager
def above(*, below: bool) -> Iterator[None]:
    if not below:
        yield
        return
    with trace.get_tracer("beside.program").start_as_current_span("request"):
        yield


def outcome(run: Any, prompt: Any) -> Any:
    """What the user of the SDK sees: types and values, or the exception."""
    try:
        return shown(runner.run(run(prompt)) if inspect.iscoroutinefunction(run) else run(prompt))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what the user sees
        return {"raised": of_type(type(error)), "says": str(error), "status": getattr(error, "status_code", None)}


def shown(value: Any) -> Any:
    if isinstance(value, type):
        return of_type(value)
    if isinstance(value, list):
        return [shown(one) for one in value]
    if hasattr(value, "model_dump"):
        return {"type": of_type(type(value)), "value": timeless(value.model_dump(mode="json", warnings=False))}
    if isinstance(value, dict):
        return timeless(value)
    return value if isinstance(value, (str, int, float, type(None))) else of_type(type(value))


def of_type(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def timeless(value: Any) -> Any:
    """Without the time of the call, which differs from run to run."""
    if isinstance(value, dict):
        return {name: 0 if name.endswith(("created", "_at")) else timeless(one) for name, one in value.items()}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def due(bill: Any) -> dict[str, float]:
    """What one bill comes to, from the vendor's own books: USD and tokens."""
    from otel_tokens import price
    from otel_tokens.providers import ANTHROPIC, OPENAI
    from otel_tokens.types import Cost, Served
    from otel_tokens.usage import Counts

    provider = ANTHROPIC if "/messages" in bill.path else OPENAI
    operation = provider.routes[bill.path.removeprefix("/v1") if provider is OPENAI else bill.path]
    usage, _ = Counts(operation).read(bill.usage)
    assert usage is not None
    cost = price.quote(usage, Served(provider.name, bill.model, service_tier=bill.service_tier, at=time.time_ns()))
    assert isinstance(cost, Cost), (bill, cost)
    return {"cost": cost.total / FEMTO, "tokens": (usage.input_tokens or 0) + (usage.output_tokens or 0)}


class Logs(logging.Handler):
    """Warnings and errors that anybody logs: a context that could not be detached, an attribute set too late."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.name}: {record.getMessage()[:200]}")

    def taken(self) -> list[str]:
        seen, self.seen = self.seen, []
        return seen


if __name__ == "__main__":
    main()
