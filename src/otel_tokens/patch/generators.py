"""Our own generator around a bare one: `type()`, `close()` and `throw()` are what they were, and every item is read as it passes.

A library whose stream is a plain generator has no object to put a tap into. Where nothing is sent before the first item is
asked for, the call is opened then, and a generator that nobody starts is no call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from time import time_ns
from types import AsyncGeneratorType, GeneratorType
from typing import Any, cast

from opentelemetry import context as otel

from otel_tokens.guard import shield
from otel_tokens.patch import pending
from otel_tokens.patch.around import CURRENT, failed
from otel_tokens.types import Call

END = object()


class Reading:
    """What the generator holds on to: how to open its call, how to read an item, and what to do when it is freed."""

    __slots__ = ("call", "open", "see")

    def __init__(self, see: Callable[[Call, Any], None], opening: Callable[[], Call | None]) -> None:
        self.see, self.open = see, opening
        self.call: Call | None = None

    def opened(self) -> Call | None:
        """The call, opened now if it is not open yet; None when nobody wants to know."""
        if self.call is None:
            self.call = self.open()
        if self.call is not None:
            pending.opened(self.call)
        return self.call

    @shield("read")
    def read(self, call: Call, item: Any) -> None:
        """An item passes on its way to the user. One that says the answer failed settles the call."""
        call.last_ns = time_ns()
        self.see(call, item)
        if call.failed:
            call.settle("failed")

    def __del__(self) -> None:
        """Freed without having been closed: never started, or its event loop is gone."""
        if self.call is not None:
            self.call.left()


def watched(reading: Reading, value: Any) -> Any:
    """What the user gets in place of a bare generator; anything else as it is. Calls nothing that can fail."""
    if type(value) is GeneratorType:
        return _items(reading, cast("Generator[Any, Any, Any]", value))
    if type(value) is AsyncGeneratorType:
        return _async_items(reading, cast("AsyncGenerator[Any, Any]", value))
    return value


def _items(reading: Reading, items: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    call = reading.opened()
    if call is None:
        return (yield from items)
    try:
        item = _first(call, items)
        while item is not END:
            reading.read(call, item)
            yield item
            item = next(items, END)
    except BaseException as error:
        _broken(call, error)
        raise
    finally:
        items.close()
    call.settle("completed")
    return None


async def _async_items(reading: Reading, items: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    call = reading.opened()
    try:
        item = await (anext(items, END) if call is None else _async_first(call, items))
        while item is not END:
            if call is not None:
                reading.read(call, item)
            yield item
            item = await anext(items, END)
    except BaseException as error:
        if call is not None:
            _broken(call, error)
        raise
    finally:
        await items.aclose()
    if call is not None:
        call.settle("completed")


def _first(call: Call, items: Generator[Any, Any, Any]) -> Any:
    """The first item: the request is sent here, so the call is current meanwhile."""
    token, current = otel.attach(call.context), CURRENT.set(call)
    try:
        return next(items, END)
    finally:
        CURRENT.reset(current)
        otel.detach(token)


async def _async_first(call: Call, items: AsyncGenerator[Any, Any]) -> Any:
    token, current = otel.attach(call.context), CURRENT.set(call)
    try:
        return await anext(items, END)
    finally:
        CURRENT.reset(current)
        otel.detach(token)


def _broken(call: Call, error: BaseException) -> None:
    if isinstance(error, GeneratorExit):
        call.left()
    else:
        failed(call, error)
