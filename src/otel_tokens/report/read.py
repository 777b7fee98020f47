"""Reads OTLP/JSON lines: our own run files, and whatever a Collector's file exporter wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

JSON = dict[str, Any]


@dataclass(slots=True)
class Span:
    """One recorded span: hex ids, Unix nanoseconds, plain attribute values."""

    trace: str
    id: str
    parent: str
    name: str
    start: int
    end: int
    failed: bool
    attributes: dict[str, Any]
    service: str
    process: str
    scope: str = ""
    """The name of the instrumentation scope that made it."""


@dataclass(slots=True)
class Recording:
    """What was found in some files; `broken` counts the lines that are not what they should be."""

    spans: list[Span] = field(default_factory=list[Span])
    files: list[Path] = field(default_factory=list[Path])
    broken: list[str] = field(default_factory=list[str])
    """`file:line` of what could not be read; the rest was."""


def read(paths: Iterable[Path]) -> Recording:
    """Reads files, and of directories the `traces*` files in them. A span that is there twice is counted once."""
    found = Recording()
    once: dict[tuple[str, str], Span] = {}
    for path in _files(paths):
        found.files.append(path)
        for where, request in _lines(path, found.broken):
            try:
                spans = list(_spans(request))
            except (AttributeError, TypeError, ValueError, KeyError):
                found.broken.append(where)
                continue
            for span in spans:
                once.setdefault((span.trace, span.id), span)
    found.spans = list(once.values())
    return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.glob("*.json*") if not one.name.startswith("metrics"))
        else:
            yield path


def _lines(path: Path, broken: list[str]) -> Iterator[tuple[str, JSON]]:
    """Each JSON document: a line, or the whole file when it is one indented document."""
    text = path.read_bytes().decode("utf-8", "replace")
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        yield f"{path.name}:1", cast("JSON", whole)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            document = json.loads(line)
        except ValueError:
            broken.append(where)
            continue
        if isinstance(document, dict):
            yield where, cast("JSON", document)
        else:
            broken.append(where)


def _spans(request: JSON) -> Iterator[Span]:
    for group in as_list(request, "resourceSpans"):
        resource = plain(as_list(group.get("resource"), "attributes"))
        service = str(resource.get("service.name") or "")
        process = str(resource.get("service.instance.id") or resource.get("process.pid") or service)
        for scope in as_list(group, "scopeSpans"):
            named: JSON = scope.get("scope") or {}
            made_by = str(named.get("name") or "")
            for one in as_list(scope, "spans"):
                yield _span(one, service, process, made_by)


def _span(one: JSON, service: str, process: str, scope: str) -> Span:
    status: JSON = one.get("status") or {}
    return Span(
        trace=str(one["traceId"]),
        id=str(one["spanId"]),
        parent=str(one.get("parentSpanId") or ""),
        name=str(one.get("name") or ""),
        start=int(one.get("startTimeUnixNano") or 0),
        end=int(one.get("endTimeUnixNano") or 0),
        failed=status.get("code") in (2, "STATUS_CODE_ERROR"),
        attributes=plain(as_list(one, "attributes")),
        service=service,
        process=process,
        scope=scope,
    )


def as_list(holder: JSON | None, name: str) -> list[JSON]:
    """A repeated field; absent is empty."""
    return (holder or {}).get(name) or []


def plain(attributes: Iterable[JSON]) -> dict[str, Any]:
    """KeyValues as a dict of plain values."""
    return {one["key"]: _value(one.get("value") or {}) for one in attributes}


def _value(given: JSON) -> Any:
    kind: str
    inner: Any
    kind, inner = next(iter(given.items()), ("", ""))
    if kind == "intValue":
        return int(inner)
    if kind == "doubleValue":
        return float(inner)
    if kind == "arrayValue":
        return [_value(one) for one in as_list(inner, "values")]
    return inner
