"""Reads raw bodies while the user does: JSON when it is whole, server-sent events and JSON lines as they pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from otel_tokens.guard import shield
from otel_tokens.types import Call

MOST = 8 << 20
"""Bytes of one answer, or of one line, that are kept to read usage from; beyond that the usage is unknown."""


class Decoder:
    """Feeds `see` with every parsed value of one call's body. `lines`: each line is a value of its own (a batch's results)."""

    def __init__(
        self,
        call: Call,
        see: Callable[[Any], None],
        *,
        lines: bool = False,
        sentinel: bytes = b"",
        inflate: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.call, self.see, self.lines, self.sentinel, self.inflate = call, see, lines, sentinel, inflate
        self.kept: list[bytes] = []
        self.size = 0

    @shield("read")
    def feed(self, data: bytes) -> None:
        """Some bytes pass on their way to the user."""
        self.size += len(data)
        if self.size > MOST and not self.lines:
            self.kept.clear()
            return
        self.kept.append(data)
        if self.lines and self.inflate is None and b"\n" in data:
            *whole, rest = b"".join(self.kept).split(b"\n")
            self.kept = [rest]
            self._values(whole)

    @shield("read")
    def end(self) -> None:
        """No more bytes come: the answer ended, or was left. Safe to call twice."""
        kept, self.kept = b"".join(self.kept), []
        if not kept:
            return
        if self.inflate is not None:
            kept = self.inflate(kept)
        if self.lines:
            self._values(kept.split(b"\n"))
        elif kept.lstrip()[:1] in (b"{", b"["):
            self.call.terminal = self._values([kept]) == 1
        else:
            self._values([line[5:] for line in kept.split(b"\n") if line.startswith(b"data:") and b'"usage"' in line])
            if self.sentinel and self.sentinel in kept[-8192:]:
                self.call.terminal = True

    def _values(self, lines: list[bytes]) -> int:
        """How many of these were whole; the last one of an answer that was left may be cut."""
        seen = 0
        for line in lines:
            if line.strip():
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                self.see(value)
                seen += 1
        return seen


def inflater(response: Any) -> Callable[[bytes], bytes] | None:
    """How to undo the body's compression, by the HTTP library's own public means: a throw-away response of the same type."""
    encoding = response.headers.get("content-encoding")
    if not encoding:
        return None
    return lambda data: type(response)(200, headers={"content-encoding": encoding}, content=data).content
