"""Money, rates and instants between text and integers; no float on the way."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from otel_tokens.cli.screen import Problem
from otel_tokens.price import periods
from otel_tokens.types import FEMTO, TOKEN_LEAVES

DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
MILLION = 10**6
UNITS = {
    **dict.fromkeys(TOKEN_LEAVES, (MILLION, "M tokens")), "characters": (MILLION, "M characters"),
    "cache_storage": (MILLION, "M token-hours"), "audio_ms": (60_000, "minute"), "video_ms": (60_000, "minute"),
}  # fmt: skip
"""How many of a leaf its rate is stated for, and the word for that; every other leaf has a rate for one."""
ROUNDED = 10**6
"""A rate per minute is kept per millisecond, to the femto-USD: what it is shown with less than this is exact."""


def usd(femto: int) -> str:
    """The whole amount as a decimal, plain notation: 0.0351, 12, 0."""
    sign = "-" if femto < 0 else ""
    whole, part = divmod(abs(femto), FEMTO)
    return f"{sign}{whole}.{part:015d}".rstrip("0").rstrip(".") if part else f"{sign}{whole}"


def rate(leaf: str, femto: int) -> str:
    """The rate of a leaf for as many as `unit` says."""
    by = UNITS.get(leaf, (1, ""))[0]
    amount = femto * by
    if by == 60_000:
        amount = (amount + ROUNDED // 2) // ROUNDED * ROUNDED
    return usd(amount)


def unit(leaf: str) -> str:
    """What the rate of a leaf is for."""
    return UNITS.get(leaf, (1, leaf.replace("_", " ").removesuffix("s")))[1]


def moment(text: object) -> int:
    """Unix nanoseconds of an RFC 3339 instant or a day (its midnight); without a zone it is UTC. Raises ValueError."""
    if not isinstance(text, str) or not DATE.fullmatch(said := text.strip().upper()):
        raise ValueError(f"{text!r} is not a date: say 2026-08-21 or 2026-08-21T09:30:00Z")
    try:
        return max(periods.instant(said, 0), 1)  # 0 would mean now
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date ({error}): say 2026-08-21 or 2026-08-21T09:30:00Z") from None


def instant(nanoseconds: int) -> str:
    """The RFC 3339 instant, in UTC, to the second; a midnight is the day alone."""
    when = datetime.fromtimestamp(nanoseconds // periods.SECOND, UTC)
    return when.strftime("%Y-%m-%d" if when.hour == when.minute == when.second == 0 else "%Y-%m-%dT%H:%M:%SZ")


def typed(text: str | None) -> int:
    """What a person typed after --at; nothing is now. Raises Problem."""
    if text is None:
        return time.time_ns()
    try:
        return moment(text)
    except ValueError as error:
        raise Problem(str(error)) from None


def day(text: str | None, otherwise: str) -> str:
    """An instant of a price file as people read it: a midnight is the day."""
    return instant(moment(text)) if text else otherwise


def decimal(number: int, by: int) -> str:
    """A fraction whose denominator is a power of ten, as a decimal: 11 of 10 is 1.1."""
    return usd(number * FEMTO // by)
