"""A with-block that is also a decorator for functions, coroutines, generators and async generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from opentelemetry import context as otel
from opentelemetry.context import Context

from otel_tokens.guard import shield

P = ParamSpec("P")
R = TypeVar("R")


class Block:
    """A with-block, or a decorator for functions, coroutines, generators and async generators; each call opens it anew."""

    def __init__(self) -> None:
        self._entered: list[tuple[Any, Context | None, Any]] = []

    def opened(self) -> tuple[Any, Context | None]:
        """What was opened (a Step or nothing), and the context inside it (None = unchanged)."""
        raise NotImplementedError

    def closed(self, what: Any, error: BaseException | None) -> None:
        """The block ended."""

    def __enter__(self) -> Self:
        what, context = shield("step")(self.opened)() or (None, None)
        self._entered.append((what, context, otel.attach(context) if context is not None else None))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        what, context, token = self._entered.pop()
        if context is not None and otel.get_current() is context:
            otel.detach(token)  # else a generator was closed somewhere else: the token is not valid here
        shield("step")(self.closed)(what, error)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isasyncgenfunction(function):
            return self._around_async_generator(function)
        if inspect.isgeneratorfunction(function):
            return self._around_generator(function)
        if inspect.iscoroutinefunction(function):
            return self._around_coroutine(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.fresh():
                return function(*args, **kwargs)

        return call

    def fresh(self) -> Block:
        """The same block for one more call: a decorated function may run many times at once."""
        again = cast("Block", object.__new__(type(self)))
        again.__dict__.update(self.__dict__, _entered=[])
        return again

    def _around_coroutine(self, function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> Any:
            with self.fresh():
                return await function(*args, **kwargs)

        return call

    def _around_generator(self, function: Callable[..., Generator[Any, Any, Any]]) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with _Turns(self.fresh()) as turns:
                return (yield from _Driven(function(*args, **kwargs), turns))

        return call

    def _around_async_generator(self, function: Callable[..., AsyncGenerator[Any, Any]]) -> Any:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            inner = function(*args, **kwargs)
            with _Turns(self.fresh()) as turns:
                advance: Callable[[], Any] = inner.__anext__
                while (item := await turns.take_async(advance)) is not ENDED:
                    received = _Received()
                    with received:
                        received.value = yield item
                    if isinstance(received.error, GeneratorExit):
                        await turns.take_async(inner.aclose)
                        raise received.error
                    advance = (
                        functools.partial(inner.asend, received.value)
                        if received.error is None
                        else functools.partial(inner.athrow, received.error)
                    )

        return call


ENDED = object()


class _Turns:
    """A block around a generator: open from the first item to the last, its context attached only while its code runs.

    A token never lives across a yield: between two items the consumer has its own context.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self.what: Any = None
        self.context: Context | None = None

    def __enter__(self) -> Self:
        self.what, self.context = shield("step")(self.block.opened)() or (None, None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shield("step")(self.block.closed)(self.what, error)

    def take(self, advance: Callable[[], Any]) -> Any:
        """One turn of the generator's own code."""
        token = otel.attach(self.context) if self.context is not None else None
        try:
            return advance()
        finally:
            if token is not None:
                otel.detach(token)

    async def take_async(self, advance: Callable[[], Any]) -> Any:
        """The same for an async generator; `ENDED` after its last item."""
        token = otel.attach(self.context) if self.context is not None else None
        try:
            return await advance()
        except StopAsyncIteration:
            return ENDED
        finally:
            if token is not None:
                otel.detach(token)


class _Driven(Generator[Any, Any, Any]):
    """What `yield from` drives: every send, throw and close reaches the inner generator inside its context."""

    def __init__(self, inner: Generator[Any, Any, Any], turns: _Turns) -> None:
        self.inner, self.turns = inner, turns

    def send(self, value: Any, /) -> Any:
        return self.turns.take(functools.partial(self.inner.send, value))

    def throw(self, *error: Any) -> Any:
        return self.turns.take(functools.partial(self.inner.throw, *error))

    def close(self) -> None:
        self.turns.take(self.inner.close)


class _Received:
    """What the consumer sent, or threw, at a yield."""

    value: Any = None
    error: BaseException | None = None

    def __enter__(self) -> None:
        """The consumer's turn begins."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        self.error = error
        return True
