"""One function serves all of AWS: a request for a model is a call, every other one passes after a look at its name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any, cast
from urllib.parse import unquote

from opentelemetry import context as otel
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_tokens.guard import shield
from otel_tokens.patch import pending, seam
from otel_tokens.patch.aws_answer import Answer, tap_frames
from otel_tokens.patch.files import Reading, tap_close, tap_file
from otel_tokens.patch.requests import place_of
from otel_tokens.spec import Cloud, Operation, Provider
from otel_tokens.types import Call, Request

Opener = Callable[[Provider, Operation, Request], Call]
Original = Callable[..., Any]
OK = 300  # what the SDK raises an error for begins here


def watch(provider: Provider, cloud: Cloud, opener: Opener) -> None:
    """Puts the seam on as soon as the library is imported: a plain function, because S3 and DynamoDB pass through it too."""

    def put_on(module: ModuleType) -> None:
        watcher = Watcher(provider, cloud, opener)
        for (path,) in provider.requests:
            seam.put(module, path, watcher.around)

    seam.watch(provider.module, put_on)


class Watcher:
    """The requests of one client library of AWS."""

    def __init__(self, provider: Provider, cloud: Cloud, opener: Opener) -> None:
        self.provider, self.cloud, self.opener = provider, cloud, opener

    def around(self, original: Original, on: list[bool]) -> Original:
        """The function in place of the SDK's own, sync or async as that is."""
        return self.asynchronous(original, on) if inspect.iscoroutinefunction(original) else self.sync(original, on)

    def sync(self, original: Original, on: list[bool]) -> Original:
        names, begin = frozenset(self.provider.routes), self.begin

        @wraps(original)
        def request(client: Any, operation_model: Any, *args: Any, **kwargs: Any) -> Any:
            if operation_model.name not in names or not on:
                return original(client, operation_model, *args, **kwargs)
            call = begin(operation_model, args, kwargs)
            if call is None:
                return original(client, operation_model, *args, **kwargs)
            token = otel.attach(call.context)
            try:
                value = original(client, operation_model, *args, **kwargs)
            except BaseException as error:
                call.settle("failed", error)
                raise
            finally:
                otel.detach(token)
            self.returned(call, client, value)
            return value

        return request

    def asynchronous(self, original: Original, on: list[bool]) -> Original:
        names, begin = frozenset(self.provider.routes), self.begin

        @wraps(original)
        async def request(client: Any, operation_model: Any, *args: Any, **kwargs: Any) -> Any:
            if operation_model.name not in names or not on:
                return await original(client, operation_model, *args, **kwargs)
            call = begin(operation_model, args, kwargs)
            if call is None:
                return await original(client, operation_model, *args, **kwargs)
            token = otel.attach(call.context)
            try:
                value = await original(client, operation_model, *args, **kwargs)
            except BaseException as error:
                call.settle("failed", error)
                raise
            finally:
                otel.detach(token)
            self.returned(call, client, value)
            return value

        return request

    @shield("open")
    def begin(self, operation_model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        """The call that this request is, None when it is of another service or nobody wants to know."""
        if operation_model.service_model.service_name != self.cloud.service or not is_instrumentation_enabled():
            return None
        request = args[0] if args else kwargs["request_dict"]
        found = re.search(self.cloud.model, request["url_path"])
        model = unquote(found[1]) if found else None
        operation = self.provider.routes[operation_model.name]
        if operation is self.cloud.unknown and model:
            operation = next((made for made, mark in self.cloud.makers.items() if re.search(mark, model)), operation)
        return self.opener(self.provider, operation, Request({"model": model}, *_host(request.get("url") or "")))

    @shield("attach")
    def returned(self, call: Call, client: Any, value: Any) -> None:
        """What came back: a refusal, a whole answer, a stream of frames, or a body that the user has yet to read."""
        try:
            http, said = value
            call.attempts = said.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
            if http.status_code >= OK:
                refused(call, client, said)
                return
            answer = Answer(call, self.cloud)
            headers = {name.lower(): text for name, text in http.headers.items()}
            answer.headers(headers)
            body = said.get("stream") or said.get("body")
            if body is None:
                answer.whole(http._content)
            elif "_event_generator" in vars(body):
                tap_frames(body, answer)
                tap_close(body._raw_stream, answer)
            else:
                pending.opened(call)
                tap_file(_response_of(body), Reading(answer, _length(headers)))
        except BaseException:
            call.settle("abandoned")  # so that its span ends, whoever owns it
            raise


def refused(call: Call, client: Any, said: Any) -> None:
    """An error status, of which the SDK makes its exception only after us."""
    kind = client.exceptions.from_code(said.get("Error", {}).get("Code"))
    call.error_type = f"{kind.__module__}.{kind.__qualname__}"
    call.refused = True
    call.settle("failed")


def _response_of(body: Any) -> Any:
    """The HTTP library's response in a body object: below it, or (aiobotocore 2) what it is a proxy of."""
    fields = cast("dict[str, Any]", vars(body))
    below = fields.get("_raw_stream")
    return body.__wrapped__ if below is None else below


def _length(headers: dict[str, Any]) -> int | None:
    length = str(headers.get("content-length"))
    return int(length) if length.isdecimal() else None


def _host(url: str) -> tuple[str | None, int | None]:
    """Host and port, remembered by the part of the URL that says them."""
    end = url.find("/", url.find("//") + 2)
    return place_of(url[: end if end >= 0 else None]) if url else (None, None)
