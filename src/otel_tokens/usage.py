"""Reads what an answer or a stream event says at the moment it passes, and keeps no reference to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

from otel_tokens.paths import MOST, count, field, fields_of, measure, money, split, walk
from otel_tokens.spec import Operation
from otel_tokens.types import FIELDS, NOTHING, Call, Usage


class Counts:
    """Reads one usage object: the declared paths, grouped by the object that they are in, so that each is fetched once."""

    def __init__(self, operation: Operation) -> None:
        groups: dict[str, list[tuple[str, int]]] = {}
        for name, path in operation.counts.items():
            for names in split(path):
                *holders, leaf = names
                groups.setdefault(".".join(holders), []).append((leaf, FIELDS.index(name)))
        self.groups = tuple((split(parent)[0], tuple(entries)) for parent, entries in groups.items())
        self.exclusive = operation.exclusive

    def read(self, reported: object) -> tuple[Usage | None, bool]:
        """The usage, None if nothing usable was stated, and whether something stated was not a count."""
        top = fields_of(reported)
        if not top:
            return None, reported is not None
        found: list[int | None] = list(NOTHING)
        garbage: list[int] = []
        for parents, entries in self.groups:
            holder = reported
            for name in parents:
                holder = field(holder, name)
            if holder is None:
                continue
            fields = top if holder is reported else fields_of(holder)
            extra = getattr(holder, "__pydantic_extra__", None)
            if extra:
                fields = {**fields, **extra}
            for leaf, at in entries:
                value = fields.get(leaf)
                if value is None:
                    continue
                number = value if type(value) is int and 0 <= value <= MOST else count(value)
                if number is None:
                    garbage.append(at)
                elif found[at] is None:
                    found[at] = number
        if found == EMPTY or any(at in TOTALS and found[at] is None for at in garbage):
            return None, bool(garbage)  # without a total, what is left would be a guess
        return self.whole(found), bool(garbage)

    def whole(self, found: list[int | None]) -> Usage:
        """The totals made inclusive: some vendors leave the cached tokens out of the input count."""
        if any(found[TTLS_AT]):
            found[WRITTEN] = max(sum(n for n in found[TTLS_AT] if n), found[WRITTEN] or 0)
        if self.exclusive and found[0] is not None:
            found[0] += (found[2] or 0) + (found[WRITTEN] or 0)
        return Usage(*found)


EMPTY: list[int | None] = list(NOTHING)
TOTALS = (FIELDS.index("input_tokens"), FIELDS.index("output_tokens"))
WRITTEN = FIELDS.index("cache_write_tokens")
TTLS_AT = slice(WRITTEN + 1, WRITTEN + 5)


class Reader:
    """Turns the values of one operation, plain answers and stream events alike, into what its `Call` knows."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.counts = Counts(operation)
        self.usage, _, self.usage_else = operation.usage.partition("|")
        holder, _, self.tier = operation.service_tier.rpartition(".")
        self.tier_in_usage = holder == self.usage
        self.rest = bool(operation.reads or operation.request_reads)
        self.extra: tuple[Callable[[Call, object, object], None], ...] = tuple(
            read
            for read, wanted in (
                (self._tally, operation.tally),
                (self._iterations, operation.iterations),
                (self._facts, operation.facts),
                (self._failed, operation.failed),
                (self._reported, operation.reported),
            )
            if wanted
        )

    def see(self, call: Call, value: object) -> None:
        """News of one call: a plain answer, or a stream event that carries some."""
        operation, fields = self.operation, fields_of(value)
        if operation.events is not None:
            kind = fields.get("type")
            if kind in operation.terminal:
                call.terminal = True
            if where := operation.events.get(kind or ""):
                value = fields.get(where)
                fields = fields_of(value)
        model, ident, stated = fields.get(operation.model), fields.get(operation.id), fields.get(self.usage)
        if type(model) is str:
            call.response_model = model
        if type(ident) is str:
            call.response_id = ident
        if stated is None:  # a model older than the field keeps it among its extras
            stated = field(value, self.usage) or (walk(value, self.usage_else) if self.usage_else else None)
        tier = (fields_of(stated) if self.tier_in_usage else fields).get(self.tier)
        if tier is None:
            tier = field(stated if self.tier_in_usage else value, self.tier)
        if type(tier) is str:
            call.service_tier = tier
        if stated is not None:
            usage, garbage = self.counts.read(stated)
            call.invalid = call.invalid or garbage
            if usage is not None:
                call.usage = usage if call.usage is None else call.usage | usage
        for read in self.extra:
            read(call, value, stated)

    def see_rest(self, call: Call, answer: object, request: object) -> None:
        """What an operation without a usage object is billed by: seconds, characters, images."""
        if call.usage is None and not call.invalid:
            for source, paths in ((answer, self.operation.reads), (request, self.operation.request_reads)):
                found = {name: number for name, path in paths.items() if (number := measure(source, path)) is not None}
                if found:
                    call.usage = Usage(**found)
                    return

    def see_line(self, call: Call, line: object, kinds: Mapping[str, Operation]) -> None:
        """One line of a batch's results: a call of its own, priced as a part."""
        answer = walk(line, self.operation.batch)
        kind = kinds.get(field(answer, "object") or "") or kinds.get("")
        if answer is None or kind is None:
            return
        one = Call(call.provider, kind, call.settler)
        reader(kind).see(one, answer)
        if one.usage is None and not one.invalid:
            return
        call.response_model = one.response_model or call.response_model
        call.invalid = call.invalid or one.invalid
        call.parts = call.parts or []
        call.parts.extend(one.parts or [(one.response_model, one.usage or Usage())])
        call.count = len(call.parts)

    def _tally(self, call: Call, value: object, _stated: object) -> None:
        tally = self.operation.tally
        entries = walk(value, tally.entries) if tally else None
        if tally is None or not isinstance(entries, list) or not entries:
            return
        numbers: dict[str, int] = {}
        for entry in cast("Iterable[object]", entries):
            name = tally.fields.get(str(field(entry, tally.kind)))
            if name is not None:
                numbers[name] = numbers.get(name, 0) + 1
        if numbers:
            call.usage = Usage(**numbers) | (call.usage or Usage())

    def _iterations(self, call: Call, _value: object, stated: object) -> None:
        rule = self.operation.iterations
        entries = walk(stated, rule.entries) if rule else None
        if rule is None or not isinstance(entries, list) or not entries:
            return
        listed = cast("list[object]", entries)
        fell_back = any(field(entry, rule.kind) == rule.served_by for entry in listed)
        default = call.request_model if fell_back else call.response_model
        parts: list[tuple[str | None, Usage]] = []
        for entry in listed:
            usage, garbage = self.counts.read(entry)
            call.invalid = call.invalid or garbage
            parts.append((field(entry, rule.model) or default, usage or Usage()))
        fees = call.usage
        if fees is not None:
            asked = Usage(web_search_requests=fees.web_search_requests, web_fetch_requests=fees.web_fetch_requests)
            parts[0] = (parts[0][0], parts[0][1] + asked)
        call.parts = parts

    def _facts(self, call: Call, value: object, _stated: object) -> None:
        for name, path in self.operation.facts.items():
            found = walk(value, path)
            if type(found) is str:
                setattr(call, name, found)

    def _failed(self, call: Call, value: object, _stated: object) -> None:
        call.failed = field(value, self.operation.status) in self.operation.failed

    def _reported(self, call: Call, _value: object, stated: object) -> None:
        said = cast("dict[str, Any]", stated) if isinstance(stated, dict) else getattr(stated, "__pydantic_extra__", None)
        if said:
            for name, unit in self.operation.reported.items():
                call.reported = money(said.get(name), unit) or call.reported


@cache
def reader(operation: Operation) -> Reader:
    """The compiled reader of an operation; made at its first use."""
    return Reader(operation)
