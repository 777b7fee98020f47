"""A vendor on the loopback interface: answers as OpenAI and Anthropic do, and keeps the bills that a test compares with."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from otel_tokens.testing import wire_anthropic as anthropic
from otel_tokens.testing import wire_openai as openai
from otel_tokens.testing.wire import Answer, Billed, Memory, Refusal, Request, Seen, Style, as_dict, digest, read_body
from otel_tokens.testing.wire_amazon import as_amazon, style_of
from otel_tokens.testing.wire_http import Loopback

__all__ = ["Billed", "Seen", "Vendor"]

_DATA_ONLY: Final = ("/completions", "/audio/transcriptions", "/audio/speech")


@dataclass(frozen=True, slots=True)
class _Script:
    """A queued reply; without content and with status 200 it only changes how the synthesised answer travels."""

    status: int
    json: object | None
    body: bytes | None
    sse: Sequence[object] | None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut_after: int | None = None
    delay: float = 0.0
    gzip: bool = False

    @property
    def empty(self) -> bool:
        return self.json is None and self.body is None and self.sse is None

    @property
    def travels(self) -> bool:
        return self.empty and self.status == 200


class Vendor:
    """A loopback server that speaks OpenAI's and Anthropic's HTTP APIs (also Azure, Bedrock, Vertex and Foundry paths).

    `seed` changes every synthesised text and count; `pace` is the time in seconds between the chunks of a stream.
    Use it as a context manager, or call `close()`. An OpenAI client takes `url + "/v1"`, an Anthropic client `url`.

    `billed` grows before the first byte of an answer leaves: a client that goes away is billed in full. `requests`
    holds every request, the refused ones too. A model named …missing… is a 404, …flaky… a 429 once per prompt.
    """

    def __init__(self, *, seed: int = 0, pace: float = 0.0) -> None:
        self.billed: list[Billed] = []
        self.requests: list[Seen] = []
        self._memory = Memory(seed)
        self._scripts: deque[_Script] = deque()
        self._http = Loopback(self._answer, pace)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def reply(
        self,
        *,
        status: int = 200,
        json: object | None = None,
        body: bytes | None = None,
        sse: Sequence[object] | None = None,
        headers: Mapping[str, str] | None = None,
        cut_after: int | None = None,
        delay: float = 0.0,
        gzip: bool = False,
        times: int = 1,
    ) -> None:
        """Queue a reply for the next `times` requests, whatever their path.

        `sse` is a list of events: dicts are framed as the path demands (`[DONE]` follows on completions if the last one is
        a dict), str and bytes go out verbatim. `cut_after` ends the connection after so many chunks (pieces of 64 bytes of
        a plain body). `delay` is in seconds. Without content the status alone speaks: an error in the vendor's format, or, at
        200, the synthesised answer with these headers, cut, delay and compression. What a scripted 2xx answer to a POST
        states as usage, up to the cut, is billed.
        """
        script = _Script(status, json, body, sse, dict(headers or {}), cut_after, delay, gzip)
        self._scripts.extend([script] * times)

    def fail(self, status: int = 429, times: int = 1, headers: Mapping[str, str] | None = None) -> None:
        """Queue `times` errors in the vendor's format; `retry-after-ms: 1` unless the headers say otherwise."""
        self.reply(status=status, times=times, headers={"retry-after-ms": "1", **(headers or {})})

    def close(self) -> None:
        """Stop at once: open connections are cut, waiting streams end. A second call does nothing."""
        self._http.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _answer(self, seen: Seen) -> Answer:
        self.requests.append(seen)
        try:
            script: _Script | None = self._scripts.popleft()
        except IndexError:
            script = None
        answer = self._synthesise(seen) if script is None or script.travels else _scripted(seen, script)
        if script is not None:
            answer.headers |= script.headers
            answer.cut_after, answer.delay, answer.gzip = script.cut_after, script.delay, script.gzip
        self.billed += answer.bills
        return answer

    def _synthesise(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        try:
            body, uploads = read_body(seen.headers.get("content-type", ""), seen.body)
            key = digest(seen.method, seen.path, seen.body)
            request = Request(seen.method, parts.path, key, dict(parse_qsl(parts.query)), seen.headers, body, uploads)
            vendor = anthropic if anthropic.speaks(parts.path, seen.headers) else openai
            answer = vendor.answer(request, self._memory)
        except Refusal as refusal:
            answer = _refused(seen, refusal)
        name = self._memory.fresh("req_", Request(seen.method, parts.path, digest(seen.body)))
        answer.headers.setdefault("request-id" if anthropic.speaks(parts.path, seen.headers) else "x-request-id", name)
        return answer


def _refused(seen: Seen, refusal: Refusal) -> Answer:
    path = urlsplit(seen.path).path
    answer = anthropic.error(refusal, path) if anthropic.speaks(path, seen.headers) else openai.error(refusal)
    return as_amazon(answer, path, str(refusal))


def _scripted(seen: Seen, script: _Script) -> Answer:
    if script.empty and script.status >= 400:
        return _refused(seen, Refusal(script.status, f"Scripted error {script.status}."))
    path = urlsplit(seen.path).path
    answer = Answer(script.status, script.json, script.body, headers={})
    if script.sse is not None:
        answer.events, answer.style = list(script.sse), _style(path)
        if path.endswith("/completions") and script.sse and isinstance(script.sse[-1], dict):
            answer.events = [*script.sse, "data: [DONE]\n\n"]
    if seen.method == "POST" and script.status < 300:
        stated = script.sse[: script.cut_after] if script.sse is not None else [script.json]
        answer.bills = _stated(seen, path, stated, stream=script.sse is not None)
    return answer


def _style(path: str) -> Style:
    if framed := style_of(path):
        return framed
    return "data" if path.endswith(_DATA_ONLY) else "event"


def _stated(seen: Seen, path: str, payloads: Sequence[object], *, stream: bool) -> list[Billed]:
    """The bill that a scripted answer states: later news of a field replace earlier ones; none without a usage object."""
    usage: dict[str, object] = {}
    named: dict[str, Any] = {}
    for payload in map(as_dict, payloads):
        for holder in (payload, *(as_dict(payload.get(name)) for name in ("message", "response", "metadata"))):
            usage |= {name: value for name, value in as_dict(holder.get("usage")).items() if value is not None}
            named |= {name: holder[name] for name in ("model", "service_tier") if holder.get(name)}
    if not usage:
        return []
    asked = as_dict(_parsed(seen))
    tier = named.get("service_tier") or usage.get("service_tier")
    model = str(named.get("model") or asked.get("model") or "")
    return [Billed(path, model, str(tier) if tier else None, usage, stream, batch=False)]


def _parsed(seen: Seen) -> object:
    try:
        return seen.json()
    except ValueError:
        return None
