"""Puts wrappers on by name once a module is imported, and takes them off so that `vars(holder)` is what it was."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, cast

import wrapt

from otel_tokens.guard import shield

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]

PROXY: type = getattr(wrapt, "BaseObjectProxy", wrapt.ObjectProxy)  # its name since wrapt 2

_applied: list[tuple[object, str, object, object, list[bool]]] = []
_inside: list[tuple[Any, object, object]] = []
_put_on: dict[str, Callable[[ModuleType], None]] = {}
_hooked: set[str] = set()


def watch(module: str, put_on: Callable[[ModuleType], None]) -> None:
    """Calls `put_on(module)` now if the module is loaded, else when it is imported. The same module twice is one patch."""
    if module in _put_on:
        return
    _put_on[module] = shield("patch")(put_on)
    loaded = sys.modules.get(module)
    if loaded is not None:
        _put_on[module](loaded)
    elif module not in _hooked:
        _hooked.add(module)  # an import hook cannot be removed: register it once, and ask what is wanted when it fires
        wrapt.register_post_import_hook(_imported, module)


def _imported(module: ModuleType) -> None:
    put_on = _put_on.get(module.__name__)
    if put_on is not None:
        put_on(module)


def wanted(module: str) -> bool:
    """Whether we are on for this module: what was begun before we were taken off is not our business after it."""
    return module in _put_on


def find(module: ModuleType, *alternatives: str) -> str | None:
    """The first of `Class.attribute` or `Class.attribute(parameter)` that the module has."""
    for alternative in alternatives:
        path, _, parameter = alternative.rstrip(")").partition("(")
        original = _get(module, path)[2]
        if original is not None and (not parameter or parameter in parameters(original)):
            return path
    return None


def wrap(module: ModuleType, path: str, wrapper: Wrapper) -> bool:
    """Wraps one function in place; False when the module has no such name, or it is ours already."""
    holder, name, original = _get(module, path)
    if original is None or any(entry[:2] == (holder, name) for entry in _applied):
        return False
    on = [True]  # of this wrapper alone: one that stays under somebody else's must not wake up when we are put on again
    _replace(holder, name, original, wrapt.FunctionWrapper(original, wrapper, enabled=lambda: bool(on)), on)
    return True


def put(module: ModuleType, path: str, make: Callable[[Any, list[bool]], Any]) -> bool:
    """The same with a plain function, where a seam is hot for others. `make` gets the original, and a list, empty when off."""
    holder, name, original = _get(module, path)
    if original is None or any(entry[:2] == (holder, name) for entry in _applied):
        return False
    on = [True]
    _replace(holder, name, original, make(original, on), on)
    return True


def _replace(holder: object, name: str, original: Any, ours: Any, on: list[bool]) -> None:
    setattr(holder, name, ours)
    _applied.append((holder, name, original, ours, on))
    for theirs in _around(original, holder, name):
        theirs.__wrapped__ = ours
        _inside.append((theirs, original, ours))


def take_off() -> None:
    """Restores every original. Where somebody wrapped our wrapper, theirs stays and ours passes through from now on."""
    _put_on.clear()
    while _inside:
        theirs, original, ours = _inside.pop()
        if theirs.__wrapped__ is ours:
            theirs.__wrapped__ = original
    while _applied:
        holder, name, original, ours, on = _applied.pop()
        on.clear()
        if vars(holder).get(name) is ours:
            setattr(holder, name, original)


def applied() -> list[str]:
    """What is patched at this moment, as `module:Class.attribute`."""
    where = (
        (getattr(holder, "__module__", ""), getattr(holder, "__qualname__", str(holder)), name) for holder, name, *_ in _applied
    )
    return [f"{module}:{holder}.{name}" for module, holder, name in where]


def _around(original: object, holder: object, name: str) -> Iterator[Any]:
    """What others have put around the original in a subclass, where it hides ours: ours goes inside theirs."""
    for kind in getattr(holder, "__subclasses__", list[type])():
        found = vars(kind).get(name)
        while isinstance(found, PROXY):
            inner = cast("Any", found).__wrapped__
            if inner is original:
                yield found
            found = inner
        yield from _around(original, kind, name)


def _get(module: ModuleType, path: str) -> tuple[object, str, Any]:
    holder, _, name = path.rpartition(".")
    found: object = getattr(module, holder, None) if holder else module
    return found, name, vars(found).get(name) if found is not None else None


def parameters(function: Any) -> tuple[str, ...]:
    """The names of a function's parameters, `self` included; none where it is not written in Python."""
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code is not None else ()
