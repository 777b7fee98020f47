"""The arithmetic: disjoint leaves times integer rates, nothing rounded, nothing left out."""

from __future__ import annotations

from otel_tokens.types import Cost, Served, Unpriced, Usage

from .cards import resolve

NO_USAGE = Unpriced("no usage")
INCONSISTENT = Unpriced("inconsistent usage")


def quote(usage: Usage, served: Served) -> Cost | Unpriced:
    """What `usage` costs, in femto-USD, at the rates of whoever served it; or a stable, short reason why nobody can say.

    `exact` when a rate is published for every leaf that was used (or a fallback is documented), `estimated` when the
    price file says that one of the used rates is not certain.
    """
    leaves = usage.leaves()
    if not leaves and (leaves is None or not usage):
        return INCONSISTENT if leaves is None else NO_USAGE
    card = resolve(served)
    if isinstance(card, Unpriced):
        return card
    size = usage.input_tokens or 0
    band = card.base if size <= card.long else card.band(size)
    rates = band.rates
    parts: dict[str, int] = {}
    total = saved = premium = 0
    for leaf, count in leaves.items():
        rate = rates.get(leaf)
        if rate is None:
            return _missing(leaf, band is not card.base)
        parts[leaf] = amount = rate * count
        total += amount
    for leaf, gain in band.gains:
        if leaf in leaves:
            saved += gain * leaves[leaf]
    for leaf, more in band.premiums:
        if leaf in leaves:
            premium += more * leaves[leaf]
    if card.doubtful.isdisjoint(leaves):
        return Cost(total, parts, band.price, "exact", None, saved, premium, None, None, leaves)
    doubt = next(card.unsure[leaf] for leaf in leaves if leaf in card.unsure)
    return Cost(total, parts, band.price, "estimated", doubt, saved, premium, None, None, leaves)


def _missing(leaf: str, long_context: bool) -> Unpriced:
    return Unpriced(f"no rate for {leaf}: long context" if long_context else f"no rate for {leaf}")
