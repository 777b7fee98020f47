"""What one answer of AWS says it used: in its headers, its body, or the frames of its stream, before a parser drops a field."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from time import time_ns
from typing import Any, cast

from otel_tokens import bodies
from otel_tokens.counts import Counts
from otel_tokens.guard import shield
from otel_tokens.patch import pending
from otel_tokens.patch.answers import parsed
from otel_tokens.paths import walk
from otel_tokens.spec import Cloud, Operation
from otel_tokens.types import Call, Usage
from otel_tokens.usage import reader

COUNTED = b"oken"
"""Every vendor's usage has a name with it, and few other chunks of a stream do: the rest need not be parsed."""


@cache
def _beside(operation: Operation) -> Counts:
    """How the headers of an operation are read; made once."""
    return Counts(Operation(operation.name, operation.header_counts, exclusive=operation.exclusive))


class Answer:
    """Feeds one call with what its answer says, and settles it when the answer ends.

    The headers and the last chunk of a stream repeat what the body says, or say it where the body does not: they stand in
    for what the body leaves out, and never add to it.
    """

    def __init__(self, call: Call, cloud: Cloud) -> None:
        self.call, self.cloud = call, cloud
        self.known = call.operation is not cloud.unknown and call.operation not in cloud.makers
        self.reading = False
        """The next frame is being waited for."""
        self.instead: Usage | None = None
        self.said: Usage | None = None

    @shield("headers")
    def headers(self, headers: Mapping[str, Any]) -> None:
        """The counts and the tier in the response's headers."""
        own = self.cloud.unknown
        for name, header in own.headers.items():
            if isinstance(value := headers.get(header), str):
                setattr(self.call, name, value)
        stated = {header: int(value) for header in own.header_counts.values() if (value := str(headers.get(header))).isdecimal()}
        self.stand_in(_beside(own), stated)
        usage = self.instead
        if usage is not None and (usage.output_tokens is not None or not self.call.operation.has_output):
            self.call.terminal = True  # all there is to know, even if nobody reads the body

    def stand_in(self, counts: Counts, stated: object) -> None:
        """Counts beside the body, for what it leaves out."""
        usage, _ = counts.read(stated)
        if usage is not None:
            self.instead = usage if self.instead is None else self.instead | usage
            self.fill()

    def see(self, value: object) -> None:
        """A body, or one chunk of a stream."""
        call = self.call
        if not self.known:
            dialect = bodies.dialect_of([value], self.cloud.seller, self.cloud.api)
            if dialect is not None and dialect.operation is not self.cloud.unknown and bodies.Seen([value]).fits(dialect):
                call.operation, self.known = dialect.operation, True
        call.usage = self.said
        reader(call.operation).see(call, value)
        self.said = call.usage
        metrics = walk(value, self.cloud.unknown.usage)
        if metrics is not None:
            self.stand_in(reader(self.cloud.unknown).counts, metrics)
            call.terminal = True
        self.fill()

    def fill(self) -> None:
        """What the body has not said is taken from beside it; a body that talks nonsense is not made good."""
        call, said, instead = self.call, self.said, self.instead
        if instead is None or call.invalid:
            return
        if said is None:
            call.usage = instead
        elif said.input_tokens is None and instead.input_tokens is not None:
            call.usage = instead._replace(output_tokens=said.output_tokens or instead.output_tokens)
        elif said.output_tokens is None and call.operation.has_output:
            call.usage = said._replace(output_tokens=instead.output_tokens)

    # ---------------------------------------------------------------------------------------------- a whole body

    def whole(self, content: bytes) -> None:
        """The body was read to its end."""
        self.read(content)
        self.call.settle("completed")

    @shield("read")
    def read(self, content: bytes) -> None:
        """A whole JSON body."""
        value = parsed(content)
        if value is not None:
            self.see(value)

    def broke(self, error: BaseException) -> None:
        """The body broke off."""
        self.call.settle("failed", error)

    def left(self) -> None:
        """Nobody reads on: completed if all is known. A library that closes while it reads has met an error, or the end."""
        if not self.reading:
            self.call.left()

    # ---------------------------------------------------------------------------------------------- a stream

    @shield("read")
    def frame(self, frame: Any) -> None:
        """A frame of an event stream passes. The one with the usage is the last."""
        call = self.call
        if call.settled:
            return
        call.last_ns = time_ns()
        headers = cast("Mapping[str, Any]", frame.headers)
        kind = headers.get(":event-type")
        if headers.get(":message-type") != "event":
            call.error_type = str(headers.get(":exception-type") or headers.get(":error-code"))
            call.settle("failed")
        elif kind == self.cloud.chunk:
            content = base64.b64decode(json.loads(frame.payload)["bytes"])
            if COUNTED in content:
                self.see(json.loads(content))
        elif kind == self.cloud.last:
            self.see({kind: json.loads(frame.payload)})
            call.terminal = True
        if call.terminal:
            call.settle("completed")


class Frames:
    """Stands in for the private iterator of an event stream, below the parser. As the SDK's own it may be left and resumed."""

    __slots__ = ("_answer", "_frames")

    def __init__(self, frames: Any, answer: Answer) -> None:
        self._frames, self._answer = frames, answer
        pending.opened(answer.call)

    def __del__(self) -> None:
        self._left()

    @shield("close")
    def _left(self) -> None:
        self._answer.left()


class SyncFrames(Frames):
    """For botocore."""

    __slots__ = ()

    def __iter__(self) -> SyncFrames:
        return self

    def __next__(self) -> Any:
        answer = self._answer
        answer.reading = True
        try:
            frame = next(self._frames)
        except StopIteration:
            answer.call.settle("completed")
            raise
        except BaseException as error:
            answer.broke(error)
            raise
        finally:
            answer.reading = False
        answer.frame(frame)
        return frame


class AsyncFrames(Frames):
    """For aiobotocore."""

    __slots__ = ()

    def __aiter__(self) -> AsyncFrames:
        return self

    async def __anext__(self) -> Any:
        answer = self._answer
        answer.reading = True
        try:
            frame = await anext(self._frames)
        except StopAsyncIteration:
            answer.call.settle("completed")
            raise
        except BaseException as error:
            answer.broke(error)
            raise
        finally:
            answer.reading = False
        answer.frame(frame)
        return frame


def tap_frames(stream: Any, answer: Answer) -> None:
    """Watches the frames of an `EventStream`; type() and `for` stay the SDK's."""
    frames = stream._event_generator
    stream._event_generator = (AsyncFrames if hasattr(frames, "__anext__") else SyncFrames)(frames, answer)
