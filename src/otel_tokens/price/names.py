"""Which model a name means: exactly, or after a decoration that its seller is known to accept; never by likeness."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

FT_PREFIX, FT_INFIX = "ft:", ".ft-"
PATH = re.compile(r".*(?:^|[/:])(?:models|foundation-model|inference-profile|endpoints)/")
OPAQUE = {
    "application-inference-profile/": "application inference profile: map it to a model in the overlay",
    "provisioned-model/": "provisioned capacity is billed by the hour",
    "custom-model/": "custom model: state its rates in the overlay",
    "custom-model-deployment/": "custom model: state its rates in the overlay",
    "imported-model/": "imported model: state its rates in the overlay",
    "prompt-router/": "prompt router: the response names the model, the request does not",
}


def opaque(model: str) -> str | None:
    """Why a name cannot be resolved by any rule: it stands for something that only its owner knows."""
    return next((reason for mark, reason in OPAQUE.items() if mark in model), None) if "/" in model else None


def spellings(model: str, header: Mapping[str, Any], own: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The names to look up, in order, each with whether a date was taken off it. `own` are the seller's own names."""
    rules: tuple[Callable[[str], str | None], ...] = (
        tuned,
        _bare,
        lambda name: _after(name, tuple(f"{each}/" for each in own)) or None,
        lambda name: _after(name, tuple(header.get("prefixes", ()))),
        lambda name: _before(name, header.get("suffixes", "")),
    )
    names = [model]
    yield model, False
    for rule in rules:
        for name in tuple(names):
            less = rule(name)
            if less and less not in names:
                names.append(less)
                yield less, False
    for name in names:
        stem = without_date(name)
        if stem and not stem.endswith("-latest") and without_date(stem) is None:  # neither of those is sold by date
            yield stem, True


def tuned(name: str) -> str | None:
    """The name under which the fine-tuned rates of a model stand: `ft:BASE:org::id` and Azure's `BASE.ft-id`."""
    if name.startswith(FT_PREFIX):
        return FT_PREFIX + name.split(":")[1]
    base, found, _ = name.partition(FT_INFIX)
    return FT_PREFIX + base if found else None


def without_date(name: str) -> str | None:
    """The name before a date suffix (-YYYY-MM-DD, -YYYYMMDD, @YYYYMMDD), None when it has no such suffix."""
    for length, separators in ((11, "-"), (9, "-@")):
        stem, tail = name[:-length], name[-length:]
        digits = tail[1:].replace("-", "") if length == 11 and tail[5:6] == tail[8:9] == "-" else tail[1:]
        if stem and tail[0] in separators and len(digits) == 8 and digits.isascii() and digits.isdigit():
            return stem if "2000" < digits[:4] < "2100" and "01" <= digits[4:6] <= "12" and "01" <= digits[6:] <= "31" else None
    return None


def _bare(name: str) -> str | None:
    """Without a resource path (`models/…`, `publishers/…/models/…`, an ARN), Claude Code's `[1m]` and Vertex's `@default`."""
    return PATH.sub("", name).removesuffix("[1m]").removesuffix("@default")


def _after(name: str, prefixes: tuple[str, ...]) -> str | None:
    return next((name[len(prefix) :] for prefix in prefixes if name.startswith(prefix)), None)


def _before(name: str, suffixes: str) -> str | None:
    found = _suffix(suffixes).search(name) if suffixes else None
    return name[: found.start()] if found and found.start() else None


@cache
def _suffix(suffixes: str) -> re.Pattern[str]:
    return re.compile(f"(?:{suffixes})$")
