"""The arithmetic: disjoint leaves times integer rates, nothing rounded, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping

from otel_tokens.types import Cost, Served, Unpriced, Usage

from .cards import Card, resolve

NO_USAGE = Unpriced("no usage")
SEVERAL = "more than one request can use: long context by their mean size"
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
    if size > card.long and (calls := at_least(card, size, usage.output_tokens or 0)) > 1:
        return _several(leaves, -(-size // calls), card)
    return bill(leaves, size, card) if card.special is None else _special(leaves, size, card)


def at_least(card: Card, input_tokens: int, output_tokens: int) -> int:
    """How many requests such a usage takes at the least, from what one request of the model can hold."""
    most_in, most_out = card.limits
    return max(-(-input_tokens // most_in) if most_in else 1, -(-output_tokens // most_out) if most_out else 1)


def _several(leaves: Mapping[str, int], mean: int, card: Card) -> Cost | Unpriced:
    """A sum over requests (a day's, a server's own turns): long context by their mean size, which is an estimate."""
    cost = bill(leaves, mean, card) if card.special is None else _special(leaves, mean, card)
    return cost if isinstance(cost, Unpriced) else cost._replace(status="estimated", reason=SEVERAL)


def bill(leaves: Mapping[str, int], size: int, card: Card) -> Cost | Unpriced:
    """Every leaf at its rate for a request with `size` input tokens."""
    band = card.band(size)
    rates = band.rates
    try:
        parts = {leaf: rates[leaf] * count for leaf, count in leaves.items()}
    except KeyError as missing:
        (leaf,) = missing.args
        return Unpriced(f"no rate for {leaf}: long context" if band is not card.base else f"no rate for {leaf}")
    saved = premium = 0
    for leaf, gain in band.gains:
        if leaf in leaves:
            saved += gain * leaves[leaf]
    for leaf, more in band.premiums:
        if leaf in leaves:
            premium += more * leaves[leaf]
    if card.doubtful.isdisjoint(leaves):
        return Cost(sum(parts.values()), parts, band.price, "exact", None, saved, premium, None, None, leaves)
    doubt = next(card.unsure[leaf] for leaf in leaves if leaf in card.unsure)
    return Cost(sum(parts.values()), parts, band.price, "estimated", doubt, saved, premium, None, None, leaves)


def _special(leaves: Mapping[str, int], size: int, card: Card) -> Cost | Unpriced:
    """The same, with minimum charges and with what a contract makes of the list price."""
    special = card.special
    if special is None:
        return bill(leaves, size, card)
    billed = {leaf: max(count, special.minimums.get(leaf, 0)) for leaf, count in leaves.items()}
    cost = bill(billed, size, card)
    if isinstance(cost, Unpriced):
        return cost
    if special.listed is not None:
        listed = bill(leaves, size, special.listed)
        return cost if isinstance(listed, Unpriced) else cost._replace(list_total=listed.total)
    if special.deal is None or special.deal.times is None:
        return cost
    times, by = special.deal.times
    parts = {leaf: amount * times // by for leaf, amount in cost.parts.items()}
    if special.deal.estimate:
        cost = cost._replace(status="estimated", reason=special.deal.estimate)
    return cost._replace(
        total=sum(parts.values()), parts=parts, list_total=cost.total,
        saved=cost.saved * times // by, premium=cost.premium * times // by,
    )  # fmt: skip
