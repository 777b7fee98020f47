"""The shapes that pass between the loopback server and the bodies it speaks: a request in, an answer out, a bill."""

from __future__ import annotations

import hashlib
import json as jsonlib
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

JSON = dict[str, Any]
Style = Literal["data", "event", "aws", "converse"]

_DISPOSITION = re.compile(rb'name="([^"]*)"(?:;\s*filename="([^"]*)")?', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


@dataclass(frozen=True)
class Billed:
    """One bill: what the vendor charges for an answer, whether or not the answer says so.

    `usage` has the vendor's own field names. `path` has no query. `service_tier` is None where the API has no tiers.
    """

    path: str
    model: str
    service_tier: str | None
    usage: dict[str, object]
    stream: bool
    batch: bool


@dataclass(frozen=True)
class Seen:
    """One request as it came in: `path` with its query, header names in lower case, the body as bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return jsonlib.loads(self.body)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart request: the field it came in, its name, its bytes."""

    field: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request after reading: `path` without query, `body` the JSON object or the multipart fields, `key` a digest of it all."""

    method: str
    path: str
    key: str
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: JSON = field(default_factory=dict[str, Any])
    uploads: tuple[Upload, ...] = ()
    batch: bool = False

    @property
    def model(self) -> str:
        """The requested model; "" when there is none."""
        return str(self.body.get("model") or "")

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for; a multipart field says it as text."""
        return self.body.get("stream") in (True, "true")


@dataclass(slots=True)
class Answer:
    """What goes back: `json`, `body` or `events`; `bills` are booked before the first byte leaves."""

    status: int = 200
    json: object | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    events: Sequence[object] | None = None
    style: Style = "event"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    bills: list[Billed] = field(default_factory=list[Billed])
    cut_after: int | None = None
    delay: float = 0.0
    gzip: bool = False


class Refusal(Exception):
    """An answer with an error status; each vendor puts it in its own format."""

    def __init__(self, status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


class Memory:
    """All that the server remembers between requests: prefixes it has cached, things it keeps by id, how often it saw a key."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.lock = threading.RLock()
        self.prefixes: set[str] = set()
        self.kept: dict[str, Any] = {}
        self._counts: Counter[str] = Counter()

    def nth(self, key: str) -> int:
        """How often this key was asked about before: 0 the first time."""
        with self.lock:
            self._counts[key] += 1
            return self._counts[key] - 1

    def fresh(self, prefix: str, request: Request) -> str:
        """A new id: unique in this server, the same in every run that sends the same requests."""
        key = digest(self.seed, prefix, request.key)
        return prefix + digest(key, self.nth(key))

    def keep(self, name: str, thing: Any) -> None:
        """Remember a thing by its id."""
        with self.lock:
            self.kept[name] = thing

    def find(self, name: str, kind: type[Any]) -> Any:
        """The thing kept under an id; raises Refusal 404 when there is none of that kind."""
        thing = self.kept.get(name)
        if not isinstance(thing, kind):
            raise Refusal(404, f"No {kind.__name__.lower()} found with id '{name}'.", "not_found")
        return cast("Any", thing)


def digest(*parts: object) -> str:
    """24 hex digits that depend on nothing but the parts."""
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def as_dict(value: object) -> JSON:
    """The value if it is a JSON object, else an empty one."""
    return cast("JSON", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def read_body(content_type: str, raw: bytes) -> tuple[JSON, tuple[Upload, ...]]:
    """The fields and files of a JSON or multipart body; raises Refusal 400 when JSON does not parse to an object."""
    if content_type.startswith("multipart/form-data"):
        return _multipart(content_type, raw)
    if not raw:
        return {}, ()
    try:
        parsed: object = jsonlib.loads(raw)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(400, "We could not parse the JSON body of your request.", "invalid_json")
    return as_dict(cast("object", parsed)), ()


def _multipart(content_type: str, raw: bytes) -> tuple[JSON, tuple[Upload, ...]]:
    found = _BOUNDARY.search(content_type)
    fields: JSON = {}
    uploads: list[Upload] = []
    for part in raw.split(b"--" + (found[1] if found else "").encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = _DISPOSITION.search(head)
        if named is None:
            continue
        name, content = named[1].decode(), content.removesuffix(b"\r\n")
        if named[2] is None:
            fields[name] = content.decode()
        else:
            uploads.append(Upload(name, named[2].decode(), content))
    return fields, tuple(uploads)


def refuse_once(request: Request, memory: Memory) -> None:
    """Raises Refusal 429 the first time that a `…flaky…` model gets this prompt; a line of a batch is never refused."""
    if "flaky" not in request.model + request.path or request.batch:
        return
    prompt = [request.body.get(name) for name in ("messages", "input", "prompt", "system", "instructions")]
    if memory.nth(digest("flaky", request.model, jsonlib.dumps(prompt))) == 0:
        raise Refusal(429, f"Rate limit reached for {request.model or 'model'}.", headers={"retry-after-ms": "1"})


def bill(request: Request, model: str, usage: Mapping[str, object], tier: str | None = None, *, stream: bool = False) -> Billed:
    """The bill for one answer to this request."""
    return Billed(request.path, model, tier, dict(usage), stream, request.batch)
