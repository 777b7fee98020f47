"""One request, one call: opens it at the seam, and lets what came back decide how it is watched."""

from __future__ import annotations

import copy
from types import ModuleType
from typing import Any, cast

from opentelemetry import context as otel
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_tokens.guard import shield
from otel_tokens.patch import aws, later, requests, seam
from otel_tokens.patch.answers import tap_for, watch_answer
from otel_tokens.patch.around import CURRENT, Arguments, Caller, Driver, Opener, driver_of
from otel_tokens.patch.requests import host_of
from otel_tokens.paths import fields_of, money
from otel_tokens.spec import Poll, Provider
from otel_tokens.types import Call, Request

RAW_HEADER = "X-Stainless-Raw-Response"


def watch(provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
    """Puts a provider's seams on as soon as its library is imported."""
    if provider.cloud is not None:
        aws.watch(provider, provider.cloud, opener)
        return

    def put_on(module: ModuleType) -> None:
        watcher = Watcher(provider, opener, ask_usage=ask_usage)
        for alternatives in provider.requests:
            path = seam.find(module, *alternatives)
            if path is not None:
                seam.wrap(module, path, driver_of(watcher, module, path))
        for path in provider.answers:
            seam.wrap(module, path, watcher.answered)
        for one in provider.seams:
            requests.put_on(module, provider, one, opener)
        for path in provider.attempts:
            seam.wrap(module, path, requests.attempted)

    seam.watch(provider.module, put_on)


class Watcher(Driver):
    """The requests of one client library of the generated kind, whose options know the URL, the method and the body."""

    def __init__(self, provider: Provider, opener: Opener, *, ask_usage: bool) -> None:
        self.provider, self.opener, self.ask_usage = provider, opener, ask_usage
        self.routes = provider.routes
        self.taps = {operation: tap_for(operation) for operation in self.routes.values()}

    @shield("open")
    def begin(self, client: Any, args: Arguments, kwargs: dict[str, Any]) -> Call | None:
        """The call that this request is, None when it is not one or nobody wants to know."""
        options = args[1] if len(args) > 1 else kwargs["options"]
        operation = self.routes.get(options.url)
        if not is_instrumentation_enabled():
            return None
        if operation is None or options.method.lower() != "post":
            return self.begin_later(client, options)
        body = options.json_data
        body = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        call = self.opener(self.provider, operation, Request(body, *host_of(client._base_url)))
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
        call = self.opener(self.provider, rule.operation, Request({}, *host_of(client._base_url)))
        call.role, call.request, call.batch = "results", (rule, ident), True
        return call

    def returned(self, call: Call, value: Any) -> Any:
        self.attach(call, value)
        return value

    @shield("attach")
    def attach(self, call: Call, value: Any) -> None:
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

    def answered(self, wrapped: Caller, _client: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
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
