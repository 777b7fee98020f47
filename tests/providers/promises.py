"""What every provider must keep, one function each: the docstring is the promise."""

import asyncio
import copy
import inspect
import json
import pickle
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import Any

import wrapt
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode

from otel_tokens import TokensInstrumentor, semconv
from otel_tokens.testing.server import Vendor
from tests.providers.kit import Kit, total

Promise = Callable[[Kit], Coroutine[Any, Any, None]]
PROMISES: list[Promise] = []
ASYNC_ONLY: set[str] = set()
NEEDS: dict[str, str] = {}


def promise(function: Promise) -> Promise:
    PROMISES.append(function)
    return function


def async_promise(function: Promise) -> Promise:
    """A promise about tasks and coroutines."""
    ASYNC_ONLY.add(function.__name__)
    return promise(function)


def promise_about(method: str) -> Callable[[Promise], Promise]:
    """A promise that only a version with this method can keep."""

    def declared(function: Promise) -> Promise:
        NEEDS[function.__name__] = method
        return promise(function)

    return declared


# ------------------------------------------------------------------------------------------------ plain answers, errors


@promise
async def a_plain_answer_is_counted_once(kit: Kit) -> None:
    """A plain answer is one call with its exact cost; its span is the trace's local root and says so."""
    with kit.watch() as seen:
        await kit.call()
        (call,) = kit.whole(seen)
    assert (call.attributes or {})[semconv.ROLLUP_COST] == kit.case.cost
    assert (call.attributes or {})[semconv.ROLLUP_ROOT] is True
    assert call.status.status_code is StatusCode.UNSET


@promise
async def the_answer_and_the_request_are_as_bare(kit: Kit) -> None:
    """The user's answer, and what the vendor is sent, are the same with us and without."""
    bare = await kit.call()
    with kit.watch():
        watched = await kit.call()
    assert type(watched) is type(bare)
    assert watched == bare
    first, second = kit.vendor.requests
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    changing = {"x-stainless-read-timeout", "idempotency-key", "x-stainless-idempotency-key"}
    assert {k: v for k, v in first.headers.items() if k not in changing} == {
        k: v for k, v in second.headers.items() if k not in changing
    }


@promise
async def an_error_passes_unchanged(kit: Kit) -> None:
    """An error of the vendor reaches the user as the same exception with the same arguments; the call failed, without cost."""
    kit.fail(400, times=2)
    ask = lambda: kit.get(kit.resource.create(**kit.case.ask))  # noqa: E731
    bare = await kit.raised(ask)
    with kit.watch() as seen:
        error = await kit.raised(ask)
        (call,) = kit.expect(seen, outcome="failed")
    assert (type(error), str(error), len(error.args)) == (type(bare), str(bare), len(bare.args))
    assert [getattr(error, name) for name in kit.case.error_facts] == [getattr(bare, name) for name in kit.case.error_facts]
    assert (type(error.__cause__), type(error.__context__)) == (type(bare.__cause__), type(bare.__context__))
    assert call.status.status_code is StatusCode.ERROR
    assert str((call.attributes or {})[semconv.ERROR_TYPE]).endswith(type(bare).__name__)
    assert "Scripted error" not in call.to_json()


@promise
async def a_broken_connection_passes_unchanged(kit: Kit) -> None:
    """Where no vendor answers, the user gets the SDK's own connection error, and the call has failed after all its attempts."""
    nobody = Vendor()
    nobody.close()
    client = kit.case.impatient(kit.connect(nobody))
    ask = lambda: kit.get(kit.case.resource(client).create(**kit.case.ask))  # noqa: E731
    bare = await kit.raised(ask)
    with kit.watch() as seen:
        error = await kit.raised(ask)
        kit.expect(seen, outcome="failed")
    await kit.get(kit.case.close(client))
    first, second = (re.sub("0x[0-9a-f]+", "", repr(one.args)) for one in (error, bare))  # aiohttp names a TLS context in them
    assert (type(error), first) == (type(bare), second)
    assert type(error.__cause__) is type(bare.__cause__)


@promise_about("retries")
async def two_attempts_are_one_call(kit: Kit) -> None:
    """A refusal that the SDK retries is an attempt, not a call."""
    with kit.watch() as seen:
        kit.fail(429)
        await kit.call()
        (call,) = kit.whole(seen)
        assert total(seen, "otel_tokens.retries") == 1
    assert (call.attributes or {})[semconv.ATTEMPTS] == 2


@promise_about("retries")
async def the_last_refusal_fails_the_call(kit: Kit) -> None:
    """Three refusals are one failed call of three attempts: the user's exception, and nothing that is billed."""
    with kit.watch() as seen:
        kit.fail(429, times=3)
        error = await kit.raised(lambda: kit.get(kit.resource.create(**kit.case.ask)))
        (call,) = kit.expect(seen, outcome="failed")
    assert type(error) is attrgetter(kit.case.refused)(kit.case.library)
    assert (call.attributes or {})[semconv.ATTEMPTS] == 3
    assert (call.attributes or {})[semconv.COST_REASON] == "rejected"


# ------------------------------------------------------------------------------------------------ streams


@promise
async def a_stream_is_counted_at_its_end(kit: Kit) -> None:
    """A stream is one call, counted when its last item has passed; the items are the SDK's, all of them."""
    bare = await kit.items(await kit.stream())
    with kit.watch() as seen:
        stream = await kit.stream()
        first = await kit.first(stream)
        assert seen.spans == []
        assert [first, *await kit.items(stream)] == bare
        kit.whole(seen)


@promise
async def next_reads_a_stream_too(kit: Kit) -> None:
    """`next()` and `anext()` until there is no more are a reading of the whole stream."""
    with kit.watch() as seen:
        stream = await kit.stream()
        nothing = object()
        while True:
            item = await anext(stream, nothing) if kit.is_async else next(stream, nothing)
            if item is nothing:
                break
        kit.whole(seen)


@promise
async def a_stream_left_at_its_end_marker_is_priced(kit: Kit) -> None:
    """Who stops at the item after which nothing comes has had the whole answer, and the whole bill."""
    with kit.watch() as seen:
        stream = await kit.stream()
        await kit.items(stream, kit.case.last)
        await kit.shut(stream)
        await kit.settled(seen)
        said = seen.calls[0].attributes or {}
    assert said[semconv.COST] == kit.case.cost
    if kit.case.name != "chat":  # whose items cannot show the end: it is a line of its own, `[DONE]`
        assert said[semconv.OUTCOME] == "completed"


@promise
async def closing_a_stream_settles_it(kit: Kit) -> None:
    """`close()` on a stream that was left early settles the call at once, with what had been stated so far."""
    with kit.watch() as seen:
        stream = await kit.stream()
        await kit.first(stream)
        await kit.shut(stream)
        await kit.closed(seen)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)
        await kit.shut(stream)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@promise
async def leaving_a_with_block_settles_it(kit: Kit) -> None:
    """The end of `with stream:` settles the call at once."""
    with kit.watch() as seen:
        async with kit.opened(await kit.stream()) as stream:
            await kit.first(stream)
        await kit.closed(seen)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@promise
async def an_exception_in_the_users_loop_settles_it(kit: Kit) -> None:
    """An exception of the user's own inside `with stream:` passes, and the call was left."""
    mine = KeyError("mine")

    async def read() -> None:
        async with kit.opened(await kit.stream()) as stream:
            await kit.first(stream)
            raise mine

    with kit.watch() as seen:
        assert await kit.raised(read) is mine
        await kit.closed(seen)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@promise
async def dropping_a_stream_settles_it(kit: Kit) -> None:
    """A stream that is left by `break` and forgotten is settled as soon as it is freed."""
    with kit.watch() as seen:
        stream = await kit.stream()
        await kit.first(stream)
        del stream
        await kit.settled(seen)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@promise
async def a_stream_that_is_never_read_is_settled(kit: Kit) -> None:
    """A stream that nobody reads is abandoned, without a cost that anybody could know; no call if nothing was sent."""
    with kit.watch() as seen:
        stream = await kit.stream()
        del stream
        if kit.vendor.requests:
            await kit.settled(seen)
            kit.expect(seen, outcome="abandoned")
        else:  # it asks when it is read: then there was no call
            assert seen.spans == []


@promise
async def a_stream_that_breaks_has_failed(kit: Kit) -> None:
    """A connection that breaks in the middle of a stream: the user's own exception, and what had been stated so far."""
    bare = await kit.raised(lambda: _read(kit, cut_after=3))
    with kit.watch() as seen:
        error = await kit.raised(lambda: _read(kit, cut_after=3))
        kit.expect(seen, outcome="failed", cost=kit.case.partial)
    assert (type(error), error.args) == (type(bare), bare.args)


async def _read(kit: Kit, **travel: Any) -> None:
    await kit.items(await kit.stream(**travel))


@promise_about("error event")
async def an_error_event_in_a_stream_has_failed(kit: Kit) -> None:
    """A vendor that says in the stream that it failed: the user's own exception, and what had been stated so far."""

    async def read() -> None:
        kit.reply(kit.vendor, [*kit.case.events[:2], kit.case.error_event])
        await kit.items(await kit.asked())

    bare = await kit.raised(read)
    with kit.watch() as seen:
        error = await kit.raised(read)
        kit.expect(seen, outcome="failed", cost=kit.case.partial)
    assert (type(error), str(error)) == (type(bare), str(bare))


@promise
async def a_stream_still_open_at_shutdown_is_settled(kit: Kit) -> None:
    """What nobody ended is settled when the plugin is taken off, and reading on is then silent."""
    with kit.watch() as seen:
        stream = await kit.stream()
        await kit.first(stream)
    assert [(call.attributes or {})[semconv.OUTCOME] for call in seen.calls] == ["abandoned"]
    assert len(await kit.items(stream)) > 1
    assert len(seen.spans) == 1


# ------------------------------------------------------------------------------------------------ cancelling


@async_promise
async def cancelling_the_consumer_settles_it(kit: Kit) -> None:
    """A task that is cancelled while it works on an item has left the stream."""
    reached = asyncio.Event()

    async def consume() -> None:
        async for _ in await kit.stream():
            reached.set()
            await asyncio.Event().wait()

    with kit.watch() as seen:
        await _cancel(asyncio.create_task(consume()), reached)
        await kit.settled(seen)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@async_promise
async def cancelling_a_read_settles_it(kit: Kit) -> None:
    """A task that is cancelled while it waits for the next item: the user's CancelledError, and a failed call."""
    slow = Vendor(pace=60)
    kit.reply(slow, kit.case.events)
    client, reached = kit.connect(slow), asyncio.Event()

    async def consume() -> None:
        async for _ in await kit.asked(client):
            reached.set()

    with kit.watch(slow) as seen:
        await _cancel(asyncio.create_task(consume()), reached)
        await kit.settled(seen)
        kit.expect(seen, outcome="failed", cost=kit.case.partial)
    await kit.get(kit.case.close(client))
    slow.close()


@async_promise
async def cancelling_a_request_settles_it(kit: Kit) -> None:
    """A task that is cancelled while it waits for the answer: the user's CancelledError, and a failed call."""
    with kit.watch() as seen:
        task = asyncio.create_task(kit.call(delay=60))
        await kit.until(lambda: bool(kit.vendor.requests))
        await _cancel(task)
        (call,) = kit.expect(seen, outcome="failed")
    assert str((call.attributes or {})[semconv.ERROR_TYPE]).endswith("CancelledError")


async def _cancel(task: "asyncio.Task[Any]", when: asyncio.Event | None = None) -> None:
    if when is not None:
        await asyncio.wait_for(when.wait(), 5)
    task.cancel()
    (done,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(done, asyncio.CancelledError)


@async_promise
async def a_coroutine_that_is_never_awaited_is_no_call(kit: Kit) -> None:
    """A coroutine that nobody awaits asks nobody and opens nothing."""
    with kit.watch() as seen:
        kit.resource.create(**kit.case.ask).close()
        assert seen.spans == []
    assert kit.vendor.requests == []


@async_promise
async def many_tasks_are_many_calls(kit: Kit) -> None:
    """Calls that run at once are counted one by one."""
    with kit.watch() as seen:
        await asyncio.gather(*(kit.call() for _ in range(8)), *(_read(kit) for _ in range(0)))
        kit.whole(seen, 8)


# ------------------------------------------------------------------------------------------------ helpers


@promise_about("stream")
async def stream_helpers_are_seen(kit: Kit) -> None:
    """`.stream()`, iterated or read to its end by any of its methods, is one call and answers as bare."""
    for name in kit.case.finals:
        async with kit.helper() as stream:
            bare = await kit.get(getattr(stream, name)())
        with kit.watch() as seen:
            async with kit.helper() as stream:
                final = await kit.get(getattr(stream, name)())
                assert final is stream or final == bare
            kit.whole(seen)
    for name in kit.case.iterated:
        with kit.watch() as seen:
            async with kit.helper() as stream:
                assert await kit.items(getattr(stream, name) if name else stream)
            kit.whole(seen)


@promise_about("stream")
async def a_stream_helper_left_early_is_settled(kit: Kit) -> None:
    """Leaving the block of `.stream()` settles the call at once."""
    with kit.watch() as seen:
        async with kit.helper() as stream:
            await kit.first(stream)
        kit.expect(seen, outcome="abandoned", cost=kit.case.partial)


@promise_about("parse")
async def parse_is_seen(kit: Kit) -> None:
    """`.parse()` is one call."""
    with kit.watch() as seen:
        kit.vendor.reply(json=kit.case.body)
        await kit.get(kit.resource.parse(**kit.case.ask))
        kit.whole(seen)


# ------------------------------------------------------------------------------------------------ raw and unread responses


@promise_about("raw")
async def a_raw_response_is_seen(kit: Kit) -> None:
    """`with_raw_response` is one call, whether or not it is parsed, and parsing it twice is no second one."""
    ask = lambda: kit.get(kit.resource.with_raw_response.create(**kit.case.ask))  # noqa: E731
    kit.vendor.reply(json=kit.case.body, times=3)
    bare = await ask()
    with kit.watch() as seen:
        raw = await ask()
        kit.whole(seen)
        assert await kit.get(raw.parse()) == await kit.get(bare.parse()) == await kit.get(raw.parse())
        assert (type(raw), type(raw.http_response)) == (type(bare), type(bare.http_response))
        kit.whole(seen)
        await ask()
        kit.whole(seen, 2)


@promise_about("raw")
async def a_raw_stream_is_seen(kit: Kit) -> None:
    """A stream parsed out of `with_raw_response` is one call, counted at its end."""
    with kit.watch() as seen:
        kit.vendor.reply(sse=kit.case.events)
        raw = await kit.get(kit.resource.with_raw_response.create(**kit.case.ask, **kit.case.streamed))
        await kit.items(await kit.get(raw.parse()))
        kit.whole(seen)


READS: dict[str, Callable[[Any], Any]] = {
    "parse": lambda response: response.parse(),
    "read": lambda response: response.read(),
    "json": lambda response: response.json(),
    "text": lambda response: response.text(),
}
ITERATES: dict[str, Callable[[Any], Any]] = {
    "iter_lines": lambda response: response.iter_lines(),
    "iter_bytes": lambda response: response.iter_bytes(64),
    "iter_text": lambda response: response.iter_text(),
}


async def _unread(kit: Kit, how: str, **travel: Any) -> None:
    with kit.watch() as seen:
        async with kit.unread(**travel) as response:
            if how in ITERATES:
                assert await kit.items(ITERATES[how](response))
            elif travel.get("stream"):
                assert await kit.items(await kit.get(READS[how](response)))
            else:
                assert await kit.get(READS[how](response))
        kit.whole(seen)


@promise_about("raw")
async def an_unread_response_is_seen_however_it_is_read(kit: Kit) -> None:
    """`with_streaming_response` is one call, whichever way the body is read, compressed or not."""
    for how in (*READS, *ITERATES):
        for gzip in (False, True):
            await _unread(kit, how, gzip=gzip)


@promise_about("raw")
async def an_unread_response_reads_as_bare(kit: Kit) -> None:
    """The bytes that the user reads are the bytes that the vendor sent."""
    async with kit.unread() as response:
        bare = await kit.items(response.iter_bytes(64))
    with kit.watch():
        async with kit.unread() as response:
            assert await kit.items(response.iter_bytes(64)) == bare
    assert json.loads(b"".join(bare)) == kit.case.body


@promise_about("raw")
async def an_unread_response_that_is_left_is_settled(kit: Kit) -> None:
    """`with_streaming_response` left without reading is abandoned, without a cost that anybody could know."""
    with kit.watch() as seen:
        async with kit.unread():
            pass
        kit.expect(seen, outcome="abandoned")


@promise_about("raw")
async def an_unread_response_left_in_the_middle_is_settled(kit: Kit) -> None:
    """A body of which only the beginning was read, compressed or not, is abandoned; what was read of it may say something."""
    for gzip in (False, True):
        with kit.watch() as seen:
            async with kit.unread(stream=True, gzip=gzip) as response:
                assert await kit.first(response.iter_bytes(16))
            assert [(call.attributes or {})[semconv.OUTCOME] for call in seen.calls] == ["abandoned"]


@promise_about("raw")
async def an_unread_stream_is_seen_however_it_is_read(kit: Kit) -> None:
    """The same of a stream: parsed into events, or read line by line, compressed or not."""
    for how in ("parse", *ITERATES):
        for gzip in (False, True):
            await _unread(kit, how, gzip=gzip, stream=True)


# ------------------------------------------------------------------------------------------------ types and objects


@promise_about("stream")
async def the_user_gets_the_sdks_own_type(kit: Kit) -> None:
    """Streams and responses are the SDK's own types, not look-alikes."""
    library = kit.case.library
    with kit.watch():
        stream = await kit.stream()
        assert type(stream) is (library.AsyncStream if kit.is_async else library.Stream)
        assert isinstance(stream, library.AsyncStream if kit.is_async else library.Stream)
        await kit.items(stream)
        assert stream.response.status_code == 200
        assert stream.response.elapsed.total_seconds() >= 0
    async with kit.helper() as bare, kit.unread() as response:
        with kit.watch():
            async with kit.helper() as stream, kit.unread() as watched:
                assert (type(stream), type(watched)) == (type(bare), type(response))


@promise
async def the_user_gets_what_they_would_get_without_us(kit: Kit) -> None:
    """A stream has the type that it has without us, and no more protocol; an answer copies and pickles as it does without us."""

    def look(stream: Any) -> tuple[object, ...]:
        return type(stream), *(hasattr(stream, name) for name in ("__iter__", "__next__", "__aiter__", "__anext__", "__enter__"))

    def copies(answer: Any) -> object:
        try:
            return pickle.loads(pickle.dumps(answer)) == copy.deepcopy(answer) == answer  # noqa: S301 - our own bytes
        except (TypeError, AttributeError, pickle.PicklingError) as error:
            return type(error), str(error)

    bare = await kit.stream()
    items, answer = await kit.items(bare), await kit.call()
    with kit.watch():
        stream = await kit.stream()
        assert look(stream) == look(bare)
        assert [repr(item) for item in await kit.items(stream)] == [repr(item) for item in items]
        assert copies(await kit.call()) == copies(answer)


@promise_about("raw")
async def clients_and_answers_copy_and_pickle_as_bare(kit: Kit) -> None:
    """Copies of a client are seen; answers pickle and copy; a client pickles, or refuses to, as bare."""

    def pickled(thing: object) -> object:
        try:
            return type(pickle.loads(pickle.dumps(thing)))  # noqa: S301 - our own bytes
        except (TypeError, AttributeError, pickle.PicklingError) as error:
            return type(error), str(error)

    bare = await kit.call()
    raw = await kit.get(_raw(kit))
    before = [pickled(thing) for thing in (kit.client, bare, raw.http_response, type(kit.client))]
    with kit.watch() as seen:
        answer = await kit.call()
        raw = await kit.get(_raw(kit))
        assert [pickled(thing) for thing in (kit.client, answer, raw.http_response, type(kit.client))] == before
        assert pickle.loads(pickle.dumps(answer)) == copy.deepcopy(answer) == answer == bare  # noqa: S301
        for client in (copy.copy(kit.client), kit.client.with_options(timeout=9)):
            kit.vendor.reply(json=kit.case.body)
            assert await kit.get(kit.case.resource(client).create(**kit.case.ask)) == bare
        kit.whole(seen, 4)


def _raw(kit: Kit) -> Any:
    kit.vendor.reply(json=kit.case.body)
    return kit.resource.with_raw_response.create(**kit.case.ask)


@promise_about("raw")
async def a_finished_stream_pickles_as_bare(kit: Kit) -> None:
    """The HTTP response of a stream that was read pickles as it does without us."""

    async def response() -> Any:
        stream = await kit.stream()
        await kit.items(stream)
        return stream.response

    def pickled(thing: Any) -> object:
        try:
            return type(pickle.loads(pickle.dumps(thing)))  # noqa: S301 - our own bytes
        except (TypeError, AttributeError, RuntimeError, pickle.PicklingError) as error:
            return type(error)

    bare = pickled(await response())
    with kit.watch():
        assert pickled(await response()) == bare


# ------------------------------------------------------------------------------------------------ who else is there


@promise
async def suppressed_means_untouched(kit: Kit) -> None:
    """Under `suppress_instrumentation()` nothing is seen, counted or changed."""
    with kit.watch() as seen:
        with suppress_instrumentation():
            await kit.call()
            await kit.items(await kit.stream())
        assert seen.spans == []
        assert total(seen, "otel_tokens.calls") == 0
        await kit.call()
        kit.whole(seen)


@promise
async def a_call_inside_a_foreign_llm_span_is_counted_once(kit: Kit) -> None:
    """A span that another instrumentation opened for this call is enriched, never doubled, and keeps its own values."""
    kit.turn_native_spans_off()
    own = {semconv.OPERATION: "chat", semconv.INPUT_TOKENS: 7, semconv.RESPONSE_ID: "theirs"}
    with kit.watch() as seen:
        tracer = seen.tracer_provider.get_tracer("somebody")
        with tracer.start_as_current_span("theirs", attributes=own):
            await kit.call()
        with tracer.start_as_current_span("theirs", attributes=own):
            await kit.items(await kit.stream())
        assert [span.name for span in seen.spans] == ["theirs", "theirs"]
        for span in seen.spans:
            said = span.attributes or {}
            assert (said[semconv.COST], said[semconv.OUTCOME]) == (kit.case.cost, "completed")
            assert {name: said[name] for name in own} == own
            assert "end" not in vars(span)
        assert total(seen, "otel_tokens.calls") == 2


@promise
async def a_foreign_llm_span_ends_in_the_error_path_too(kit: Kit) -> None:
    """A failed call inside a foreign span: that span ends, marked by its owner, and there is no second one."""
    kit.turn_native_spans_off()
    with kit.watch() as seen:
        kit.fail(400)
        tracer = seen.tracer_provider.get_tracer("somebody")

        async def ask() -> None:
            with tracer.start_as_current_span("theirs", attributes={semconv.OPERATION: "chat"}):
                await kit.get(kit.resource.create(**kit.case.ask))

        await kit.raised(ask)
        (span,) = seen.spans
        assert (span.name, span.status.status_code) == ("theirs", StatusCode.ERROR)
        assert (span.attributes or {})[semconv.OUTCOME] == "failed"
        assert total(seen, "otel_tokens.calls") == 1


@promise
async def two_calls_inside_one_foreign_llm_span_stay_two(kit: Kit) -> None:
    """A gateway's span with two calls below it: the first is on it, the second has a span of its own; the sum is both."""
    kit.turn_native_spans_off()
    with kit.watch() as seen:
        with seen.tracer_provider.get_tracer("gateway").start_as_current_span("theirs", attributes={semconv.OPERATION: "chat"}):
            await kit.call()
            await kit.call()
        assert sorted((span.attributes or {}).get(semconv.COST) for span in seen.spans) == [kit.case.cost] * 2  # type: ignore[type-var]
        assert total(seen, "otel_tokens.calls") == 2


# ------------------------------------------------------------------------------------------------ garbage

GARBAGE: tuple[Any, ...] = ("12", [1], {"n": 1}, -1, 1.5, True, 1e30, float("inf"))


@promise
async def garbage_usage_is_unknown_and_hurts_nobody(kit: Kit) -> None:
    """A count that cannot be one is not reported, not zero and not exact; the user gets what they would get without us."""
    for value in GARBAGE:
        if kit.case.coerces and value in ("12", True):
            continue
        kit.vendor.reply(json=kit.stating({**kit.stated, kit.case.count: value}), times=2)
        ask = lambda: kit.get(kit.resource.create(**kit.case.ask))  # noqa: E731
        bare = await kit.outcome(ask)
        with kit.watch() as seen:
            assert await kit.outcome(ask) == bare
            (call,) = seen.spans
            said = call.attributes or {}
            assert total(seen, "otel_tokens.calls") == 1
        assert said[semconv.COST_STATUS] in {"estimated", "unpriced"}, value
        coerced = (
            value in ("12", True) and said[semconv.COST_REASON] == "inconsistent usage"
        )  # by the SDK: 12 with 1536 of them cached
        failed = said[semconv.OUTCOME] == "failed"  # the SDK would not take it, and said so below us
        assert coerced or failed or said[semconv.COST_REASON] == "invalid usage", value
        assert said.get(semconv.INPUT_TOKENS) != 0


@promise
async def usage_that_is_no_usage_is_unpriced(kit: Kit) -> None:
    """A usage that is missing, null or not an object at all has no cost, and a reason."""
    ask = lambda: kit.get(kit.resource.create(**kit.case.ask))  # noqa: E731
    for value in (None, {}, [], "free", 5, True) if kit.case.usage else ():
        kit.vendor.reply(json={**kit.case.body, kit.case.usage: value}, times=2)
        bare = await kit.outcome(ask)
        with kit.watch() as seen:
            assert await kit.outcome(ask) == bare
            (call,) = kit.expect(seen)
        assert semconv.INPUT_TOKENS not in (call.attributes or {})
    kit.vendor.reply(json=kit.unstated)
    with kit.watch() as seen:
        await kit.get(kit.resource.create(**kit.case.ask))
        (call,) = kit.expect(seen)
    assert (call.attributes or {})[semconv.COST_REASON] == "no usage"


@promise
async def a_count_that_was_not_reported_makes_no_exact_cost(kit: Kit) -> None:
    """An answer without its input count is never priced as if it had read nothing."""
    parts = {name: None for name in ("prompt_tokens_details", "input_tokens_details") if name in kit.stated}
    usage = {name: value for name, value in kit.stated.items() if name != kit.case.count and "cache" not in name.lower()}
    kit.vendor.reply(json=kit.stating({**usage, **parts}))
    with kit.watch() as seen:
        await kit.get(kit.resource.create(**kit.case.ask))
        (call,) = seen.spans
    assert (call.attributes or {})[semconv.COST_STATUS] in {"estimated", "unpriced"}
    assert (call.attributes or {})[semconv.COST_REASON]


@promise_about("parts")
async def a_part_larger_than_its_whole_is_unpriced(kit: Kit) -> None:
    """A usage that contradicts itself has no cost: no leaf is ever negative."""
    kit.vendor.reply(json=kit.stating(kit.case.contradiction))
    with kit.watch() as seen:
        await kit.get(kit.resource.create(**kit.case.ask))
        (call,) = kit.expect(seen)
        assert min(seen.metrics().get("otel_tokens.tokens", {}).values(), default=0) >= 0
    assert (call.attributes or {})[semconv.COST_REASON] == "inconsistent usage"


@promise
async def garbage_in_a_stream_hurts_nobody(kit: Kit) -> None:
    """Events that make no sense reach the user as they are."""
    name = kit.case.usage or kit.case.count
    odd = [{**event, name: "free"} if isinstance(event, dict) and name in event else event for event in kit.case.events]
    kit.reply(kit.vendor, odd, times=2)

    async def read() -> list[Any]:
        return await kit.items(await kit.asked())

    bare = await kit.outcome(read)
    with kit.watch() as seen:
        assert await kit.outcome(read) == bare
        await kit.closed(seen)
        assert total(seen, "otel_tokens.calls") == len(seen.spans) == 1


# ------------------------------------------------------------------------------------------------ on and off


def _holders(kit: Kit) -> list[type]:
    return [*kit.holders, ThreadPoolExecutor, TracerProvider]


@promise
async def unpatching_restores_every_class_exactly(kit: Kit) -> None:
    """After `uninstrument()` every class has the same attributes, the identical objects, in the same order."""
    before = [list(vars(holder).items()) for holder in _holders(kit)]
    for _ in range(2):
        with kit.watch():
            await kit.call()
            patched = [
                name
                for holder, one in zip(_holders(kit), before, strict=True)
                for name, was in one
                if vars(holder)[name] is not was
            ]
            assert len(patched) >= 4
    after = [list(vars(holder).items()) for holder in _holders(kit)]
    assert [[name for name, _ in one] for one in after] == [[name for name, _ in one] for one in before]
    assert all(a[1] is b[1] for one, other in zip(before, after, strict=True) for a, b in zip(one, other, strict=True))


@promise
async def a_repeated_patch_is_one_patch(kit: Kit) -> None:
    """`instrument()` again changes nothing: one call is one span, and one `uninstrument()` takes it all off."""
    before = [dict(vars(holder)) for holder in _holders(kit)]
    with kit.watch() as seen:
        TokensInstrumentor().instrument(tracer_provider=seen.tracer_provider, meter_provider=seen.meter_provider)
        await kit.call()
        kit.whole(seen)
    assert [dict(vars(holder)) for holder in _holders(kit)] == before


@promise
async def on_again_after_off_is_one_patch(kit: Kit) -> None:
    """Off and on again, a call is counted once."""
    for _ in range(2):
        with kit.watch() as seen:
            await kit.call()
            await kit.items(await kit.stream())
            kit.whole(seen, 2)


@promise
async def functions_look_as_they_did(kit: Kit) -> None:
    """Signature, name, module, docstring and being a coroutine function are as bare, of every public and patched function."""

    def look() -> list[object]:
        found = [getattr(kind, name) for kind in kit.holders for name in kit.case.seams if hasattr(kind, name)]
        found += [kit.resource.create, ThreadPoolExecutor.submit]
        if "raw" not in kit.case.lacks:
            found.append(kit.resource.with_raw_response.create)
        return [
            (
                inspect.signature(one), inspect.iscoroutinefunction(one), inspect.isfunction(one) or inspect.ismethod(one),
                one.__name__, one.__qualname__, one.__module__, one.__doc__,
            )
            for one in found
        ]  # fmt: skip

    bare = look()
    with kit.watch():
        assert look() == bare


@promise
async def a_bound_method_held_over_uninstrument_works(kit: Kit) -> None:
    """A bound method taken while we were on is silent after `uninstrument()`, and counted once when we are on again."""
    with kit.watch() as seen:
        create = kit.resource.create
    kit.vendor.reply(json=kit.case.body, times=2)
    await kit.get(create(**kit.case.ask))
    assert seen.spans == []
    with kit.watch() as seen:
        await kit.get(create(**kit.case.ask))
        kit.whole(seen)


@promise
async def a_foreign_wrapper_over_ours_leaves_us_silent_when_off(kit: Kit) -> None:
    """Somebody who wraps our wrapper stays when we go, we are silent below them, and on again we count once."""
    passed: list[str] = []

    def foreign(wrapped: Any, _client: Any, args: Any, kwargs: Any) -> Any:
        passed.append("foreign")
        return wrapped(*args, **kwargs)

    names = [
        (kind, name) for kind in kit.holders for name in kit.case.seams if name in vars(kind) and name != "_process_response"
    ]
    originals = {(kind, name): vars(kind)[name] for kind, name in names}
    try:
        with kit.watch() as seen:
            for kind, name in names:
                wrapt.wrap_function_wrapper(kind, name, foreign)
            await kit.call()
            kit.whole(seen)
        seen.clear()
        count = len(passed)
        await kit.call()
        assert len(passed) > count
        assert seen.spans == []
        with kit.watch() as seen:
            await kit.call()
            kit.whole(seen)
    finally:
        for (kind, name), original in originals.items():
            setattr(kind, name, original)
