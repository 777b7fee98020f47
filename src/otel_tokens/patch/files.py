"""Reads a body while the user reads it, in whichever way: what the user holds stays the object, and of the type, that it was.

The body object of an SDK is a shell: the bytes come out of the HTTP library's response below it. That response is made an
instance of a subclass of its own class, of the same name, whose reading and closing methods tell what passes.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol, cast
from weakref import WeakValueDictionary

from otel_tokens.guard import shield

KEPT = "_otel_tokens_reading"
MOST = 8 << 20
"""Bytes of one answer that are kept to read usage from; of a longer one only the headers speak."""
READS = ("read", "read1", "readline", "readany", "readuntil", "readexactly", "readlines", "readinto", "readchunk")
CHUNKS = ("read_chunked", "iter_raw", "aiter_raw")
CLOSES = ("close", "aclose", "release")
SHARED = "EmptyStreamReader"
"""aiohttp has one such object for all empty bodies."""

MUTABLE = 1 << 9
"""Of `type.__flags__`: made by a class statement, so that an instance may become one of another class."""

Method = Callable[..., Any]
_open: WeakValueDictionary[int, Reading] = WeakValueDictionary()
_kinds: dict[type[Any], type[Any]] = {}


class Reader(Protocol):
    """Who wants to know what became of a body; each is told once or not at all."""

    def whole(self, content: bytes) -> None: ...
    def broke(self, error: BaseException) -> None: ...
    def left(self) -> None: ...


class Reading:
    """One body on its way to the user. `length` is what its headers say; None = until a read that gives nothing."""

    def __init__(self, reader: Reader, length: int | None = None) -> None:
        self.reader, self.length = reader, length
        self.kept: list[bytes] = []
        self.size = 0
        self.deaf = False
        """Somebody else sees what is read."""
        self.inside = self.done = False

    @shield("read")
    def got(self, name: str, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """What a reading method answered: bytes, or none at the end."""
        asked: Any = next(iter((*args, *kwargs.values())), None)
        if name == "readinto":
            data, asked = bytes(memoryview(asked)[: value or 0]), len(asked)
        else:
            data = b"".join(value) if name == "readlines" else value[0] if name == "readchunk" else value
        self.feed(data, last=(name == "read" and asked in (None, -1)) or name == "readlines" or (not data and asked != 0))

    @shield("read")
    def feed(self, data: bytes | None, *, last: bool) -> None:
        """Bytes pass; after the last of them the body is whole, if it is as long as it was to be."""
        if self.done:
            return
        self.size += len(data or b"")
        if data and self.size <= MOST:
            self.kept.append(bytes(data))
        if last or (self.length is not None and self.size >= self.length):
            kept = self.end()
            if self.size <= MOST and (self.length is None or self.size >= self.length):
                self.reader.whole(kept)
            else:
                self.reader.left()

    def passes(self, data: bytes) -> None:
        """A chunk leaves an iteration: until the next is asked for, it is the user who acts."""
        self.inside = False
        self.feed(data, last=False)

    @shield("read")
    def broke(self, error: BaseException) -> None:
        """The read failed, or was cancelled."""
        if not self.done:
            self.end()
            self.reader.broke(error)

    @shield("close")
    def left(self) -> None:
        """Closed or dropped: what has passed is all there is to know."""
        if not self.done:
            self.end()
            self.reader.left()

    def end(self) -> bytes:
        """Nothing more is told; what was kept is let go."""
        kept, self.kept = b"".join(self.kept), []
        self.done = True
        return kept

    def __del__(self) -> None:
        self.left()


def tap_file(response: Any, reading: Reading) -> None:
    """Watches how the body of `response` (of urllib3, aiohttp or httpx) is read and closed. The response owns the reading."""
    fields = getattr(response, "__dict__", None)
    if fields is None or not type(response).__flags__ & MUTABLE:
        _cannot(response, reading)
        return
    fields[KEPT] = reading
    _swap(response, reading)
    content = fields.get("content")  # of aiohttp: the stream that all its methods read
    if content is not None and not reading.deaf and type(content).__name__ != SHARED:
        _swap(content, reading)


def _cannot(response: Any, reading: Reading) -> None:
    """An answer of the user's own making that is nobody's to change; if it is a file in memory, its body is here already."""
    if reading.deaf:
        reading.done = True
    elif isinstance(response, io.BytesIO):
        reading.length = None
        reading.feed(response.getvalue(), last=True)
    else:
        reading.left()


def tap_close(response: Any, reader: Reader) -> None:
    """Watches only that `response` is closed or dropped: somebody else sees what is read of it."""
    reading = Reading(reader)
    reading.deaf = True
    tap_file(response, reading)


def _swap(thing: Any, reading: Reading) -> None:
    kind = cast("type[Any]", type(thing))
    ours = _kinds.get(kind)
    if ours is None:
        ours = _kinds[kind] = _kind(kind)
    _open[id(thing)] = reading
    thing.__class__ = ours


def _kind(kind: type[Any]) -> type[Any]:
    """A class like `kind` in all but that it tells."""
    if kind in _kinds.values():
        return kind
    told: dict[str, Any] = {
        "__slots__": (),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    for names, teller in ((READS, _read), (CHUNKS, _chunks), (CLOSES, _close)):
        for name in names:
            original = getattr(kind, name, None)
            if original is not None:
                told[name] = teller(original, name)
    return cast("Any", type(kind))(kind.__name__, (kind,), told)


def _read(original: Method, name: str) -> Method:
    """The outermost of the reading methods tells, not those that it calls."""

    def read(self: Any, *args: Any, **kwargs: Any) -> Any:
        reading = _listening(self)
        if reading is None:
            return original(self, *args, **kwargs)
        reading.inside = True
        try:
            value = original(self, *args, **kwargs)
        except BaseException as error:
            reading.broke(error)
            raise
        finally:
            reading.inside = False
        reading.got(name, value, args, kwargs)
        return value

    async def aread(self: Any, *args: Any, **kwargs: Any) -> Any:
        reading = _listening(self)
        if reading is None:
            return await original(self, *args, **kwargs)
        reading.inside = True
        try:
            value = await original(self, *args, **kwargs)
        except BaseException as error:
            reading.broke(error)
            raise
        finally:
            reading.inside = False
        reading.got(name, value, args, kwargs)
        return value

    return aread if inspect.iscoroutinefunction(original) else read


def _chunks(original: Method, _name: str) -> Method:
    def chunks(self: Any, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        reading = _listening(self)
        if reading is None:
            yield from original(self, *args, **kwargs)
            return
        try:
            reading.inside = True
            for data in original(self, *args, **kwargs):
                reading.passes(data)
                yield data
                reading.inside = True
        except Exception as error:
            reading.broke(error)
            raise
        finally:
            reading.inside = False
        reading.feed(None, last=True)

    async def achunks(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        reading = _listening(self)
        try:
            async for data in original(self, *args, **kwargs):
                if reading is not None:
                    reading.feed(data, last=False)
                yield data
        except Exception as error:
            if reading is not None:
                reading.broke(error)
            raise
        if reading is not None:
            reading.feed(None, last=True)

    return achunks if inspect.isasyncgenfunction(original) else chunks


def _listening(thing: Any) -> Reading | None:
    reading = _open.get(id(thing))
    return None if reading is None or reading.deaf or reading.inside or reading.done else reading


def _close(original: Method, _name: str) -> Method:
    def close(self: Any, *args: Any, **kwargs: Any) -> Any:
        reading = _open.get(id(self))
        if reading is not None and not reading.inside:  # a library that closes while it reads has met an error, or the end
            reading.left()
        return original(self, *args, **kwargs)

    return close
