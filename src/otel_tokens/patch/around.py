"""The two short drivers, sync and async, that stand around a request; every question about it is asked elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from operator import attrgetter
from types import ModuleType
from typing import Any

from opentelemetry import context as otel

from otel_tokens.guard import shield
from otel_tokens.paths import fields_of
from otel_tokens.spec import Operation, Provider
from otel_tokens.types import Call, Request

Opener = Callable[[Provider, Operation, Request], Call]
Caller = Callable[..., Any]
Arguments = tuple[Any, ...]

CURRENT: ContextVar[Call | None] = ContextVar("otel-tokens call", default=None)
RETRY_HEADER = "x-stainless-retry-count"


class Driver:
    """Stands around one function that sends requests. `begin` and `returned` say what is a call, and what became of it."""

    def begin(self, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Call | None:
        """The call that this request is, None when it is not one or nobody wants to know. Never raises."""
        raise NotImplementedError

    def returned(self, call: Call, value: Any) -> Any:
        """What came back decides when the call settles; this is what the user gets. Never raises."""
        raise NotImplementedError

    def around(self, wrapped: Caller, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
        call = self.begin(client, args, kwargs)
        if call is None:
            return wrapped(*args, **kwargs)
        if call.options is not None:
            args, kwargs = _replaced(args, kwargs, call.options)
        token, current = otel.attach(call.context), CURRENT.set(call)
        try:
            value = wrapped(*args, **kwargs)
        except BaseException as error:
            failed(call, error)
            raise
        finally:
            CURRENT.reset(current)
            otel.detach(token)
        return self.returned(call, value)

    def around_async(self, wrapped: Caller, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
        return self._await(wrapped, client, args, kwargs)

    async def _await(self, wrapped: Caller, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
        call = self.begin(client, args, kwargs)
        if call is None:
            return await wrapped(*args, **kwargs)
        if call.options is not None:
            args, kwargs = _replaced(args, kwargs, call.options)
        token, current = otel.attach(call.context), CURRENT.set(call)
        try:
            value = await wrapped(*args, **kwargs)
        except BaseException as error:
            failed(call, error)
            raise
        finally:
            CURRENT.reset(current)
            otel.detach(token)
        return self.returned(call, value)


def driver_of(driver: Driver, module: ModuleType, path: str) -> Caller:
    """The driver for a function that is about to be wrapped."""
    return driver.around_async if inspect.iscoroutinefunction(attrgetter(path)(module)) else driver.around


@shield("error")
def failed(call: Call, error: BaseException) -> None:
    """The request itself failed or was cancelled."""
    try:
        request = fields_of(error).get("request")  # the HTTP library's own errors raise when asked for one that is not set
        if request is not None:
            call.attempts = int(request.headers.get(RETRY_HEADER) or 0) + 1
    finally:
        call.settle("failed", error)


def _replaced(args: Arguments, kwargs: dict[str, Any], options: Any) -> tuple[Arguments, dict[str, Any]]:
    if len(args) > 1:
        return (args[0], options, *args[2:]), kwargs
    return args, {**kwargs, "options": options}
