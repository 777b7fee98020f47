"""Looks along declared paths into parsed models and raw JSON alike; never calls a property, never raises for odd data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

MOST = 1 << 40
"""A count above this (a trillion) is garbage, not usage."""

Names = tuple[str, ...]


def fields_of(value: object) -> Mapping[str, Any]:
    """The fields of a parsed model or of raw JSON; empty for anything else. Never calls a property."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return getattr(value, "__dict__", None) or {}


def field(value: object, name: str) -> Any:
    """One access for a parsed model and for raw JSON, None when absent. What a model does not declare is in its extras."""
    fields = fields_of(value)
    found = fields.get(name)
    if found is None and name not in fields:
        extra = getattr(value, "__pydantic_extra__", None)
        return extra.get(name) if extra else None
    return found


@cache
def split(path: str) -> tuple[Names, ...]:
    """A declared path, as its alternatives, each as its names."""
    return tuple(tuple(name for name in option.split(".") if name) for option in path.split("|"))


def walk(value: object, path: str) -> Any:
    """What is at the first alternative of a path that leads anywhere; None when none does."""
    for names in split(path):
        found = value
        for name in names:
            found = field(found, name)
            if found is None:
                break
        if found is not None:
            return found
    return None


def every(value: object, path: str) -> list[Any]:
    """All that is at the first alternative of a wide path that leads anywhere: `NAME[]` goes into each entry of a list."""
    found: list[Any] = []
    for names in _wide(path):
        found = [value]
        for name, listed in names:
            found = [inner for outer in found if (inner := field(outer, name)) is not None]
            if listed:
                found = [entry for outer in found if isinstance(outer, list) for entry in cast("list[Any]", outer)]
            if not found:
                break
        if found:
            break
    return found


@cache
def _wide(path: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """A wide path, as its alternatives, each as its names and whether they are lists to go into."""
    return tuple(tuple((name.removesuffix("[]"), name.endswith("[]")) for name in names) for names in split(path))


def count(value: object) -> int | None:
    """A usable count: a whole number from 0 to a trillion. None for anything else, True and "12" included."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MOST else None


def money(value: object, unit: int) -> int | None:
    """A stated cost in femto-USD; None for zero (it says nothing), negative, or not a number."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value * unit < 1e24:
        return None
    return round(value * unit)


def measure(source: object, path: str) -> int | None:
    """What a rule finds, None when it is nothing that can be counted.

    `len:PATH` the length of a text or a list; `ms:PATH` seconds there, as milliseconds; `count:PATH` a count. Of a wide
    path `set:PATH` how many different texts, empty ones aside; `any:PATH` 1 if anything is there.
    """
    rule, _, where = path.partition(":")
    if rule in ("set", "any"):
        several = every(source, where)
        texts = {text for text in several if isinstance(text, str) and text}
        return (1 if rule == "any" else len(texts)) if several else None
    found = walk(source, where)
    if rule == "count":
        return count(found)
    if rule == "len":
        return len(cast("list[object]", found)) if isinstance(found, (str, list)) else None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found < 1e9:
        return None
    return round(found * 1000)
