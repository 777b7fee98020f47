"""Requests that are no calls of their own: polls of an earlier answer, and the results of a batch."""

from __future__ import annotations

import re
from typing import Any, cast

from otel_tokens import ledger
from otel_tokens.patch import pending
from otel_tokens.patch.answers import LINES, RAW, STREAM, leave, parsed, response_of, shape_of, tap_for
from otel_tokens.patch.decode import Decoder, inflater
from otel_tokens.patch.taps import Tap, tap_body, tap_stream
from otel_tokens.paths import walk
from otel_tokens.spec import Operation, Poll, Provider, Results
from otel_tokens.types import Call, Outcome
from otel_tokens.usage import reader


def find(provider: Provider, method: str, url: str) -> tuple[Poll | Results, str] | None:
    """The rule that a request falls under, and the id in its path; None for every other request."""
    for poll in provider.polls:
        if method == poll.method and (found := re.search(poll.path, url)):
            return poll, found[1]
    for results in provider.results:
        if method == "get" and (found := re.search(results.path, url)):
            return results, found[1]
    return None


def poll_of(provider: Provider, rule: Poll, ident: str) -> Call:
    """Stands for a poll while it runs: whatever becomes of the request, it settles nothing by itself."""
    poll = Call(provider, rule.operation, _ignore)
    poll.role, poll.response_id = "poll", ident
    return poll


def _ignore(_call: Call, _outcome: Outcome, _error: BaseException | None) -> None:
    """A poll is not a call."""


def polled(poll: Call, value: Any) -> None:
    """An earlier answer was read again: the first terminal one settles the call that waits for it, any other counts nothing."""
    operation = cast("Operation", poll.operation)
    call = pending.take(poll.response_id or "")
    shape = shape_of(value)
    if call is None:
        ledger.suppressed(poll.provider.name, "poll")
        return
    if shape == STREAM:
        tap_stream(tap_for(operation), call, value)
        return
    if shape == RAW and value.http_response.is_closed:
        value = parsed(value.http_response.content)
    status = walk(value, operation.status)
    if status is None or status in operation.pending:
        ledger.suppressed(poll.provider.name, "poll")
        pending.wait(call)
        return
    reader(operation).see(call, value)
    call.settle("completed")


def results(call: Call, value: Any) -> None:
    """The results of a batch: every line that was not read before is a call, at batch rate."""
    rule, ident = cast("tuple[Results, str]", call.request)
    lines = _Lines(rule, ident)
    if shape_of(value) == LINES:
        tap_stream(Tap(lines.see, "result", None, Call.left), call, value)
        return
    response = response_of(value)
    decoder = Decoder(call, lambda line: lines.see(call, line), lines=True)
    if response.is_closed:
        decoder.feed(response.content)
        decoder.end()
        call.settle("completed")
    else:
        decoder.inflate = inflater(response)
        tap_body(Tap(lines.see, "", None, leave), call, response, decoder)


class _Lines:
    """Counts the lines of one results file, each once however often the file is read."""

    def __init__(self, rule: Results, ident: str) -> None:
        self.rule, self.ident, self.number = rule, ident, 0
        self.known = pending.lines_read(ident)

    def see(self, call: Call, line: Any) -> None:
        self.number += 1
        if self.number <= self.known:
            ledger.suppressed(call.provider.name, "replay")
            return
        before = len(call.parts or ())
        reader(call.operation).see_line(call, line, self.rule.kinds)
        if len(call.parts or ()) > before:
            pending.line_read(self.ident, self.number)
