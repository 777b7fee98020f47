"""One request, one call: opens it at the seam, and lets what came back decide how it is watched."""

from __future__ import annotations

import copy
import inspect
import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast

from opentelemetry import context as otel
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_tokens import ledger
from otel_tokens.guard import shield
from otel_tokens.patch import pending, seam
from otel_tokens.patch.decode import Decoder, inflater
from otel_tokens.patch.taps import Tap, left, tap_body, tap_stream
from otel_tokens.spec import Operation, Poll, Provider, Results
from otel_tokens.types import Call, Outcome, Request
from otel_tokens.usage import Reader, field, money, reader, walk

Opener = Callable[[Provider, Operation, Request], Call]
Caller = Callable[..., Any]

CURRENT: ContextVar[Call | None] = ContextVar("otel_tokens.call", default=None)
RAW_HEADER = "X-Stainless-Raw-Response"
RETRY_HEADER = "x-stainless-retry-count"
PLAIN, STREAM, LINES, RAW, BARE, BINARY = range(6)
_shapes: dict[type, int] = {}
_hosts: dict[int, tuple[Any, str | None, int | None]] = {}


def watch(provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
    """Puts a provider's seams on as soon as its library is imported."""

    def put_on(module: ModuleType) -> None:
        watcher = Watcher(provider, opener, ask_usage=ask_usage)
        for alternatives in provider.requests:
            path = seam.find(module, *alternatives)
            if path is not None:
                holder, _, name = path.partition(".")
                is_async = inspect.iscoroutinefunction(vars(getattr(module, holder))[name])
                seam.wrap(module, path, watcher.around_async if is_async else watcher.around)
        for path in provider.answers:
            seam.wrap(module, path, watcher.answered)

    seam.watch(provider.module, put_on)


class Watcher:
    """One provider's requests. Two short drivers know sync from async; everything else is shared."""

    def __init__(self, provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
        self.provider, self.opener, self.ask_usage = provider, opener, ask_usage
        self.routes = provider.routes
        self.taps = {operation: _tap(operation) for operation in self.routes.values()}
        self.odd = (*provider.polls, *provider.results)

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
            return self.other(client, options) if self.odd else None
        body = options.json_data
        body = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        host, port = _host(client._base_url)
        call = self.opener(self.provider, operation, Request(body, host, port))
        call.background = bool(operation.pending) and body.get("background") is True
        if operation.request_reads:
            call.request = body
        if operation.ask_usage and self.ask_usage and body.get("stream") is True:
            _ask_usage(call, options, body, *operation.ask_usage)
        return call

    def other(self, client: Any, options: Any) -> Call | None:
        """A poll of an earlier answer, or the results of a batch; None for everything else."""
        for rule in self.odd:
            found = re.search(rule.path, options.url)
            if found is None:
                continue
            if isinstance(rule, Poll):
                if options.method.lower() != rule.method:
                    continue
                call = Call(self.provider, rule.operation, _ignore)
                call.role, call.response_id = "poll", found[1]
            else:
                host, port = _host(client._base_url)
                call = self.opener(self.provider, rule.operation, Request({}, host, port))
                call.role, call.request, call.batch = "results", (rule, found[1]), True
            call.context = otel.get_current()
            return call
        return None

    @shield("error")
    def failed(self, call: Call, error: BaseException) -> None:
        """The request itself failed or was cancelled."""
        request = getattr(error, "request", None)
        if request is not None:
            call.attempts = int(request.headers.get(RETRY_HEADER) or 0) + 1
        call.settle("failed", error)
        if call.shadow is not None:
            call.shadow.release()

    @shield("attach")
    def returned(self, call: Call, value: Any) -> None:
        """What came back: an answer settles the call now; a stream, or an unread body, when it ends."""
        try:
            if call.role == "poll":
                self.polled(call, value)
            elif call.role == "results":
                self.results(call, value)
            else:
                self.watch_value(call, value)
        finally:
            if call.shadow is not None:
                call.shadow.release()

    def watch_value(self, call: Call, value: Any) -> None:
        """The value of a call of its own."""
        shape = _shapes.get(type(value))
        if shape is None:
            shape = _shape(value)
        if shape == PLAIN or shape == BINARY:
            _read_plain(reader(call.operation), call, value)
            self.end_plain(call, value)
        elif shape == STREAM:
            pending.opened(call)
            tap_stream(_hiding(self.taps[call.operation], call), call, value)
        else:
            self.tap_response(call, value.http_response if shape == RAW else value)

    def end_plain(self, call: Call, value: Any) -> None:
        """A whole answer: settled, unless it is a background one that has only been accepted."""
        operation: Operation = call.operation
        if operation.pending and walk(value, operation.status) in operation.pending and call.response_id:
            call.background = True
            pending.wait(call)
        else:
            call.settle("completed")

    def tap_response(self, call: Call, response: Any) -> None:
        """`with_raw_response`: the body is here already. `with_streaming_response`: read as the user reads."""
        operation: Operation = call.operation
        read = reader(operation)
        if response.is_closed:
            value = _parsed(response.content)
            if value is not None:
                _read_plain(read, call, value)
            else:
                _Feed(read, call).whole(response, operation.sentinel)
            self.end_plain(call, value)
            return
        pending.opened(call)
        decoder = _Feed(read, call).decoder(response, lines=False, sentinel=operation.sentinel)
        tap_body(Tap(read.see, "", None, left), call, response, decoder)

    def polled(self, poll: Call, value: Any) -> None:
        """An earlier answer was read again: the first terminal one settles the call that waits for it, all others nothing."""
        ident, operation = poll.response_id or "", cast("Operation", poll.operation)
        call = pending.take(ident)
        shape = _shapes.get(type(value)) or _shape(value)
        if call is None:
            ledger.suppressed(self.provider.name, "poll")
        elif shape == STREAM:
            tap_stream(self.taps[operation], call, value)
        else:
            if shape == RAW and value.http_response.is_closed:
                value = _parsed(value.http_response.content)
            status = walk(value, operation.status)
            if status is None or status in operation.pending:
                ledger.suppressed(self.provider.name, "poll")
                pending.wait(call)
                return
            reader(operation).see(call, value)
            call.settle("failed" if status == "failed" else "completed")

    def results(self, call: Call, value: Any) -> None:
        """The results of a batch: every line that was not read before is a call at batch rate."""
        rule, ident = cast("tuple[Results, str]", call.request)
        feed = _Lines(call, rule, ident)
        shape = _shapes.get(type(value)) or _shape(value)
        if shape == LINES:
            tap_stream(Tap(feed.see, "result", None, left), call, value)
            return
        response = value.response if shape == BINARY else value.http_response if shape == RAW else value
        decoder = Decoder(lambda line: feed.see(call, line), lines=True, sentinel=b"", inflate=None)
        if response.is_closed:
            decoder.feed(response.content)
            decoder.end()
            call.settle("completed")
        else:
            decoder.inflate = inflater(response)
            tap_body(Tap(feed.see, "", None, left), call, response, decoder)

    def answered(self, wrapped: Caller, _client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The SDK turns an HTTP response into its value: the only place where a plain call shows its headers."""
        call = CURRENT.get()
        if call is not None:
            self.headers(call, kwargs)
        return wrapped(*args, **kwargs)

    @shield("headers")
    def headers(self, call: Call, kwargs: dict[str, Any]) -> None:
        call.attempts = kwargs.get("retries_taken", 0) + 1
        if call.seller != self.provider.name:  # a vendor's own host states no cost in a header; a gateway may
            headers = kwargs["response"].headers
            for name, unit in self.provider.reported.items():
                call.reported = money(headers.get(name), unit) or call.reported


class _Feed:
    """Feeds one call from a raw body."""

    def __init__(self, read: Reader, call: Call) -> None:
        self.read, self.call = read, call

    def decoder(self, response: Any, *, lines: bool, sentinel: bytes) -> Decoder:
        decoder = _CallDecoder(self.see, lines=lines, sentinel=sentinel, inflate=inflater(response))
        decoder.call = self.call
        return decoder

    def whole(self, response: Any, sentinel: bytes) -> None:
        decoder = Decoder(self.see, lines=False, sentinel=sentinel, inflate=None)
        decoder.feed(response.content)
        decoder.end()

    def see(self, value: Any) -> None:
        _read_plain(self.read, self.call, value)


class _CallDecoder(Decoder):
    call: Call

    def end(self) -> None:
        super().end()
        if self.complete:
            self.call.terminal = True


class _Lines:
    """Counts the lines of one results file, each once."""

    def __init__(self, call: Call, rule: Results, ident: str) -> None:
        self.rule, self.ident, self.number = rule, ident, 0
        self.known = pending.lines_read(ident)
        self.read = reader(call.operation)

    def see(self, call: Call, line: Any) -> None:
        self.number += 1
        if self.number <= self.known:
            ledger.suppressed(call.provider.name, "replay")
            return
        before = call.count if call.parts else 0
        self.read.see_line(call, line, self.rule.kinds)
        if call.parts and call.count > before:
            pending.line_read(self.ident, self.number)


def _tap(operation: Operation) -> Tap:
    read = reader(operation).see
    if operation.events is None:
        return Tap(read, operation.usage.split("|")[0], None, _leave)
    return Tap(read, "type", frozenset(operation.events) | operation.terminal, _leave)


def _leave(call: Call) -> None:
    """A background answer goes on without its reader: a later poll settles it."""
    if call.background and not call.terminal and call.response_id and not call.settled:
        pending.wait(call)
    else:
        left(call)


def _hiding(tap: Tap, call: Call) -> Tap:
    if not call.hide_usage:
        return tap
    hiding = Tap(tap.see, tap.mark, tap.values, tap.leave)
    hiding.hidden = lambda item: not field(item, "choices")
    return hiding


def _read_plain(read: Reader, call: Call, value: Any) -> None:
    read.see(call, value)
    if read.rest:
        read.see_rest(call, value, call.request)


def _parsed(content: bytes) -> Any:
    if content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(content)
    except ValueError:
        return None


def _ignore(_call: Call, _outcome: Outcome, _error: BaseException | None) -> None:
    """A poll settles nothing by itself."""


def _ask_usage(call: Call, options: Any, body: dict[str, Any], option: str, key: str) -> None:
    stated = cast("dict[str, Any]", body.get(option) or {})
    headers = options.headers if isinstance(options.headers, dict) else {}
    if key in stated or RAW_HEADER in headers:
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


def _shape(value: Any) -> int:
    """How an object is to be watched. Asking a pydantic class for what it lacks costs microseconds, so once per type."""
    kind = cast("type", type(value))
    if hasattr(kind, "__stream__"):
        shape = STREAM
    elif hasattr(kind, "__decode__"):
        shape = LINES
    elif "http_response" in getattr(value, "__dict__", ()) or hasattr(kind, "http_response"):
        shape = RAW
    elif hasattr(kind, "iter_bytes"):
        shape = BINARY if "response" in getattr(value, "__dict__", ()) else BARE
    else:
        shape = PLAIN
    _shapes[kind] = shape
    return shape
