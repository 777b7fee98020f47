"""Taps inside the SDK's own stream and body objects: type(), isinstance, `with` and helpers stay the SDK's.

Items are seen by a generator swapped into the stream's private iterator. The end of life is seen by the HTTP body
(`response.stream`, a public attribute), which every close, early exit, failure and garbage collection reaches.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from time import time_ns
from typing import Any

from otel_tokens.guard import shield
from otel_tokens.patch.decode import Decoder
from otel_tokens.types import Call

See = Callable[[Call, Any], None]
HTTP_BODY = ("SyncByteStream", "AsyncByteStream")


class Tap:
    """How one stream is watched: which attribute of an item, with which values, means that the item carries news."""

    __slots__ = ("finish", "hidden", "leave", "mark", "see", "values")

    def __init__(self, see: See, mark: str, values: frozenset[str] | None, leave: Callable[[Call], None]) -> None:
        self.see, self.mark, self.values, self.leave = see, mark, values, leave
        self.hidden: Callable[[Any], bool] | None = None
        self.finish: Callable[[Call], None] = ended


def ended(call: Call) -> None:
    """The stream ended by itself: completed, but failed where its vendor says when it is complete, and did not say so."""
    call.settle("completed" if call.terminal or not call.operation.terminal else "failed")


def broken(tap: Tap, call: Call, error: BaseException) -> None:
    """An exception leaves a tap: the consumer going away, or a failure of the stream."""
    if isinstance(error, GeneratorExit):
        tap.leave(call)
    else:
        call.settle("failed", error)


def tap_stream(tap: Tap, call: Call, stream: Any) -> None:
    """Watches an SDK stream object: its items, and the end of its HTTP body."""
    items = stream._iterator  # a cached property in some versions: made here, not yet started
    swapped = _async_items(tap, call, items) if hasattr(items, "__anext__") else _items(tap, call, items)
    stream._iterator = swapped
    response = getattr(stream, "response", None) or stream.http_response
    if response.is_closed:
        call.in_memory = True
        if call.shadow is not None:
            call.shadow.release()  # the end of its owner's span is then the only sign that the stream was closed
    response.stream = body_like(response.stream)(tap, call, response.stream, swapped)


def _items(tap: Tap, call: Call, items: Iterator[Any]) -> Iterator[Any]:
    mark, values = tap.mark, tap.values
    try:
        for item in items:
            call.last = item
            news = getattr(item, mark, None)
            if news is not None and (values is None or news in values) and _feed(tap, call, item):
                continue
            yield item
    except BaseException as error:
        broken(tap, call, error)
        raise
    ended(call)


async def _async_items(tap: Tap, call: Call, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
    mark, values = tap.mark, tap.values
    try:
        async for item in items:
            call.last = item
            news = getattr(item, mark, None)
            if news is not None and (values is None or news in values) and _feed(tap, call, item):
                continue
            yield item
    except BaseException as error:
        broken(tap, call, error)
        raise
    ended(call)


@shield("read")
def _feed(tap: Tap, call: Call, item: Any) -> bool:
    """Reads an item with news; whether it is to be kept from the user."""
    call.last_ns = time_ns()
    tap.see(call, item)
    return tap.hidden is not None and tap.hidden(item)


class Body:
    """Stands in for `response.stream`. With a generator it sees only the end; with a decoder it reads what the user reads."""

    def __init__(self, tap: Tap, call: Call, inner: Any, items: Any = None, decoder: Decoder | None = None) -> None:
        self._inner, self._call, self._items, self._decoder, self._tap = inner, call, items, decoder, tap
        self.stream_observer = getattr(inner, "stream_observer", None)  # anthropic ≥ 1.14 asks for it on every item

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner) if self._decoder is None else self._read(self._decoder)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._inner.__aiter__() if self._decoder is None else self._aread(self._decoder)

    def _read(self, decoder: Decoder) -> Iterator[bytes]:
        try:
            for data in self._inner:
                decoder.feed(data)
                yield data
        except BaseException as error:
            decoder.end()
            broken(self._tap, self._call, error)
            raise
        decoder.end()
        self._finished()

    async def _aread(self, decoder: Decoder) -> AsyncIterator[bytes]:
        try:
            async for data in self._inner:
                decoder.feed(data)
                yield data
        except BaseException as error:
            decoder.end()
            broken(self._tap, self._call, error)
            raise
        decoder.end()
        self._finished()

    def close(self) -> None:
        self._left()
        self._inner.close()

    async def aclose(self) -> None:
        self._left()
        await self._inner.aclose()

    def __del__(self) -> None:
        self._left()

    @shield("read")
    def _finished(self) -> None:
        self._tap.finish(self._call)

    @shield("close")
    def _left(self) -> None:
        """Closed or dropped. While the generator runs it is the SDK that closes after the last event, not the user."""
        items = self._items
        if items is None or not (getattr(items, "gi_running", False) or getattr(items, "ag_running", False)):
            if self._decoder is not None:
                self._decoder.end()
            self._tap.leave(self._call)


_kinds: dict[tuple[type, ...], type[Body]] = {}


def body_like(stream: object) -> type[Body]:
    """A `Body` that passes the isinstance checks of the HTTP library in use, whichever it is, without importing it."""
    bases = tuple(base for base in type(stream).__mro__ if base.__name__ in HTTP_BODY)
    kind = _kinds.get(bases)
    if kind is None:
        kind = _kinds[bases] = type("Body", (Body, *bases), {})
    return kind


def tap_body(tap: Tap, call: Call, response: Any, decoder: Decoder) -> None:
    """Watches a body that the user has yet to read, as they read it."""
    response.stream = body_like(response.stream)(tap, call, response.stream, None, decoder)
