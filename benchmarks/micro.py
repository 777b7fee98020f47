"""What is measured outside of a call: prices, import and hook time, memory."""

from __future__ import annotations

import asyncio
import collections
import gc
import os
import statistics
import subprocess
import sys
import timeit
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

from benchmarks import prices

START = """
import time, sys
import opentelemetry.instrumentation.instrumentor, opentelemetry.sdk.trace, opentelemetry.sdk.metrics, wrapt, logging
began = time.perf_counter()
import otel_tokens._pre
otel_tokens._pre.pre_instrument()
hooked = time.perf_counter() - began
took = 0.0
if len(sys.argv) > 1:
    inner = otel_tokens._pre._start
    def timed():
        global took
        began = time.perf_counter()
        inner()
        took = time.perf_counter() - began
    otel_tokens._pre._start = timed
    __import__(sys.argv[1])
print(1000 * (hooked + took))
"""


def figures(*, quick: bool) -> list[dict[str, Any]]:
    """Rows of what, value, unit, target."""
    return [*prices.figures(), *_chunks(), _object_store(), *_start_up(5 if quick else 15), _memory(4000 if quick else 20000)]


def _start_up(times: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for what, module, target in (("an app without an SDK", None, "≤ 2"), ("an app with openai", "openai", "≤ 10")):
        command = [sys.executable, "-c", START, *([module] if module else [])]
        took = [_milliseconds(command) for _ in range(times + 1)][1:]  # the first run writes the bytecode
        rows.append(
            {"what": f"start-up: import and hook, {what}", "value": statistics.median(took), "unit": "ms", "target": target}
        )
    return rows


def _milliseconds(command: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def _memory(calls: int) -> dict[str, Any]:
    from opentelemetry.sdk.trace import TracerProvider

    from benchmarks.traffic import cases
    from otel_tokens import TokensInstrumentor

    run: Any = cases(native=False)[0].run
    instrumentor = TokensInstrumentor()
    instrumentor.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
    for _ in range(1000):
        run()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(calls):
        run()
    gc.collect()
    grown = (tracemalloc.get_traced_memory()[0] - before) / 1024
    tracemalloc.stop()
    instrumentor.uninstrument()
    return {
        "what": f"memory: growth over {calls} calls (histogram points wait: bounded)",
        "value": grown,
        "unit": "KiB",
        "target": "none",
    }


def _object_store() -> dict[str, Any]:
    """What a request to another service of AWS pays for Bedrock's seam: S3's `get_object` with the network taken away."""
    from types import SimpleNamespace

    import botocore.session

    from otel_tokens import TokensInstrumentor

    keys = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
    client: Any = botocore.session.get_session().create_client("s3", **keys)
    client._endpoint = SimpleNamespace(make_request=lambda _model, _request: None)
    ask = client._service_model.operation_model("GetObject"), {}, {}

    def best() -> float:
        return min(timeit.repeat(lambda: client._make_request(*ask), number=20_000, repeat=15)) / 20_000 * 1e6

    instrumentor, bare = TokensInstrumentor(), best()
    instrumentor.instrument()
    added = best() - bare
    instrumentor.uninstrument()
    return {"what": "another service of AWS: S3 get_object, added", "value": added, "unit": "µs", "target": "≤ 2"}


def _chunks() -> list[dict[str, Any]]:
    """What a tap adds to an item that says nothing, over a generator that only passes items on."""
    from types import SimpleNamespace

    from otel_tokens.patch import taps
    from otel_tokens.providers.openai_text import CHAT
    from otel_tokens.types import Call

    items = [SimpleNamespace(usage=None)] * 20_000
    tap = taps.Tap(lambda _call, _item: None, "usage", None, Call.left)

    def tapped() -> None:
        collections.deque(taps._items(tap, Call(None, CHAT, lambda *_: None), iter(items)), maxlen=0)

    bare = min(timeit.repeat(lambda: collections.deque(iter(items), maxlen=0), number=1, repeat=15))
    sync = (min(timeit.repeat(tapped, number=1, repeat=15)) - bare) / len(items) * 1e6

    async def each() -> AsyncIterator[Any]:
        for item in items:
            yield item

    async def read(source: AsyncIterator[Any]) -> None:
        async for _ in source:
            pass

    def run(tapped: bool) -> None:
        source = taps._async_items(tap, Call(None, CHAT, lambda *_: None), each()) if tapped else each()
        asyncio.run(read(source))

    best = [min(timeit.repeat(lambda: run(tapped), number=1, repeat=9)) for tapped in (False, True)]  # noqa: B023  # used at once
    return [
        {"what": "a chunk of a stream, sync", "value": sync, "unit": "µs", "target": "≤ 0.1"},
        {"what": "a chunk of a stream, async", "value": (best[1] - best[0]) / len(items) * 1e6, "unit": "µs", "target": "≤ 0.3"},
    ]
