"""Opens the steps of agent frameworks around the functions, generators and start/finish pairs that a declaration names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast
from weakref import WeakKeyDictionary

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from otel_tokens.frameworks.spec import Calls, Framework, Pairs, Rule
from otel_tokens.guard import shield
from otel_tokens.patch import seam

Caller = Callable[..., Any]


class Block(Protocol):
    """A step that is yet to be opened; what it wraps keeps its kind: coroutine, generator, async generator."""

    def __call__(self, function: Caller, /) -> Caller: ...

    def opened(self) -> tuple[Any, Context | None]: ...

    def closed(self, what: Any, error: BaseException | None) -> None: ...

    def failed(self, what: Any) -> None: ...


class Opener(Protocol):
    """Makes the block for one step."""

    def __call__(self, kind: str, name: str, conversation: str | None, *, outermost: bool) -> Block: ...


def watch(framework: Framework, opener: Opener) -> None:
    """Puts a framework's seams on as soon as it is imported."""
    for place in framework.seams:
        driver = CallDriver(place, opener) if isinstance(place, Calls) else PairDriver(place, opener)
        seam.watch(place.module, driver.put_on)


class CallDriver:
    """Every call of a function is a step. A generator is one from its first item to its last."""

    def __init__(self, calls: Calls, opener: Opener) -> None:
        self.calls, self.opener = calls, opener

    def put_on(self, module: ModuleType) -> None:
        for path in self.calls.functions:
            found = seam.find(module, path)
            if found is not None:
                seam.wrap(module, found, self.around)

    def around(self, wrapped: Caller, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        block = self.block(wrapped, owner, args, kwargs)
        return wrapped(*args, **kwargs) if block is None else block(wrapped)(*args, **kwargs)

    @shield("step")
    def block(self, wrapped: Caller, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Block | None:
        what = judged(self.calls.rules, owner)
        if what is None or any(map(is_on, self.calls.peers)):
            return None
        rule, name = what
        told = kwargs.get(self.calls.argument)
        if told is None and args and self.calls.argument:
            told = dict(zip(seam.parameters(wrapped)[1:], args, strict=False)).get(self.calls.argument)
        return self.opener(rule.kind, name, text_at(told, self.calls.conversation), outermost=rule.outermost)


class Begun(NamedTuple):
    """A step between its start and its finish."""

    block: Block
    what: Any
    inside: Context
    before: Context
    handled: BaseException | None
    """The exception that was being handled when it began: none of its own."""


class PairDriver:
    """A step begins with one call and ends with another, so no token can be kept: what was current before is attached again."""

    def __init__(self, pairs: Pairs, opener: Opener) -> None:
        self.pairs, self.opener = pairs, opener
        self.open: WeakKeyDictionary[Any, Begun] = WeakKeyDictionary()

    def put_on(self, module: ModuleType) -> None:
        for name in self.pairs.classes:
            if seam.wrap(module, f"{name}.{self.pairs.finish}", self.finished):
                seam.wrap(module, f"{name}.{self.pairs.start}", self.started)

    def started(self, wrapped: Caller, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value = wrapped(*args, **kwargs)
        self.begin(owner, current=bool(kwargs.get(self.pairs.current, args[0] if args else False)))
        return value

    def finished(self, wrapped: Caller, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.end(owner)
        return wrapped(*args, **kwargs)

    @shield("step")
    def begin(self, owner: Any, *, current: bool) -> None:
        what = judged(self.pairs.rules, owner) if owner not in self.open else None
        if what is None:
            return
        rule, name = what
        block = self.opener(rule.kind, name, text_at(owner, self.pairs.conversation), outermost=rule.outermost)
        step, inside = block.opened()
        if inside is None:
            return
        self.open[owner] = Begun(block, step, inside, otel.get_current(), sys.exc_info()[1])
        if current:
            otel.attach(inside)

    @shield("step")
    def end(self, owner: Any) -> None:
        begun = self.open.pop(owner, None)
        if begun is None:
            return
        if get_current_span() is get_current_span(begun.inside):
            otel.attach(begun.before)  # else it is finished somewhere else, where it never was current
        error = sys.exc_info()[1]
        if error is not None and error is not begun.handled:
            begun.block.closed(begun.what, error)
        elif self.pairs.error and at(owner, self.pairs.error):
            begun.block.failed(begun.what)
        else:
            begun.block.closed(begun.what, None)


def is_on(peer: str) -> bool:
    """Whether somebody else's instrumentor, `module:Class`, is at work; it is not imported to find out."""
    module, _, name = peer.partition(":")
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and kind().is_instrumented_by_opentelemetry  # it is a singleton


def judged(rules: tuple[Rule, ...], owner: object) -> tuple[Rule, str] | None:
    """The first rule that fits, and the name that it finds."""
    for rule in rules:
        path, _, text = rule.when.partition("=")
        there = at(owner, path) if path else owner
        if there is not None and (not text or there == text):
            name = text_at(owner, rule.name)
            if name:
                return rule, name
    return None


def text_at(owner: object, path: str) -> str | None:
    """The text at a path, None where there is none."""
    found = at(owner, path) if path else None
    return found if isinstance(found, str) else None


def at(owner: object, path: str) -> Any:
    """What a path leads to: attributes, also of classes with slots, and keys."""
    found: Any = owner
    for name in path.split("."):
        found = cast("Mapping[str, Any]", found).get(name) if isinstance(found, Mapping) else getattr(found, name, None)
    return found
