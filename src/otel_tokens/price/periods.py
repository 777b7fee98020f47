"""When a price holds: half-open instants, and within them the hours, weekdays and holidays that some sellers go by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

FOREVER = 1 << 63
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, DAY = 10**9, 86_400 * 10**9
UNKNOWN_HOLIDAYS = "public holidays of that day not known yet"


class Held(NamedTuple):
    """The part of a price file that holds at an instant, and from when until when it does (Unix nanoseconds)."""

    start: int
    end: int
    period: dict[str, Any]
    card: dict[str, Any]
    """The period itself, or the window of it."""
    doubt: str | None = None


def held(entry: dict[str, Any], header: dict[str, Any], at: int) -> Held | None:
    """What holds for a model at `at`, None when it had no price then."""
    for period in entry["prices"]:
        start, end = instant(period.get("from"), 0), instant(period.get("to"), FOREVER)
        if start <= at < end:
            if "windows" not in period:
                return Held(start, end, period, period)
            return _hours(period, header.get("calendars", {}), at, start, end)
    return None


def _hours(period: dict[str, Any], calendars: dict[str, Any], at: int, start: int, end: int) -> Held:
    midnight = at - at % DAY
    card, doubt, edges = period, None, [midnight, midnight + DAY, start, end]
    for window in period["windows"]:
        calendar = calendars.get(window.get("except"), {})
        for opens, closes in _open(window, calendar, midnight):
            edges += (opens, closes)
            if opens <= at < closes if opens < closes else at >= opens or at < closes:
                card, doubt = window, UNKNOWN_HOLIDAYS if at >= instant(calendar.get("until"), FOREVER) else None
    return Held(max(edge for edge in edges if edge <= at), min(edge for edge in edges if edge > at), period, card, doubt)


def _open(window: dict[str, Any], calendar: dict[str, Any], midnight: int) -> list[tuple[int, int]]:
    """The hours of a window on the UTC day that begins at `midnight`: none on other weekdays and on holidays."""
    day = EPOCH + timedelta(days=midnight // DAY)
    if day.isoweekday() not in window.get("days", range(1, 8)) or day.strftime("%Y-%m-%d") in calendar.get("days", ()):
        return []
    hours = (text.split("-") for text in window["utc"])
    return [(midnight + _clock(opens), midnight + _clock(closes)) for opens, closes in hours]


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * SECOND


def instant(moment: str | None, otherwise: int) -> int:
    """Unix nanoseconds of an RFC 3339 instant, or of a day's midnight; without a zone it is UTC. Raises ValueError."""
    if moment is None:
        return otherwise
    when = datetime.fromisoformat(moment)
    since = (when if when.tzinfo else when.replace(tzinfo=UTC)) - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND
