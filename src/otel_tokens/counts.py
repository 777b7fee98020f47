"""Reads one usage object, whatever the vendor put in or left out of its totals, into inclusive totals with their parts inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from otel_tokens.paths import MOST, count, every, field, fields_of, split, walk
from otel_tokens.spec import Fold, Operation
from otel_tokens.types import FIELDS, NOTHING, Usage

Found = list[int | None]
EMPTY: Found = list(NOTHING)
INPUT, OUTPUT = FIELDS.index("input_tokens"), FIELDS.index("output_tokens")
READ, THOUGHT = FIELDS.index("cache_read_tokens"), FIELDS.index("reasoning_tokens")
WRITTEN = FIELDS.index("cache_write_tokens")
TTLS_AT = slice(WRITTEN + 1, WRITTEN + 5)


class Counts:
    """The declared paths, grouped by the object that they are in, so that each is fetched once."""

    def __init__(self, operation: Operation) -> None:
        groups: dict[tuple[str, ...], list[tuple[str, int]]] = {}
        others: list[tuple[int, tuple[tuple[str, ...], ...]]] = []
        for name, path in operation.counts.items():
            (*holders, leaf), *rest = split(path)
            groups.setdefault(tuple(holders), []).append((leaf, FIELDS.index(name)))
            if rest:
                others.append((FIELDS.index(name), tuple(rest)))
        self.groups = tuple((parents, tuple(entries)) for parents, entries in groups.items())
        self.others = tuple(others)
        self.exclusive = operation.exclusive
        self.total = operation.total
        self.plus = tuple((FIELDS.index(name), path) for name, path in operation.plus.items())
        self.folds = tuple((fold, _signed(fold)) for fold in operation.folds)
        self.sums = bool(self.plus or self.folds)

    def read(self, reported: object) -> tuple[Usage | None, bool]:
        """The usage, None if nothing usable was stated, and whether something stated was not a count."""
        top = _fields(reported)
        if not top:
            return None, reported is not None
        found: Found = list(NOTHING)
        garbage: list[int] = []
        for parents, entries in self.groups:
            fields = top
            for name in parents:
                fields = _fields(fields.get(name))
            for leaf, at in entries:
                value = fields.get(leaf)
                if value is None:
                    continue
                found[at] = value if type(value) is int and 0 <= value <= MOST else count(value)
                if found[at] is None:
                    garbage.append(at)
        for at, paths in self.others:
            if found[at] is None:
                _else(top, paths, at, found, garbage)
        if self.sums or (self.total and found[THOUGHT] and top.get(self.total) != (found[INPUT] or 0) + (found[OUTPUT] or 0)):
            self.add_up(reported, found, garbage)
        if found == EMPTY or any(at <= OUTPUT and found[at] is None for at in garbage):
            return None, bool(garbage)  # without a total, what is left would be a guess
        return self.whole(found), bool(garbage)

    def whole(self, found: Found) -> Usage:
        """The totals made inclusive: some vendors leave the cached tokens out of the input count."""
        if any(found[TTLS_AT]):
            found[WRITTEN] = max(sum(n for n in found[TTLS_AT] if n), found[WRITTEN] or 0)
        if self.exclusive and found[INPUT] is not None:
            found[INPUT] = (found[INPUT] or 0) + (found[READ] or 0) + (found[WRITTEN] or 0)
        return Usage(*found)

    def add_up(self, reported: object, found: Found, garbage: list[int]) -> None:
        """What the vendor counts outside the numbers that it calls input and output."""
        for at, path in self.plus:
            value = walk(reported, path)
            if value is not None:
                if at == INPUT and found[INPUT] is None:
                    garbage.append(at)  # nobody answers without having read; of an answer that is all thoughts a zero is left out
                _add(found, garbage, at, count(value), 1)
        for fold, kinds in self.folds:
            for entry in every(reported, fold.entries):
                kind = str(walk(entry, fold.kind)).rpartition(".")[2].lower() if fold.kind else ""
                value = walk(entry, fold.number) if kind in kinds else None
                for sign, at in kinds[kind] if value is not None else ():
                    _add(found, garbage, at, count(value), sign)
        self.compare(reported, found, garbage)

    def compare(self, reported: object, found: Found, garbage: list[int]) -> None:
        """What the stated total says about the output: that the reasoning is not in it, or that there was none."""
        stated = count(walk(reported, self.total)) if self.total else None
        read, told, thought = found[INPUT], found[OUTPUT], found[THOUGHT]
        if stated is None or read is None:
            return
        if told is None and stated == read and OUTPUT not in garbage:
            found[OUTPUT] = 0
        elif told is not None and thought and stated == read + told + thought:
            found[OUTPUT] = told + thought


def _fields(value: object) -> Mapping[str, Any]:
    """What a model declares and what it was sent beyond that."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    if value is None:
        return {}
    extra = getattr(value, "__pydantic_extra__", None)
    return {**fields_of(value), **extra} if extra else fields_of(value)


def _else(top: Mapping[str, object], paths: tuple[tuple[str, ...], ...], at: int, found: Found, garbage: list[int]) -> None:
    """The first of the other names of a field that is there."""
    for names in paths:
        value: object = top
        for name in names:
            value = field(value, name)
        if value is not None:
            found[at] = count(value)
            if found[at] is None:
                garbage.append(at)
            return


def _add(found: Found, garbage: list[int], at: int, number: int | None, sign: int) -> None:
    """A sum with a part that is not a count, or that ends below zero, is not known."""
    whole = -1 if number is None else (found[at] or 0) + sign * number
    found[at] = whole if whole >= 0 else None
    if whole < 0:
        garbage.append(at)


def _signed(fold: Fold) -> dict[str, list[tuple[int, int]]]:
    """Kind → the fields that its count is added to (1) or taken from (-1)."""
    return {
        kind: [(-1 if name[0] == "-" else 1, FIELDS.index(name.removeprefix("-"))) for name in names.split()]
        for kind, names in fold.fields.items()
    }
