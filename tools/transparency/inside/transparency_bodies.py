"""JSON bodies that fit the return types of an SDK, made from its pydantic models. Runs inside the SDK's environment."""

import inspect
import types
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

SCALARS: dict[Any, object] = {str: "str", bool: True, int: 1, float: 1.5, datetime: "2024-01-15T08:00:00Z", date: "2024-01-15"}
TOKENS = dict.fromkeys(("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"), 20)
TOKENS |= {"total_tokens": 40, "audio_tokens": 0}
Seen = tuple[Any, ...]


def body(kind: Any, seen: Seen = ()) -> Any:
    """One instance of `kind`, every field filled except where a model would contain itself."""
    kind = bare(kind)
    origin, args = get_origin(kind) or kind, get_args(kind)
    if kind in SCALARS:
        return SCALARS[kind]
    if origin is Literal:
        return args[0]
    if origin in (Union, types.UnionType):
        return body(choose(args, seen), seen)
    if inspect.isclass(origin) and issubclass(origin, BaseModel):
        return model(kind, seen)
    if inspect.isclass(origin) and issubclass(origin, dict):
        return {body(args[0]): body(args[1], seen)} if args and not loops(args[1], seen) else {}
    if args and origin is not type:
        return [] if loops(args[0], seen) else [body(args[0], seen)]
    return None if kind in (None, type(None)) else {}


def model(kind: Any, seen: Seen) -> dict[str, Any]:
    """The fields of a model. Token counts agree with each other: nobody should believe a part that exceeds the whole."""
    fields = kind.model_fields.items()
    inner = (*seen, kind)
    return {
        field.alias or name: TOKENS[name] if name in TOKENS else body(field.annotation, inner)
        for name, field in fields
        if field.is_required() or not loops(field.annotation, inner)
    }


def bare(kind: Any) -> Any:
    """Without aliases and annotations."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif hasattr(kind, "__value__"):
            kind = kind.__value__
        else:
            return kind


def variants(kind: Any) -> list[Any]:
    """The alternatives of a union, flat; the kind itself when it is none."""
    kind = bare(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return [leaf for arg in get_args(kind) for leaf in variants(arg)]
    return [kind]


def choose(args: tuple[Any, ...], seen: Seen) -> Any:
    """The first alternative that does not contain itself; null when there is no other."""
    some = [arg for arg in args if arg is not type(None)]
    return next((arg for arg in some if not loops(arg, seen)), type(None) if type(None) in args else some[0])


def loops(kind: Any, seen: Seen) -> bool:
    """Whether filling `kind` leads straight back to a model that is being filled."""
    kind = bare(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return all(loops(arg, seen) for arg in get_args(kind) if arg is not type(None))
    return kind in seen
