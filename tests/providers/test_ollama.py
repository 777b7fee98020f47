"""What is Ollama's own: no vendor and no price but your own GPUs, timings of the engine, functions bound when it is imported."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ollama
import pytest

from otel_tokens import semconv
from otel_tokens.price import shelf
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.kit import total
from tests.providers.ollama import bodies, case

HELLO: dict[str, Any] = {"model": "llama3.2", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def local(vendor: Vendor) -> Iterator[Any]:
    client = case.client(vendor.url, False)
    yield client
    case.close(client)


def said(seen: Captured) -> dict[str, Any]:
    return dict(seen.calls[-1].attributes or {})


def frames(*events: Any) -> list[str]:
    return [case.CHAT.frame(event) for event in events]


def test_a_machine_of_ones_own_has_no_price_and_says_so(vendor: Vendor, local: Any) -> None:
    vendor.reply(json=bodies.CHAT)
    with capture() as seen:
        local.chat(**HELLO)
    found = said(seen)
    assert (found[semconv.HOSTING], found[semconv.COST_STATUS]) == ("own", "unpriced")
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == (525, 217)
    assert semconv.COST not in found


@pytest.mark.parametrize("streamed", [False, True])
def test_a_pool_bills_the_time_that_the_engine_worked(
    vendor: Vendor, local: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    """10 ms loading, 5 ms reading, 30 ms writing: 45 ms of a GPU of $3.60 an hour, however long the call took besides."""
    times = {"load_duration": 10_000_000, "prompt_eval_duration": 5_000_000, "eval_duration": 30_000_000}
    path = tmp_path / "prices.toml"
    path.write_text(f'[pools.hall]\nhosts = ["{vendor.url.removeprefix("http://")}"]\nusd_per_gpu_hour = "3.6"\n')
    monkeypatch.setenv("OTEL_TOKENS_PRICES", str(path))
    try:
        with capture() as seen:
            if streamed:
                vendor.reply(sse=frames(*bodies.EVENTS[:-1], {**bodies.EVENTS[-1], **times}), delay=0.1)
                list(local.chat(**HELLO, stream=True))
            else:
                vendor.reply(json={**bodies.CHAT, **times}, delay=0.1)
                local.chat(**HELLO)
            found = said(seen)
    finally:
        shelf.use()
    assert found[semconv.COST] == pytest.approx(0.045 * 3.6 / 3600)
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("estimated", "pool: engine timings")
    assert (found[semconv.SELLER], found[semconv.HOSTING]) == ("hall", "own")


def test_generate_and_embed_are_calls_and_the_rest_is_none(vendor: Vendor, local: Any) -> None:
    vendor.reply(json=bodies.GENERATED)
    vendor.reply(sse=frames({**bodies.HEAD, "response": "4", "done": False}, bodies.GENERATED))
    vendor.reply(json=bodies.EMBEDDED)
    vendor.reply(json={"models": []}, times=2)
    with capture() as seen:
        local.generate(model="llama3.2", prompt="hello")
        list(local.generate(model="llama3.2", prompt="hello", stream=True))
        local.embed(model="llama3.2", input="hello")
        local.list()
        local.ps()
        operations = [(call.attributes or {})[semconv.OPERATION] for call in seen.calls]
        assert operations == ["text_completion", "text_completion", "embeddings"]
        assert len(seen.spans) == 3
        assert said(seen)[semconv.INPUT_TOKENS] == 8


def test_old_embeddings_are_a_call_without_usage(vendor: Vendor, local: Any) -> None:
    vendor.reply(json={"embedding": [0.1]})
    with capture() as seen:
        local.embeddings(model="llama3.2", prompt="hello")
        assert (said(seen)[semconv.COST_REASON], semconv.INPUT_TOKENS in said(seen)) == ("no usage", False)


def test_the_functions_of_the_module_are_seen(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ollama.chat` is a bound method that was made when ollama was imported, long before us."""
    vendor.reply(json=bodies.CHAT)
    client = case.client(vendor.url, False)
    monkeypatch.setattr(ollama.chat.__self__, "_client", client._client)  # type: ignore[attr-defined]
    with capture() as seen:
        ollama.chat(**HELLO)
        assert said(seen)[semconv.OUTPUT_TOKENS] == 217
    case.close(client)


def test_a_count_that_is_absent_is_unknown(vendor: Vendor, local: Any) -> None:
    """Older servers leave the count of a prompt out that they had in their cache."""
    vendor.reply(json={name: value for name, value in bodies.CHAT.items() if name != "prompt_eval_count"})
    with capture(sellers={vendor.url.removeprefix("http://"): "groq"}) as seen:
        local.chat(**{**HELLO, "model": "llama-3.3-70b-versatile"})
        found = said(seen)
    assert semconv.INPUT_TOKENS not in found
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("estimated", "no input count")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_is_a_bare_generator_and_nothing_is_sent_until_it_starts(vendor: Vendor, is_async: bool) -> None:
    client = case.client(vendor.url, is_async)

    async def ask() -> None:
        stream = client.chat(**HELLO, stream=True)
        stream = await stream if is_async else stream
        assert (inspect.isasyncgen if is_async else inspect.isgenerator)(stream)
        del stream
        closed = case.close(client)
        if is_async:
            await closed

    with capture() as seen:
        asyncio.run(ask())
        assert (seen.spans, vendor.requests) == ([], [])


def test_an_exception_thrown_into_a_stream_comes_back_and_closes_the_connection(vendor: Vendor, local: Any) -> None:
    vendor.reply(sse=frames(*bodies.EVENTS))
    with capture() as seen:
        stream = local.chat(**HELLO, stream=True)
        next(stream)
        with pytest.raises(KeyError, match="mine"):
            stream.throw(KeyError("mine"))
        assert said(seen)[semconv.OUTCOME] == "failed"
        assert list(stream) == []
        assert total(seen, "otel_tokens.calls") == 1


def test_who_stops_at_done_has_had_the_whole_answer(vendor: Vendor, local: Any) -> None:
    vendor.reply(sse=frames(*bodies.EVENTS))
    with capture() as seen:
        for chunk in local.chat(**HELLO, stream=True):
            if chunk["done"]:
                break
        assert (said(seen)[semconv.OUTCOME], said(seen)[semconv.OUTPUT_TOKENS]) == ("completed", 217)


def test_a_model_that_is_not_there_has_failed(vendor: Vendor, local: Any) -> None:
    vendor.reply(status=404, json={"error": "model 'x' not found"}, times=2)
    with capture() as seen:
        for stream in (False, True):
            with pytest.raises(ollama.ResponseError, match="not found"):
                list(local.chat(**HELLO, stream=stream))
        assert [(call.attributes or {})[semconv.COST_REASON] for call in seen.calls] == ["rejected"] * 2
