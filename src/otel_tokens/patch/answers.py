"""What a request returned: an answer, a stream, or a body that is read now or later; each is watched in its own way."""

from __future__ import annotations

import json
from typing import Any, cast

from otel_tokens.patch import pending
from otel_tokens.patch.decode import Decoder, inflater
from otel_tokens.patch.taps import Tap, ended, tap_body, tap_stream
from otel_tokens.paths import field, walk
from otel_tokens.spec import Operation
from otel_tokens.types import Call
from otel_tokens.usage import reader

PLAIN, STREAM, LINES, RAW, BARE, BINARY = range(1, 7)
_shapes: dict[type[Any], int] = {}


def shape_of(value: Any) -> int:
    """How an object is to be watched. Asking a pydantic class for what it lacks costs microseconds, so once per type."""
    kind = cast("type[Any]", type(value))
    shape = _shapes.get(kind)
    if shape is not None:
        return shape
    fields = getattr(value, "__dict__", ())
    if hasattr(kind, "__stream__"):
        shape = STREAM
    elif hasattr(kind, "__decode__"):
        shape = LINES
    elif "http_response" in fields or hasattr(kind, "http_response"):
        shape = RAW
    elif hasattr(kind, "iter_bytes"):
        shape = BINARY if "response" in fields else BARE
    else:
        shape = PLAIN
    _shapes[kind] = shape
    return shape


def response_of(value: Any) -> Any:
    """The HTTP response inside what the SDK returned for a raw or binary request."""
    shape = shape_of(value)
    return value.http_response if shape == RAW else value.response if shape == BINARY else value


def tap_for(operation: Operation) -> Tap:
    """How the streams of an operation are watched; made once."""
    see = reader(operation).see
    if operation.events is None:
        return Tap(see, operation.usage.partition("|")[0], None, leave)
    return Tap(see, "type", frozenset(operation.events) | operation.terminal, leave)


def watch_answer(call: Call, value: Any, tap: Tap) -> None:
    """An answer settles its call now; a stream, or a body that the user has yet to read, when it ends."""
    shape = shape_of(value)
    if shape in (PLAIN, BINARY):
        read_plain(call, value)
        end_plain(call, value)
    elif shape == STREAM:
        pending.opened(call)
        tap_stream(_hiding(tap) if call.hide_usage else tap, call, value)
    else:
        _watch_response(call, response_of(value))


def read_plain(call: Call, value: Any) -> None:
    """A whole answer, or one value of a raw body."""
    read = reader(call.operation)
    read.see(call, value)
    if read.rest:
        read.see_rest(call, value, call.request)


def end_plain(call: Call, value: Any) -> None:
    """A whole answer: settled, unless it is a background one that has only been accepted."""
    if not _accepted(call, value):
        call.settle("completed")


def _finish(call: Call) -> None:
    """A body that the user has read to its end; what it did not say, the request may."""
    read = reader(call.operation)
    if read.rest:
        read.see_rest(call, None, call.request)
    if not _accepted(call, call.last):
        ended(call)


def _accepted(call: Call, value: Any) -> bool:
    """Whether a background answer has only been accepted: then its call waits for a poll."""
    operation: Operation = call.operation
    if operation.pending and call.response_id and walk(value, operation.status) in operation.pending:
        call.background, call.terminal = True, False
        wait(call)
        return True
    return False


def leave(call: Call) -> None:
    """A stream was left. A background answer goes on without its reader: a later poll settles it."""
    if call.background and not call.terminal and call.response_id and not call.settled:
        wait(call)
    else:
        call.left()


def wait(call: Call) -> None:
    """The call goes on without this answer; a span of somebody else's does not wait for it."""
    pending.wait(call)
    if call.shadow is not None:
        call.shadow.release()


def parsed(content: bytes) -> Any:
    """A JSON body, None for any other."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(content)
    except ValueError:
        return None


def _watch_response(call: Call, response: Any) -> None:
    """`with_raw_response`: the body is here already. `with_streaming_response`: it is read as the user reads it."""
    operation: Operation = call.operation

    def see(value: Any) -> None:
        call.last = value
        read_plain(call, value)

    if response.is_closed:
        value = parsed(response.content)
        if value is None:
            whole = Decoder(call, see, sentinel=operation.sentinel)
            whole.feed(response.content)
            whole.end()
        else:
            see(value)
        end_plain(call, value)
    else:
        pending.opened(call)
        decoder = Decoder(call, see, sentinel=operation.sentinel, inflate=inflater(response))
        tap = Tap(reader(operation).see, "", None, leave)
        tap.finish = _finish
        tap_body(tap, call, response, decoder)


def _hiding(tap: Tap) -> Tap:
    """The chunk that only we asked for does not reach the user."""
    hiding = Tap(tap.see, tap.mark, tap.values, tap.leave)
    hiding.hidden = lambda item: not field(item, "choices")
    return hiding
