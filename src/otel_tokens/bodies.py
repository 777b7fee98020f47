"""Reads a raw answer as the vendor sent it (a body, the events of a stream, a line of a batch) into a `Call` to be priced.

Which dialect it speaks: of those whose marks are in the answer, first the ones that go by the name of the API, then the
ones that are not another seller's, then the order of `providers.dialects`. The shape always wins over the name, because
whether cached tokens are inside the input is a matter of the shape. Where no shape fits, the name alone decides (an answer
that states no usage is then read as one); where that is missing too, there is a reason in place of an answer, never a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from otel_tokens.counts import Counts
from otel_tokens.paths import every, field, fields_of, money
from otel_tokens.providers.dialects import COST_HEADERS, DIALECTS
from otel_tokens.spec import Dialect, Operation, Turn
from otel_tokens.types import NOTHING, Call, Unpriced
from otel_tokens.usage import reader

FAILED = Unpriced("failed without usage")
UNKNOWN = Unpriced("unknown kind of answer")
SEVERAL = Unpriced("several answers in one body")
NONE: Mapping[str, str] = {}


def read(
    seller: str,
    api: str | None,
    body: object,
    *,
    headers: Mapping[str, str] | None = None,
    request: object = None,
    model: str | None = None,
    host: str | None = None,
    tier: str | None = None,
    speed: str | None = None,
    geo: str | None = None,
    batch: bool = False,
    at: int = 0,
) -> Call | Unpriced:
    """What `seller` billed for one answer, as a settled call for `bill.priced(call, bill.total_usage(call), None)`.

    `api` is a loose hint ("chat.completions", "/v1/messages", "generateContent"); `body` JSON values or their text, a list of
    events in order, or a line of a batch's results; `headers` those of the response. `model`, `tier`, `speed` and `geo` are
    what was asked for: what the answer says goes before them. `request` is the request's body, for what is billed by it.
    `at` is when the call began, Unix time in nanoseconds. An `Unpriced` says why the answer cannot be read.
    """
    body, said, batched = unwrapped(parsed(body))
    events = cast("list[object]", body) if isinstance(body, list) else [body]
    dialect = dialect_of(events, seller, api)
    if dialect is None:
        return FAILED if any(every(event, "error|result.type") for event in events) else UNKNOWN
    call = Call(None, dialect.operation, _settled)
    call.seller, call.host, call.request_model, call.started_ns = seller, host, model, at
    call.service_tier, call.speed, call.geo, call.batch = tier, speed, geo, batch or batched
    lowered = {name.lower(): value for name, value in {**said, **(headers or NONE)}.items()}
    if dialect.operation.turns is not None:
        hear(call, dialect.operation.turns, events)
    elif not see(call, events):
        return SEVERAL
    read_rest(call, events, request, lowered, streamed=isinstance(body, list))
    return call


def parsed(body: object) -> object:
    """The value of a body that is still text: JSON, or the data of server-sent events in order. None when it is neither."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if not isinstance(body, str):
        return list(cast("tuple[object, ...]", body)) if isinstance(body, tuple) else body
    try:
        return json.loads(body)
    except ValueError:
        lines = (line[5:].strip() for line in body.splitlines() if line.startswith("data:"))
        return [value for line in lines if (value := _value(line)) is not None]


def unwrapped(body: object) -> tuple[object, Mapping[str, str], bool]:
    """The answer inside a line of a batch or a recorded exchange, the headers beside it, and whether it is a batch's."""
    said, batch = NONE, False
    for _ in range(3):
        fields = fields_of(body)
        result, response = field(fields.get("result"), "message"), fields.get("response")
        inner = fields.get("body")
        if isinstance(inner, (dict, list, str)):
            # A recorded exchange has its headers; the response in a line of a batch never does.
            kept = fields.get("headers")
            said, batch = (cast("Mapping[str, str]", kept), batch) if isinstance(kept, dict) else (said, True)
            body = parsed(cast("object", inner))
        elif result is not None or "modelOutput" in fields:
            body, batch = (fields["modelOutput"] if result is None else result), True
        elif "type" not in fields and (field(response, "body") is not None or every(response, "usageMetadata|usage_metadata")):
            body, batch = response, True
        else:
            break
    return body, said, batch


def dialect_of(events: Iterable[object], seller: str, api: str | None) -> Dialect | None:
    """The dialect of an answer: by its shape, then the name of the API, then the seller; by the name alone if no shape fits."""
    seen = Seen(events)
    name, who = named(api or ""), _plain(seller)
    found = [dialect for dialect in DIALECTS if seen.fits(dialect)]
    if not found and name:
        found = [dialect for dialect in DIALECTS if name in dialect.apis.split()]

    def rank(dialect: Dialect) -> tuple[bool, bool]:
        sold = not dialect.sellers or any(part in who for part in dialect.sellers.split())
        return name in dialect.apis.split(), sold

    return max(found, key=rank, default=None)  # the first of equals


class Seen:
    """The events of an answer by the names in them, so that a mark is looked for only where it can be, and only once."""

    def __init__(self, events: Iterable[object]) -> None:
        self.named: dict[str, list[object]] = {}
        self.known: dict[str, bool] = {}
        for event in events:
            for name, value in fields_of(event).items():
                if value is not None:
                    self.named.setdefault(name, []).append(event)

    def fits(self, dialect: Dialect) -> bool:
        """Whether all of a dialect's marks are there, and nothing that it lacks."""
        return all(self.has(mark) for mark in dialect.marks.split()) and not (dialect.lacks and self.has(dialect.lacks))

    def has(self, mark: str) -> bool:
        """Whether any alternative of a mark leads anywhere, in any event."""
        found = self.known.get(mark)
        if found is None:
            found = self.known[mark] = any(self._leads(*option.partition("=")[::2]) for option in mark.split("|"))
        return found

    def _leads(self, path: str, text: str) -> bool:
        events = self.named.get(path.partition(".")[0].removesuffix("[]"), ())
        return any(not text or text in found for event in events if (found := every(event, path)))


@lru_cache(maxsize=1024)
def named(api: str) -> str:
    """The name that an API goes by in the table: the end of what people write, of a URL's path without what follows it."""
    known = {name for dialect in DIALECTS for name in dialect.apis.split()}
    segments = api.partition("?")[0].split("/")
    while segments:
        text = _plain("".join(segments))
        for shorter in (text, re.sub(r"(?:async|create|parse|complete|stream)+$", "", text)):
            if ends := [name for name in known if shorter.endswith(name)]:
                return max(ends, key=len)
        segments.pop()
    return ""


def see(call: Call, events: list[object]) -> bool:
    """One answer, or the events of one stream; False when they turn out to be several answers."""
    read_one, idents = reader(call.operation), set[str]()
    for event in events:
        read_one.see(call, event)
        if call.response_id:
            idents.add(call.response_id)
    return len(idents) < 2


def hear(call: Call, turns: Mapping[str, Turn], events: list[object]) -> None:
    """A session: every bill in it is a part of the call, for the model that the session last named."""
    call.parts = []
    models = dict.fromkeys(turns, call.request_model if len(turns) == 1 else None)
    first = next(iter(turns))
    models[first] = models[first] or call.request_model
    for event in events:
        for kind, turn in turns.items():
            models[kind] = next((name for name in every(event, turn.model) if type(name) is str), models[kind])
        said = str(field(event, "type"))
        kind = said if said in turns else "" if "" in turns else first if "type" not in fields_of(event) else None
        if kind is None:
            continue
        one = Call(None, turns[kind].operation, _settled)
        read_one = reader(one.operation)
        read_one.see(one, event)
        if read_one.rest:
            read_one.see_rest(one, event, None)
        call.invalid, call.service_tier = call.invalid or one.invalid, one.service_tier or call.service_tier
        if one.usage:
            call.parts.append((one.response_model or models[kind], one.usage))


def read_rest(call: Call, events: list[object], request: object, headers: Mapping[str, Any], *, streamed: bool) -> None:
    """What the body left open: the headers, the request, how a stream ended, and whether the numbers contradict each other."""
    operation: Operation = call.operation
    read_one = reader(operation)
    if read_one.rest:
        read_one.see_rest(call, events[-1] if events else None, request)
    for name, header in operation.headers.items():
        if isinstance(headers.get(header), str):
            setattr(call, name, headers[header])
    if operation.header_counts and not (call.usage or call.parts or call.invalid):
        stated = {name: int(value) for name, value in headers.items() if str(value).isdecimal()}
        rule = Operation(operation.name, operation.header_counts, exclusive=True)
        call.usage, call.invalid = Counts(rule).read(stated)
    for name, unit in COST_HEADERS.items():
        if call.reported is None and not streamed:
            call.reported = money(headers.get(name), unit)
    if streamed and operation.terminal and not call.terminal:
        call.outcome = "abandoned"
    if call.failed:
        call.outcome = "failed"
    usages = [usage for _, usage in call.parts] if call.parts else [call.usage or NOTHING]
    call.invalid = call.invalid or any(usage.leaves() is None for usage in usages)


def _settled(*_: object) -> None:
    """A call that was read from a file was settled long ago."""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _value(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None  # [DONE], or a line that was cut
