"""Numbers as people read them: money that is never rounded to nothing, counts in three digits."""

from __future__ import annotations

from otel_tokens.report.totals import FEMTO, Totals


def money(femto: int) -> str:
    """USD with four digits that count below a cent, cents above a dollar: $0.000042, $0.0123, $1.23, $1,234.50."""
    usd = femto / FEMTO
    if not femto:
        return "$0"
    size = abs(usd)
    if size >= 1:
        return f"${usd:,.2f}"
    digits = 4
    while digits < 15 and size < 10 ** (1 - digits):
        digits += 1
    return f"${usd:.{digits}f}"


def cost(totals: Totals) -> str:
    """The money of a line: `≥` where something is unpriced, `~` where something is estimated, `?` where nothing is known."""
    status = totals.status
    if status == "unpriced":
        return "?"
    mark = {"lower bound": "≥ ", "estimated": "~ "}.get(status, "")
    return mark + money(totals.cost)


def number(count: int) -> str:
    """A count: 950, 12.3k, 4.56M."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            short = f"{count / size:.1f}"
            return (short if len(short) < 5 else str(round(count / size))) + unit
    return str(count)


def share(part: float | None) -> str:
    """A share as a whole percentage that never says 0 or 100 unless it is."""
    if part is None:
        return ""
    if not part:
        return "0%"
    return f"{min(max(round(part * 100), 1), 99 if part < 1 else 100)}%"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 call`, `3 calls`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
