"""What a promise is told and given: a case of one provider, sync or async, on the real SDK, against the loopback vendor."""

import asyncio
import gc
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from math import fsum
from types import SimpleNamespace
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from otel_tokens import semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor

PATIENCE = 5.0  # seconds until something that should happen "at once" counts as not having happened


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to call a model: how to ask, what the vendor answers, and what that costs by hand."""

    name: str
    seller: str
    library: Any
    client: Callable[[str, bool], Any]
    """Base URL of the vendor, async or not → client."""
    resource: Callable[[Any], Any]
    """Client → the object that has `create`."""
    ask: Mapping[str, Any]
    streamed: Mapping[str, Any]
    helped: Mapping[str, Any] = field(default_factory=dict[str, Any])
    quiet: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Client options that turn the SDK's own spans off, where the version has them."""
    body: Mapping[str, Any]
    events: Sequence[Any]
    error_event: Any
    """A stream event by which the vendor says that it failed."""
    finals: Sequence[str]
    """Methods of the stream helper that read it to its end."""
    iterated: Sequence[str]
    """What of the stream helper can be iterated; "" is itself."""
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    """What an SDK must have, as in conftest.py, to be asked at all (""), by its helper ("stream") and by "parse"."""
    count: str
    """The name of the input count in a usage object."""
    contradiction: Mapping[str, Any]
    """A usage with a part larger than its whole."""
    last: Callable[[Any], bool]
    """Whether an item of a stream is the one after which nothing that matters comes."""
    shown: Mapping[str, Any]
    """Span attribute → value, of the whole answer."""
    cost: float
    partial: float | None
    """USD of a stream that was left after its first event; None = no usage had been stated."""
    stream_of: Callable[[Any], Any] | None = None
    """Client → what makes a stream, where that is not `create`."""
    lacks: frozenset[str] = frozenset()
    """What some promises are about, and this library does not have."""
    usage: str = "usage"
    """Where in the body its usage is; "" = among the rest."""
    unstated: Mapping[str, Any] | None = None
    """The body without its usage, where that is not one field."""
    coerces: bool = False
    """The SDK makes a count out of what is none before anybody can see it."""
    frame: Callable[[Any], Any] = lambda event: event
    """An event as it goes on the wire, where that is not a server-sent event."""
    refusal: Callable[[int], Any] | None = None
    """The body of an error with this status, where that is not as OpenAI and Anthropic write it."""
    closes_late: bool = False
    """An async stream is a generator around another, which the event loop closes a turn later."""
    refused: str = "RateLimitError"
    """The library's name for the exception after a 429."""
    error_facts: tuple[str, ...] = ("status_code", "body")
    impatient: Callable[[Any], Any] = lambda client: client.with_options(max_retries=0)
    close: Callable[[Any], Any] = lambda client: client.close()
    module: str = "_base_client"
    """The module with the seams, below the library; and below the classes there and the functions that they are."""
    holders: tuple[str, ...] = ("SyncAPIClient", "AsyncAPIClient", "BaseClient")
    seams: tuple[str, ...] = ("request", "_request", "_process_response")


class Kit:
    """One case, sync or async: asks through the real SDK and knows what must come out."""

    def __init__(self, case: Case, *, is_async: bool) -> None:
        self.case, self.is_async = case, is_async
        self.vendor = Vendor()
        self.client = self.connect(self.vendor)

    def connect(self, vendor: Vendor) -> Any:
        return self.case.client(vendor.url, self.is_async)

    @property
    def resource(self) -> Any:
        return self.case.resource(self.client)

    @property
    def holders(self) -> list[type]:
        """The classes that are patched."""
        module = import_module(f"{self.case.library.__name__}.{self.case.module}")
        return [getattr(module, name) for name in self.case.holders]

    def fail(self, status: int, times: int = 1) -> None:
        """The vendor refuses, in its own format."""
        if self.case.refusal is None:
            self.vendor.fail(status, times)
        else:
            self.vendor.reply(status=status, json=self.case.refusal(status), times=times)

    def stating(self, usage: Mapping[str, Any]) -> Any:
        """The body with this usage instead of its own."""
        without = self.unstated
        return {**without, self.case.usage: usage} if self.case.usage else {**without, **usage}

    @property
    def stated(self) -> Mapping[str, Any]:
        """The usage in the body."""
        if self.case.usage:
            return self.case.body[self.case.usage]
        return {name: value for name, value in self.case.body.items() if name not in self.unstated}

    @property
    def unstated(self) -> Mapping[str, Any]:
        """The body without its usage."""
        if self.case.unstated is not None:
            return self.case.unstated
        return {name: value for name, value in self.case.body.items() if name != self.case.usage}

    async def outcome(self, what: Callable[[], Awaitable[Any]]) -> tuple[type, str]:
        """What the user gets, an answer or an exception, in a form that can be compared."""
        try:
            value = await what()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is the answer
            return type(error), str(error)
        return type(value), repr(value)

    def watch(self, vendor: Vendor | None = None) -> AbstractContextManager[Captured]:
        return capture(sellers={(vendor or self.vendor).url.removeprefix("http://"): self.case.seller})

    def turn_native_spans_off(self) -> None:
        options = {name: value for name, value in self.case.quiet.items() if hasattr(self.client, name)}
        self.client = self.client.with_options(**options) if options else self.client

    async def get(self, value: Any) -> Any:
        return await value if inspect.isawaitable(value) else value

    async def call(self, **travel: Any) -> Any:
        """A plain answer; `travel` is how the vendor sends it."""
        self.vendor.reply(json=self.case.body, **travel)
        return await self.get(self.resource.create(**self.case.ask))

    async def stream(self, **travel: Any) -> Any:
        self.reply(self.vendor, self.case.events, **travel)
        return await self.asked()

    def reply(self, vendor: Vendor, events: Sequence[Any], **travel: Any) -> None:
        """The vendor's next answer is this stream."""
        vendor.reply(sse=[self.case.frame(event) for event in events], **travel)

    async def asked(self, client: Any = None) -> Any:
        """The stream that a client gives."""
        client = client or self.client
        create = self.case.stream_of(client) if self.case.stream_of else self.case.resource(client).create
        return await self.get(create(**self.case.ask, **self.case.streamed))

    async def shut(self, stream: Any) -> None:
        """Closes a stream, whatever that is called."""
        await self.get(stream.close() if hasattr(stream, "close") else stream.aclose())

    def helper(self, **travel: Any) -> Any:
        """The SDK's own context manager around a stream."""
        self.vendor.reply(sse=self.case.events, **travel)
        return self.opened(self.resource.stream(**self.case.ask, **self.case.helped))

    def unread(self, *, stream: bool = False, **travel: Any) -> Any:
        """A response whose body the user has yet to read."""
        content = {"sse": self.case.events} if stream else {"json": self.case.body}
        self.vendor.reply(**content, **travel)
        more = self.case.streamed if stream else {}
        return self.opened(self.resource.with_streaming_response.create(**self.case.ask, **more))

    @asynccontextmanager
    async def opened(self, manager: Any) -> AsyncIterator[Any]:
        if self.is_async:
            async with manager if hasattr(manager, "__aenter__") else aclosing(manager) as value:
                yield value
        else:
            with manager if hasattr(manager, "__enter__") else closing(manager) as value:
                yield value

    async def items(self, stream: Any, enough: Callable[[Any], bool] = lambda _: False) -> list[Any]:
        """What a user's own `for` gets, who leaves it after the item that is `enough`."""
        got: list[Any] = []
        if self.is_async:
            async for item in stream:
                got.append(item)
                if enough(item):
                    break
        else:
            for item in stream:
                got.append(item)
                if enough(item):
                    break
        return got

    async def first(self, stream: Any) -> Any:
        return (await self.items(stream, lambda _: True))[0]

    async def raised(self, what: Callable[[], Awaitable[Any]]) -> BaseException:
        """The exception that this raises."""
        try:
            await what()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is the answer
            return error
        raise AssertionError("nothing was raised")

    async def until(self, happened: Callable[[], bool]) -> None:
        """Waits, within reason."""
        until = time.monotonic() + PATIENCE
        while not happened() and time.monotonic() < until:
            if self.is_async:
                await asyncio.sleep(0.001)
        assert happened()

    async def closed(self, seen: Captured) -> None:
        """Waits where the library leaves it to the event loop to close its own generator after the user's."""
        if self.is_async and self.case.closes_late:
            await self.settled(seen)

    async def settled(self, seen: Captured) -> None:
        """Waits until the span of a call that was dropped has ended: freeing it may take the event loop a few turns."""
        turns = count()

        def freed() -> bool:
            gc.collect(1 if next(turns) % 20 else 2)  # the heap of two SDKs is large, what was dropped is young
            return bool(seen.spans)

        next(turns)
        await self.until(freed)

    def expect(self, seen: Captured, *, outcome: str = "completed", cost: float | None = None, n: int = 1) -> list[ReadableSpan]:
        """`n` calls and no other span, each of this outcome and cost (None = unpriced); the metrics say the same."""
        calls = seen.calls
        assert (len(calls), len(seen.spans)) == (n, n), [span.name for span in seen.spans]
        for call in calls:
            said = dict(call.attributes or {})
            assert (said[semconv.OUTCOME], said.get(semconv.COST)) == (outcome, cost), said
            if outcome == "completed" and cost is not None:
                assert said[semconv.COST_STATUS] == "exact"
                assert {name: said.get(name) for name in self.case.shown} == dict(self.case.shown)
            else:
                assert said[semconv.COST_STATUS] == ("unpriced" if cost is None else "estimated")
                assert said[semconv.COST_REASON]
        assert total(seen, "otel_tokens.calls") == n
        assert abs(total(seen, "otel_tokens.cost") - n * (cost or 0)) < 1e-15
        return calls

    def whole(self, seen: Captured, n: int = 1) -> list[ReadableSpan]:
        """The whole answer was seen and priced, `n` times."""
        return self.expect(seen, cost=self.case.cost, n=n)

    async def close(self) -> None:
        await self.get(self.case.close(self.client))
        self.vendor.close()


def library(name: str) -> Any:
    """A client library, or something that only has its name where an environment of `make matrix` does not have it."""
    try:
        return import_module(name)
    except ImportError:
        return SimpleNamespace(__name__=name)


def total(seen: Captured, metric: str) -> float:
    return fsum(seen.metrics().get(metric, {}).values())


def keep(kit: Kit, promise: Callable[[Kit], Coroutine[Any, Any, None]]) -> None:
    """Runs a promise: in an event loop if it is async, else without any."""

    async def run() -> None:
        try:
            await promise(kit)
        finally:
            await kit.close()

    if kit.is_async:
        asyncio.run(run())
        return
    try:
        run().send(None)
    except StopIteration:
        return
    raise AssertionError("a sync client waited for something")
