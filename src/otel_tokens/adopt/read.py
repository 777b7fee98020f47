"""What a span that somebody else made says of a call or a step, whatever dialect it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from otel_tokens.adopt.dialects import ANY, CALL, DIALECTS, EMBEDDINGS, LATE, MARKS, Dialect
from otel_tokens.paths import count
from otel_tokens.spec import Operation
from otel_tokens.types import Call, Usage

OUTSIDE = "cached tokens are outside the input count"
CHAT = Operation("chat")
EMBED = Operation("embeddings", has_output=False)


class Said(NamedTuple):
    """One span of somebody else's, in our words."""

    dialect: str
    kind: str
    """`call`, or the operation of a step: invoke_workflow, invoke_agent, execute_tool."""
    name: str
    """Of a step."""
    operation: Operation = CHAT
    request_model: str | None = None
    response_model: str | None = None
    provider: str = ""
    host: str | None = None
    port: int | None = None
    id: str | None = None
    service_tier: str | None = None
    conversation: str | None = None
    usage: Usage | None = None
    invalid: bool = False
    doubt: str | None = None
    """Why a cost from this usage is an estimate."""


def speaks(names: Iterable[str]) -> bool:
    """Whether any of a span's attributes belongs to a dialect: the cheap question, asked of every span."""
    return any(name.startswith(MARKS) for name in names)


def may_say_later(scope: str) -> bool:
    """Whether spans of this scope may turn out to be steps only when they end."""
    return scope.startswith(LATE)


def kind_of(attributes: Mapping[str, Any], scope: str) -> tuple[Dialect, str] | None:
    """The dialect that a span speaks, and what it stands for; None for a span that is neither a call nor a step."""
    for dialect in DIALECTS:
        if dialect.scopes and not scope.startswith(dialect.scopes):
            continue
        kind = _kind(attributes, dialect)
        if kind is not None:
            return dialect, kind
    return None


def _kind(attributes: Mapping[str, Any], dialect: Dialect) -> str | None:
    for mark, kinds in dialect.marks:
        value = attributes.get(mark)
        if value is not None:
            return kinds.get(str(value)) or kinds.get(ANY)
    return None


def told(attributes: Mapping[str, Any], scope: str, name: str) -> Said | None:
    """Everything that a span says; None for a span that is neither a call nor a step."""
    found = kind_of(attributes, scope)
    if found is None:
        return None
    dialect, kind = found
    conversation = _text(attributes, dialect.conversation)
    if kind != CALL:
        return Said(dialect.name, kind, _text(attributes, dialect.names.get(kind, "")) or name, conversation=conversation)
    asked, served = _text(attributes, dialect.request_model), _text(attributes, dialect.response_model)
    provider = _text(attributes, dialect.provider) or ""
    usage, invalid, doubt = _usage(attributes, dialect, scope)
    if usage is None and not invalid and asked is None and served is None:
        return None  # no model and no count: nothing that could ever be a bill
    embeds = _text(attributes, dialect.operation) in EMBEDDINGS
    return Said(
        dialect.name, kind, name, EMBED if embeds else CHAT, asked, served, provider,
        *_where(attributes, dialect), _text(attributes, dialect.id), _text(attributes, dialect.service_tier), conversation,
        usage, invalid, doubt,
    )  # fmt: skip


def call_of(said: Said) -> Call:
    """A call of which only a span is known; who sells it, and when it was, is for the caller to say."""
    call = Call(None, said.operation, _settled)
    call.request_model, call.response_model, call.response_id = said.request_model, said.response_model, said.id
    call.host, call.port, call.service_tier, call.conversation = said.host, said.port, said.service_tier, said.conversation
    call.usage, call.invalid, call.doubt, call.owned = said.usage, said.invalid, said.doubt, False
    return call


def _settled(*_: object) -> None:
    """A call that only a span tells of has ended before we hear of it."""


def _usage(attributes: Mapping[str, Any], dialect: Dialect, scope: str) -> tuple[Usage | None, bool, str | None]:
    """The counts, whether one of them is not a count, and why they are in doubt."""
    found: dict[str, int] = {}
    for field, names in dialect.counts.items():
        value = _first(attributes, names)
        if value is not None:
            number = count(value)
            if number is None:
                return None, True, None
            found[field] = number
    if not found:
        return None, False, None
    cached = found.get("cache_read_tokens", 0) + found.get("cache_write_tokens", 0)
    doubt = dialect.unclear if not cached else None
    given = found.get("input_tokens")
    if given is not None and cached:
        known = any(part in scope for part in dialect.exclusive)
        if known or cached > given:
            found["input_tokens"] = given + cached
            doubt = None if known else OUTSIDE
    usage = Usage(**found)
    return usage, usage.leaves() is None, doubt


def _where(attributes: Mapping[str, Any], dialect: Dialect) -> tuple[str | None, int | None]:
    """Host and port; some write the whole address of the server."""
    host, port = _text(attributes, dialect.host), count(_first(attributes, dialect.port))
    if host and "://" in host:
        try:
            parts = urlsplit(host)
            return parts.hostname, parts.port or port
        except ValueError:
            return None, None
    return host, port


def _text(attributes: Mapping[str, Any], names: str) -> str | None:
    value = _first(attributes, names)
    return value if isinstance(value, str) and value else None


def _first(attributes: Mapping[str, Any], names: str) -> Any:
    for name in _split(names):
        value = attributes.get(name)
        if value is not None:
            return value
    return None


@cache
def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split("|"))
