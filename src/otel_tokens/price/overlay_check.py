"""Reads an overlay file, and says of what is wrong with it in which line and at which key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, cast

from otel_tokens.types import LEAF_PART

from .book import index
from .periods import instant
from .rates import femto, fraction

Check = Callable[[Any], Any]
Shape = Mapping[str, "Check | Shape | list[Shape]"]


class Wrong(ValueError):
    """What is wrong with one value."""


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("must be a text")
    return value


def number(value: Any) -> str:
    """A number, written as one or as a text (texts are exact, and so are numbers: the file's digits are read, not a float)."""
    said = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d+(\.\d+)?", said):
        raise Wrong('must be a number like "0.25"')
    fraction(said)
    return said


def portion(value: Any) -> str:
    """A number from 0 to 1."""
    whole_, by = fraction(said := number(value))
    if whole_ > by:
        raise Wrong("must be at most 1")
    return said


def share(value: Any) -> str:
    """A number above 0, up to 1."""
    if not fraction(said := portion(value))[0]:
        raise Wrong("must be above 0")
    return said


def moment(value: Any) -> str:
    """A date or an instant."""
    said = value.isoformat() if hasattr(value, "isoformat") else value
    try:
        instant(text(said), 0)
    except ValueError as error:
        raise Wrong('must be a date like 2026-08-21 or an instant like "2026-08-21T00:00:00Z"') from error
    return said


def texts(value: Any) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list):
        raise Wrong("must be a list of texts")
    return [text(one) for one in cast("list[Any]", value)]


def whole(value: Any) -> int:
    """A whole number above zero."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Wrong("must be a whole number above 0")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def one_of(*words: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in words:
            raise Wrong(f"must be one of {', '.join(words)}")
        return value

    return check


def rates(value: Any) -> dict[str, str]:
    """Leaf → rate."""
    found: dict[str, str] = {}
    for leaf, rate in table(value).items():
        if leaf not in LEAF_PART:
            raise Wrong(f"{leaf} is not something that is priced{_near(leaf, LEAF_PART)}")
        try:
            found[leaf] = number(rate)
            femto(leaf, found[leaf])
        except ValueError as error:
            raise Wrong(f"{leaf} {error}") from error
    return found


def tables(value: Any) -> list[Any]:
    """A list of tables."""
    if not isinstance(value, list):
        raise Wrong("must be a list of tables: write its header in double brackets, [[…]]")
    return cast("list[Any]", value)


def table(value: Any) -> dict[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise Wrong("must be a table")
    return cast("dict[str, Any]", value)


STEP: Shape = {"tokens": whole, "inclusive": flag, "rates": rates}
CARD: Shape = {"rates": rates, "above": [STEP]}
PERIOD: Shape = {**CARD, "from": moment, "to": moment, "tiers": {"*": CARD}, "minimums": {"*": whole}}
MODEL: Shape = {
    **PERIOD, "prices": [PERIOD], "aliases": texts, "dated": flag, "uplift": flag,
    "limits": {"*": whole}, "kind": text, "family": text, "tier": text, "source": text,
}  # fmt: skip
OVERLAY: Shape = {
    "label": text,
    "sellers": {"*": {"hosts": texts, "currency": text, "source": text, "models": {"*": MODEL}}},
    "discounts": [{
        "seller": text, "model": text, "multiplier": number, "from": moment, "to": moment, "estimated": flag, "source": text,
    }],
    "deployments": {"*": {"*": text}}, "service_tiers": {"*": {"*": text}}, "model_tiers": {"*": text},
    "currencies": [{"code": text, "usd": number, "from": moment, "source": text}],
    "pools": {"*": {
        "hosts": texts, "usd_per_gpu_hour": number, "gpus": whole, "share": share, "window_seconds": whole, "k": whole,
        "idle": one_of("separate", "absorb"), "rates": rates, "cached_weight": portion, "zero_marginal": flag, "emit": flag,
    }},
}  # fmt: skip
NEEDED = {"discounts": ("multiplier",), "currencies": ("code", "usd", "from"), "pools": ("hosts",), "above": ("tokens", "rates")}


def checked(toml: str) -> dict[str, Any]:
    """The file's content, rates as texts. Raises ValueError: `line 7: sellers.openai.models: …`."""
    found = tomllib.loads(toml, parse_float=str)  # its errors say line and column themselves

    def walk(value: Any, shape: Any, path: tuple[str, ...]) -> Any:
        try:
            if callable(shape):
                return shape(value)
            if isinstance(shape, list):
                each = cast("list[Shape]", shape)[0]
                return [walk(one, each, path) for one in tables(value)]
            _known(table(value), cast("Shape", shape), path)
        except Wrong as error:
            place = "".join(f"{key}." for key in path)[:-1]
            raise ValueError(f"line {line_of(toml, path)}: {place + ': ' if place else ''}{error}") from error
        shapes = cast("Shape", shape)
        return {key: walk(one, shapes.get(key) or shapes["*"], (*path, key)) for key, one in table(value).items()}

    whole_ = walk(found, OVERLAY, ())
    for name, pool in whole_.get("pools", {}).items():
        if name in whole_.get("sellers", ()) or name in index()["sellers"]:
            raise ValueError(f"line {line_of(toml, ('pools', name))}: pools.{name}: a seller has this name: choose another")
        if pool.get("zero_marginal") and pool.get("rates"):
            raise ValueError(f"line {line_of(toml, ('pools', name))}: pools.{name}: either zero_marginal or rates")
    return whole_


def _known(found: dict[str, Any], shape: Shape, path: tuple[str, ...]) -> None:
    if "*" not in shape:
        for key in found:
            if key not in shape:
                raise Wrong(f"{key} is not a key here{_near(key, shape)}; there are {', '.join(sorted(shape))}")
    kind = next((each for each in reversed(path) if each in NEEDED), "")
    if path[-1:] == (kind,) or (kind == "pools" and len(path) == 2):
        for key in NEEDED.get(kind, ()) if "*" not in shape else ():
            if key not in found:
                raise Wrong(f"{key} is missing")
    if path[-2:-1] == ("models",) and "rates" not in found and "prices" not in found:
        raise Wrong("rates is missing")


def _near(word: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(word, known, 1)
    return f", do you mean {close[0]}?" if close else ""


def line_of(toml: str, path: tuple[str, ...]) -> int:
    """The line of the deepest part of a path that stands in the file as a header or a key; 1 where none does."""
    best, line, inside = 0, 1, tuple[str, ...]()
    for at, raw in enumerate(toml.splitlines(), 1):
        stripped = raw.strip()
        key = stripped.partition("=")[0]
        names = tuple(a or b or c for a, b, c in re.findall(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)", key.strip("[] ")))
        if stripped.startswith("["):
            inside = names
        here = inside if stripped.startswith("[") else (*inside, *names)
        depth = len(here) if here == path[: len(here)] else 0
        if depth > best:
            best, line = depth, at
    return line
