"""One request, one call: opens it at the seam, and lets what came back decide how it is watched."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast

from opentelemetry import context as otel
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_tokens.guard import shield
from otel_tokens.patch import later, seam
from otel_tokens.patch.answers import tap_for, watch_answer
from otel_tokens.paths import fields_of, money
from otel_tokens.spec import Operation, Poll, Provider
from otel_tokens.types import Call, Request

Opener = Callable[[Provider, Operation, Request], Call]
Caller = Callable[..., Any]

CURRENT: ContextVar[Call | None] = ContextVar("otel-tokens call", default=None)
RAW_HEADER = "X-Stainless-Raw-Response"
RETRY_HEADER = "x-stainless-retry-count"
_hosts: dict[int, tuple[Any, str | None, int | None]] = {}


def watch(provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
    """Puts a provider's seams on as soon as its library is imported."""

    def put_on(module: ModuleType) -> None:
        watcher = Watcher(provider, opener, ask_usage=ask_usage)
        for alternatives in provider.requests:
            path = seam.find(module, *alternatives)
            if path is not None:
                holder, _, name = path.partition(".")
                original = cast("Caller", getattr(getattr(module, holder), name))
                seam.wrap(module, path, watcher.around_async if inspect.iscoroutinefunction(original) else watcher.around)
        for path in provider.answers:
            seam.wrap(module, path, watcher.answered)

    seam.watch(provider.module, put_on)


class Watcher:
    """One provider's requests. Two short drivers know sync from async; everything else is shared."""

    def __init__(self, provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
        self.provider, self.opener, self.ask_usage = provider, opener, ask_usage
        self.routes = provider.routes
        self.taps = {operation: tap_for(operation) for operation in self.routes.values()}

    def around(self, wrapped: Caller, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = self.begin(client, args, kwargs)
        if call is None:
            return wrapped(*args, **kwargs)
        if call.options is not None:
            args, kwargs = _replaced(args, kwargs, call.options)
        token, current = otel.attach(call.context), CURRENT.set(call)
        try:
            value = wrapped(*args, **kwargs)
        except BaseException as error:
            self.failed(call, error)
            raise
        finally:
            CURRENT.reset(current)
            otel.detach(token)
        self.returned(call, value)
        return value

    def around_async(self, wrapped: Caller, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._await(wrapped, client, args, kwargs)

    async def _await(self, wrapped: Caller, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = self.begin(client, args, kwargs)
        if call is None:
            return await wrapped(*args, **kwargs)
        if call.options is not None:
            args, kwargs = _replaced(args, kwargs, call.options)
        token, current = otel.attach(call.context), CURRENT.set(call)
        try:
            value = await wrapped(*args, **kwargs)
        except BaseException as error:
            self.failed(call, error)
            raise
        finally:
            CURRENT.reset(current)
            otel.detach(token)
        self.returned(call, value)
        return value

    @shield("open")
    def begin(self, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        """The call that this request is, None when it is not one or nobody wants to know."""
        options = args[1] if len(args) > 1 else kwargs["options"]
        operation = self.routes.get(options.url)
        if not is_instrumentation_enabled():
            return None
        if operation is None or options.method.lower() != "post":
            return self.begin_later(client, options)
        body = options.json_data
        body = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        call = self.opener(self.provider, operation, Request(body, *_host(client._base_url)))
        call.background = bool(operation.pending) and body.get("background") is True
        if operation.request_reads:
            call.request = body
        if self.ask_usage and operation.ask_usage and body.get("stream") is True:
            _ask_usage(call, options, body, *operation.ask_usage)
        return call

    def begin_later(self, client: Any, options: Any) -> Call | None:
        """A poll of an earlier answer, or the results of a batch; None for everything else."""
        found = later.find(self.provider, options.method.lower(), options.url)
        if found is None:
            return None
        rule, ident = found
        if isinstance(rule, Poll):
            call = later.poll_of(self.provider, rule, ident)
            call.context = otel.get_current()
            return call
        call = self.opener(self.provider, rule.operation, Request({}, *_host(client._base_url)))
        call.role, call.request, call.batch = "results", (rule, ident), True
        return call

    @shield("error")
    def failed(self, call: Call, error: BaseException) -> None:
        """The request itself failed or was cancelled."""
        try:
            request = fields_of(error).get("request")  # the HTTP library's own errors raise when asked for one that is not set
            if request is not None:
                call.attempts = int(request.headers.get(RETRY_HEADER) or 0) + 1
        finally:
            call.settle("failed", error)

    @shield("attach")
    def returned(self, call: Call, value: Any) -> None:
        """What came back decides when the call settles."""
        try:
            if call.role == "call":
                watch_answer(call, value, self.taps[call.operation])
            elif call.role == "poll":
                later.polled(call, value)
            else:
                later.results(call, value)
        except BaseException:
            call.settle("abandoned")  # so that its span ends, whoever owns it
            raise

    def answered(self, wrapped: Caller, _client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The SDK turns an HTTP response into its value: the only place where a plain call shows its headers."""
        call = CURRENT.get()
        if call is not None:
            self.headers(call, kwargs)
        return wrapped(*args, **kwargs)

    @shield("headers")
    def headers(self, call: Call, kwargs: dict[str, Any]) -> None:
        """How many attempts it took, and a cost that a gateway states; a vendor's own host states none in a header."""
        call.attempts = kwargs.get("retries_taken", 0) + 1
        if call.seller != self.provider.name:
            headers = kwargs["response"].headers
            for name, unit in self.provider.reported.items():
                call.reported = money(headers.get(name), unit) or call.reported


@shield("ask usage")
def _ask_usage(call: Call, options: Any, body: dict[str, Any], option: str, key: str) -> None:
    stated = cast("dict[str, Any]", body.get(option) or {})
    if key in stated or RAW_HEADER in fields_of(options.headers):
        return
    call.options = copy.copy(options)
    call.options.json_data = {**body, option: {**stated, key: True}}
    call.hide_usage = True


def _replaced(args: tuple[Any, ...], kwargs: dict[str, Any], options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if len(args) > 1:
        return (args[0], options, *args[2:]), kwargs
    return args, {**kwargs, "options": options}


def _host(url: Any) -> tuple[str | None, int | None]:
    """Host and port of a client's base URL; parsing it costs more than the rest of opening a call, so it is remembered."""
    known = _hosts.get(id(url))
    if known is None or known[0] is not url:
        if len(_hosts) > 1000:
            _hosts.clear()
        known = _hosts[id(url)] = (url, url.host, url.port or (80 if url.scheme == "http" else 443))
    return known[1], known[2]
