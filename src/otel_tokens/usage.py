"""Reads what an answer or a stream event says at the moment it passes, and keeps no reference to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

from otel_tokens.counts import Counts
from otel_tokens.paths import every, field, fields_of, measure, money, split, walk
from otel_tokens.spec import Operation
from otel_tokens.types import Call, Usage


class Reader:
    """Turns the values of one operation, plain answers and stream events alike, into what its `Call` knows."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.counts = Counts(operation)
        self.costs = tuple((names, unit) for path, unit in operation.reported.items() for names in split(path))
        self.usage, _, self.usage_else = operation.usage.partition("|")
        if "." in self.usage:  # not a name but a path: only `walk` can follow it
            self.usage, self.usage_else = "", operation.usage
        holder, _, self.tier = operation.service_tier.rpartition(".")
        self.tier_in_usage = bool(holder) and holder == self.usage
        self.rest = bool(operation.reads or operation.request_reads)
        self.extra: tuple[Callable[[Call, object, object], None], ...] = tuple(
            read
            for read, wanted in (
                (self._tally, operation.tally),
                (self._iterations, operation.iterations),
                (self._facts, operation.facts),
                (self._failed, operation.failed),
                (self._ended, operation.last or operation.error),
                (self._reported, operation.reported),
                (self._own_key, operation.own_key),
                (self._beside, operation.beside),
                (self._once, operation.once or operation.only),
                (self._engine, operation.engine),
                (self._breakdown, operation.breakdown),  # last: it takes over what the others found
            )
            if wanted
        )

    def see(self, call: Call, value: object) -> None:
        """News of one call: a plain answer, or a stream event that carries some."""
        operation, fields = self.operation, fields_of(value)
        if operation.events is not None:
            kind = str(fields.get("type"))
            if kind in operation.terminal:
                call.terminal = True
            if where := operation.events.get(kind):
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
            if name is not None and not (tally.detail and str(walk(entry, tally.detail)) in tally.free):
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
            named = field(entry, rule.model)
            parts.append((named if type(named) is str else default, usage or Usage()))
        fees = call.usage
        if fees is not None:
            asked = Usage(web_search_requests=fees.web_search_requests, web_fetch_requests=fees.web_fetch_requests)
            parts[0] = (parts[0][0], parts[0][1] + asked)
        call.parts = parts

    def _facts(self, call: Call, value: object, _stated: object) -> None:
        for name, path in self.operation.facts.items():
            found = next(iter(every(value, path)), None) if "[]" in path else walk(value, path)
            if type(found) is str:
                setattr(call, name, found)

    def _failed(self, call: Call, value: object, _stated: object) -> None:
        call.failed = str(field(value, self.operation.status)) in self.operation.failed

    def _ended(self, call: Call, value: object, _stated: object) -> None:
        if self.operation.last and any(every(value, self.operation.last)):
            call.terminal = True
        if self.operation.error and every(value, self.operation.error):
            call.failed = True

    def _reported(self, call: Call, _value: object, stated: object) -> None:
        said = cast("dict[str, Any]", stated) if isinstance(stated, dict) else getattr(stated, "__pydantic_extra__", None)
        for (first, *names), unit in self.costs:
            value = said.get(first) if said else None
            if value is not None:
                for name in names:
                    value = field(value, name)
                call.reported = money(value, unit) or call.reported

    def _own_key(self, call: Call, value: object, stated: object) -> None:
        if call.reported is None and walk(value, self.operation.own_key) is True:
            said = [walk(stated, name) for name in self.operation.reported]
            if any(type(cost) in (int, float) and cost == 0 for cost in said):
                call.reported = 0

    def _beside(self, call: Call, value: object, _stated: object) -> None:
        found = {name: number for name, path in self.operation.beside.items() if (number := measure(value, path)) is not None}
        if found:
            call.usage = (call.usage or Usage())._replace(**found)

    def _once(self, call: Call, _value: object, _stated: object) -> None:
        model = call.response_model or call.request_model or ""
        if not call.usage:
            return
        dropped = {name: None for name, models in self.operation.only.items() if not re.search(models, model)}
        call.usage = call.usage._replace(**dropped)
        name, models = self.operation.once or ("", "")
        if name and getattr(call.usage, name) and re.search(models, model):
            call.usage = call.usage._replace(**{name: 1})

    def _engine(self, call: Call, value: object, _stated: object) -> None:
        took = [nanos for path in self.operation.engine if type(nanos := walk(value, path)) is int and nanos > 0]
        if took:
            call.engine_seconds = sum(took) / 1e9

    def _breakdown(self, call: Call, value: object, _stated: object) -> None:
        rule = self.operation.breakdown
        listed = walk(value, rule.entries) if rule else None
        if rule is None or listed is None:
            return
        parts: list[tuple[str | None, Usage]] = []
        for entry in cast("list[object]", listed if isinstance(listed, list) else [listed]):
            usage, garbage = reader(rule.operation).counts.read(walk(entry, rule.usage))
            call.invalid = call.invalid or garbage
            if usage is not None and any(usage):
                models = every(entry, rule.model) or (every(value, rule.model) if rule.besides else [])
                parts.append((next((model for model in models if type(model) is str), None), usage))
        if parts and rule.besides and call.usage is not None:
            parts.insert(0, (call.response_model or call.request_model, call.usage))
        call.parts = parts or call.parts


@cache
def reader(operation: Operation) -> Reader:
    """The compiled reader of an operation; made at its first use."""
    return Reader(operation)
