"""What only an async cloud must keep: any way to read a body, on either HTTP library, and the class as it was."""

import asyncio
import gc
import importlib
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from otel_tokens import semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.botocore import bodies
from tests.providers.botocore.case import ASK, CONVERSE, INVOKE, options, session
from tests.providers.kit import total

pytestmark = [
    pytest.mark.needs("aiobotocore.session:get_session"),
    # Without us too, what is dropped in the middle is left to the collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning", "ignore:Unclosed:ResourceWarning"),
]
COST = CONVERSE.cost
BODY = json.dumps(bodies.CLAUDE).encode()
Asks = Callable[[Any], Coroutine[Any, Any, None]]


def ask(vendor: Vendor, asks: Asks, **more: Any) -> None:
    """Runs a user's coroutine with a client; with `http`, on that HTTP session of aiobotocore."""

    async def run() -> None:
        given = options(vendor.url, "aiobotocore", config="AioConfig")
        if more:
            given["config"] = given["config"].merge(importlib.import_module("aiobotocore.config").AioConfig(**more))
        async with session("aiobotocore").create_client("bedrock-runtime", **given) as bedrock:
            await asks(bedrock)

    asyncio.run(run())
    gc.collect()


def watch(vendor: Vendor) -> Any:
    return capture(sellers={vendor.url.removeprefix("http://"): "aws.bedrock"})


def said(seen: Captured, n: int = 1) -> dict[str, Any]:
    """What the last of `n` calls says; there is no other span."""
    assert (len(seen.calls), len(seen.spans), total(seen, "otel_tokens.calls")) == (n, n, n), [span.name for span in seen.spans]
    return dict(seen.calls[-1].attributes or {})


async def _little(body: Any) -> bytes:
    return b"".join([data async for data in _until_empty(body)])


async def _until_empty(body: Any) -> Any:
    while data := await body.read(10):
        yield data


async def _with(body: Any) -> bytes:
    async with body as inner:
        return await inner.read()


async def _chunks(body: Any) -> bytes:
    return b"".join([data async for data in body.iter_chunks(7)])


async def _lines(body: Any) -> bytes:
    return b"\n".join([data async for data in body.iter_lines()])


async def _for(body: Any) -> bytes:
    return b"".join([data async for data in body])


async def _below(body: Any) -> bytes:
    return await getattr(body, "raw_stream", body).read()


async def _pieces_below(body: Any) -> bytes:
    return b"".join([data async for data in getattr(body, "raw_stream", body).content.iter_chunked(7)])


READS: dict[str, Callable[[Any], Awaitable[bytes]]] = {
    "read": lambda body: body.read(), "read a little": _little, "with": _with, "chunks": _chunks, "lines": _lines, "for": _for,
}  # fmt: skip
BELOW = {"below": _below, "pieces below": _pieces_below}
HTTPX = "aiobotocore.httpxsession:HttpxSession"


@pytest.mark.parametrize("how", [*READS, *BELOW])
def test_a_body_is_seen_however_it_is_read(how: str) -> None:
    with Vendor() as vendor, watch(vendor) as seen:

        async def asks(bedrock: Any) -> None:
            vendor.reply(json=bodies.CLAUDE)
            body = (await bedrock.invoke_model(**INVOKE.ask))["body"]
            assert type(body).__name__ in ("StreamingBody", "AioStreamingBody")
            assert await {**READS, **BELOW}[how](body) == BODY

        ask(vendor, asks)
        found = said(seen)
        assert (found[semconv.OUTCOME], found[semconv.COST]) == ("completed", COST)


@pytest.mark.parametrize("how", READS)
@pytest.mark.needs(HTTPX, "httpx:AsyncClient")
def test_the_same_over_httpx(how: str) -> None:
    """Its event streams are not asked for: in aiobotocore 3.10 they raise without us too."""
    http = importlib.import_module("aiobotocore.httpxsession").HttpxSession
    with Vendor() as vendor, watch(vendor) as seen:

        async def asks(bedrock: Any) -> None:
            vendor.reply(json=bodies.CLAUDE)
            assert await READS[how]((await bedrock.invoke_model(**INVOKE.ask))["body"]) == BODY
            vendor.reply(json=bodies.CONVERSE)
            assert (await bedrock.converse(**ASK))["usage"]["inputTokens"] == 266

        ask(vendor, asks, http_session_cls=http)
        assert sorted((call.attributes or {})[semconv.COST] for call in seen.calls) == [COST, COST]
        said(seen, 2)


@pytest.mark.parametrize("part", [0, 9])
def test_a_body_that_is_not_read_is_settled_by_its_headers(part: int) -> None:
    with Vendor() as vendor, watch(vendor) as seen:

        async def asks(bedrock: Any) -> None:
            vendor.reply(json=bodies.CLAUDE, headers=bodies.HEADERS)
            body = (await bedrock.invoke_model(**INVOKE.ask))["body"]
            if part:
                await body.read(part)
            body.close()

        ask(vendor, asks)
        found = said(seen)
        assert (found[semconv.OUTCOME], found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == ("completed", 9, 5)


def test_a_stream_may_be_left_and_resumed() -> None:
    with Vendor() as vendor, watch(vendor) as seen:

        async def asks(bedrock: Any) -> None:
            vendor.reply(sse=bodies.EVENTS)
            stream = (await bedrock.converse_stream(**ASK))["stream"]
            assert type(stream).__name__ == "AioEventStream"
            got: list[Any] = []
            async for event in stream:
                got.append(event)
                break
            got += [event async for event in stream]
            assert [*map(next, map(iter, got))] == [*map(next, map(iter, bodies.EVENTS))]

        ask(vendor, asks)
        assert said(seen)[semconv.COST] == COST


def test_a_refusal_and_a_broken_stream_pass_unchanged() -> None:
    async def asks(bedrock: Any) -> None:
        vendor.fail(400)
        with pytest.raises(bedrock.exceptions.ValidationException):
            await bedrock.converse(**ASK)
        vendor.reply(sse=bodies.EVENTS, cut_after=3)
        stream = (await bedrock.converse_stream(**ASK))["stream"]
        with pytest.raises(Exception, match=r".") as raised:
            assert [event async for event in stream]
        errors.append((type(raised.value), str(raised.value)))

    errors: list[Any] = []
    with Vendor() as vendor:
        ask(vendor, asks)
        with watch(vendor) as seen:
            ask(vendor, asks)
            said(seen, 2)
    assert errors[0] == errors[1]
    refused, broken = (dict(call.attributes or {}) for call in seen.calls)
    assert (refused[semconv.COST_REASON], broken[semconv.OUTCOME]) == ("rejected", "failed")


def test_unpatching_restores_the_class_exactly() -> None:
    holder = importlib.import_module("aiobotocore.client").AioBaseClient
    before, one = list(vars(holder).items()), holder._make_request
    looked = (inspect.signature(one), inspect.iscoroutinefunction(one), one.__name__, one.__qualname__, one.__module__)
    with Vendor() as vendor, watch(vendor):
        ours = holder._make_request
        assert ours is not one
        assert (inspect.signature(ours), inspect.iscoroutinefunction(ours), *(getattr(ours, name) for name in
                ("__name__", "__qualname__", "__module__"))) == looked  # fmt: skip
    assert all(a[0] == b[0] and a[1] is b[1] for a, b in zip(before, vars(holder).items(), strict=True))
