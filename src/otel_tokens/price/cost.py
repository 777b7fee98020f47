"""The arithmetic: disjoint leaves times integer rates, nothing rounded, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping

from otel_tokens.types import TOKEN_LEAVES, Cost, Served, Unpriced, Usage

from .cards import Card, resolve

OUTPUT = frozenset({"output", "reasoning", "output_audio", "output_image", "output_video"})
NO_USAGE = Unpriced("no usage")
SEVERAL = "more than one request can use: rates of short ones, at least its longest"
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
    return card if isinstance(card, Unpriced) else by_card(usage, leaves, card)


def by_card(usage: Usage, leaves: Mapping[str, int], card: Card) -> Cost | Unpriced:
    """The price of a usage, of which `leaves` are the disjoint parts, by a card that was found for it."""
    size = usage.input_tokens or 0
    if size > card.long and _exceeds(card.limits, size, usage.output_tokens or 0):
        return _several(leaves, size, card)
    return charge(leaves, size, card)


def _exceeds(limits: tuple[int, int], input_tokens: int, output_tokens: int) -> bool:
    """Whether it is more than one request of the model can hold: a day's sum, or a server's own turns."""
    return 0 < limits[0] < input_tokens or 0 < limits[1] < output_tokens


def _several(leaves: Mapping[str, int], read: int, card: Card) -> Cost | Unpriced:
    """A sum over requests of unknown size: at the rates of short ones, but not below the longest request that is in it."""
    cost = charge(leaves, 0, card)
    if isinstance(cost, Unpriced):
        return cost
    longest = _longest(leaves, read, card)
    least = charge(longest, min(card.limits[0] or read, read), card)
    if isinstance(least, Cost) and least.total > cost.total:
        parts = {leaf: amount * least.total // cost.total for leaf, amount in cost.parts.items()}
        largest = max(parts, key=parts.__getitem__)
        parts[largest] += least.total - sum(parts.values())
        cost = cost._replace(total=least.total, parts=parts)
    return cost._replace(status="estimated", reason=SEVERAL)


def _longest(leaves: Mapping[str, int], read: int, card: Card) -> dict[str, int]:
    """The dearest single request that is in such a sum, so that more of anything never costs less."""
    most_in, most_out = card.limits
    rates = card.band(min(most_in or read, read)).rates
    found = {leaf: count for leaf, count in leaves.items() if leaf not in TOKEN_LEAVES}
    for side, most in ((OUTPUT, most_out), (TOKEN_LEAVES - OUTPUT, most_in)):
        room = most or sum(leaves.values())
        for leaf in sorted(side & leaves.keys(), key=lambda leaf: rates.get(leaf, 0), reverse=True):
            if room > 0:
                found[leaf] = min(leaves[leaf], room)
                room -= found[leaf]
    return found


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


def charge(leaves: Mapping[str, int], size: int, card: Card) -> Cost | Unpriced:
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
