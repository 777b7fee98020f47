"""The requests of a library of a shape of its own: its declaration says which argument is what."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from types import AsyncGeneratorType, GeneratorType, ModuleType
from typing import Any, cast
from urllib.parse import urlsplit

from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_tokens.guard import shield
from otel_tokens.patch import seam
from otel_tokens.patch.answers import end_plain, parsed, read_plain, tap_for, watch_answer
from otel_tokens.patch.around import CURRENT, Arguments, Caller, Driver, Opener, driver_of
from otel_tokens.patch.generators import Reading, watched
from otel_tokens.paths import walk
from otel_tokens.seams import Seam
from otel_tokens.spec import Operation, Provider
from otel_tokens.types import Call, Request
from otel_tokens.usage import reader

Argument = Callable[[Any, Arguments, Mapping[str, Any]], Any]
_hosts: dict[int, tuple[Any, str | None, int | None]] = {}


def put_on(module: ModuleType, provider: Provider, declared: Seam, opener: Opener) -> None:
    """Puts the first alternative of a seam on that the library has."""
    path = seam.find(module, *declared.functions)
    if path is not None:
        original = attrgetter(path)(module)
        lazily = inspect.isgeneratorfunction(original) or inspect.isasyncgenfunction(original)
        seam.wrap(module, path, driver_of(Requests(provider, declared, opener, module, lazily=lazily), module, path))


def attempted(wrapped: Caller, _client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
    """Wraps a function that runs once for every attempt."""
    call = CURRENT.get()
    if call is not None:
        call.attempts += 1
    return wrapped(*args, **kwargs)


class Requests(Driver):
    """One function that sends requests, or returns a generator that will."""

    def __init__(self, provider: Provider, declared: Seam, opener: Opener, module: ModuleType, *, lazily: bool) -> None:
        self.provider, self.opener, self.lazily = provider, opener, lazily
        self.counts_attempts = seam.find(module, *provider.attempts) is not None
        self.content, self.head = declared.content, declared.headers
        self.url, self.host = argument(declared.url), argument(declared.host)
        self.model, self.body, self.lazy = argument(declared.model), argument(declared.body), argument(declared.lazy)
        self.route = re.compile(declared.route) if declared.route else None
        self.taps = {operation: tap_for(operation) for operation in provider.routes.values()}

    def around(self, wrapped: Caller, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
        reading = self.later(client, args, kwargs)
        if reading is None:
            return super().around(wrapped, client, args, kwargs)
        return watched(reading, wrapped(*args, **kwargs))

    async def _await(self, wrapped: Caller, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
        reading = self.later(client, args, kwargs)
        if reading is None:
            return await super()._await(wrapped, client, args, kwargs)
        return watched(reading, await wrapped(*args, **kwargs))

    @shield("open")
    def later(self, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Reading | None:
        """How to open the call when the first item is asked for; None where the request is sent at once, or is no call."""
        if not (self.lazily or self.lazy(client, args, kwargs)) or self.operation(client, args, kwargs)[0] is None:
            return None
        return Reading(self.see, lambda: self.begin(client, args, kwargs))

    @shield("open")
    def begin(self, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Call | None:
        operation, model = self.operation(client, args, kwargs)
        if operation is None or not is_instrumentation_enabled() or not seam.wanted(self.provider.module):
            return None
        model = model or self.model(client, args, kwargs)
        call = self.opener(self.provider, operation, Request({"model": model}, *host_of(self.host(client, args, kwargs))))
        if operation.request_reads:
            call.request = self.body(client, args, kwargs)
        if self.counts_attempts:
            call.attempts = 0
        return call

    def operation(self, client: Any, args: Arguments, kwargs: dict[str, Any]) -> tuple[Operation | None, str | None]:
        """What is asked, and of which model, as far as the URL says it."""
        url = self.url(client, args, kwargs)
        if self.route is None or not isinstance(url, str):
            return self.provider.routes.get(url), None
        found = self.route.search(url)
        if found is None:
            return None, None
        model, *others = found.groups()
        return self.provider.routes.get("".join(other for other in others if other)), model

    def returned(self, call: Call, value: Any) -> Any:
        if type(value) is GeneratorType or type(value) is AsyncGeneratorType:
            reading = Reading(self.see, lambda: call)
            reading.opened()
            return watched(reading, value)
        self.attach(call, value)
        return value

    @shield("attach")
    def attach(self, call: Call, value: Any) -> None:
        """An answer settles its call."""
        try:
            answer = self.unpacked(value)
            if answer is value:
                watch_answer(call, value, self.taps[call.operation])
            else:
                read_plain(call, answer)
                self.headers(call, value)
                end_plain(call, answer)
        except BaseException:
            call.settle("abandoned")  # so that its span ends, whoever owns it
            raise

    def see(self, call: Call, item: Any) -> None:
        """Reads one item of a stream, and keeps no reference to it."""
        reader(call.operation).see(call, self.unpacked(item))
        self.headers(call, item)

    def unpacked(self, value: Any) -> Any:
        """The parsed body, where what came back has its text."""
        content = walk(value, self.content) if self.content else None
        if not isinstance(content, (str, bytes)):
            return value
        return parsed(content.encode() if isinstance(content, str) else content)

    def headers(self, call: Call, value: Any) -> None:
        """What the headers say is what was served, whatever the body repeats of the request."""
        stated = walk(value, self.head) if self.head and call.operation.headers else None
        if isinstance(stated, Mapping):
            said = {str(name).lower(): text for name, text in cast("Mapping[Any, Any]", stated).items()}
            for name, header in call.operation.headers.items():
                if isinstance(said.get(header), str):
                    setattr(call, name, said[header])


def argument(path: str) -> Argument:
    """Finds an argument by its declared path; None where it is not there."""
    found = [_one(option) for option in path.split("|") if option]
    if len(found) == 1:
        return found[0]

    def first(client: Any, args: Arguments, kwargs: Mapping[str, Any]) -> Any:
        values = (find(client, args, kwargs) for find in found)
        return next((value for value in values if value is not None), None)

    return first


def _one(path: str) -> Argument:
    where, _, rest = path.partition(".")
    position, _, name = where.rpartition(":")
    at = int(position) if position else -1

    def find(client: Any, args: Arguments, kwargs: Mapping[str, Any]) -> Any:
        value = client if name == "self" else args[at] if 0 <= at < len(args) else kwargs.get(name)
        return walk(value, rest) if rest else value

    return find


@lru_cache(1000)
def place_of(url: str) -> tuple[str | None, int | None]:
    """Host and port of a URL, or of the beginning of one."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or (80 if parts.scheme == "http" else 443)


def host_of(url: Any) -> tuple[str | None, int | None]:
    """Host and port of a client's base URL; parsing it costs more than the rest of opening a call, so it is remembered."""
    if not url:
        return None, None
    if isinstance(url, str):
        return place_of(url)
    known = _hosts.get(id(url))
    if known is None or known[0] is not url:
        if len(_hosts) > 1000:
            _hosts.clear()
        known = _hosts[id(url)] = (url, url.host, url.port or (80 if url.scheme == "http" else 443))
    return known[1], known[2]
