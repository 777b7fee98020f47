"""What a person should look at before new prices are used: jumps, sellers that lose their models, sources that are older."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

JSON = dict[str, Any]
JUMP = 5
SHARE = Decimal("0.2")


def found(difference: JSON, old: JSON, new: JSON, before: Counter[str]) -> list[JSON]:
    """Every reason to refuse, each with its kind. `before`: how many models each seller had; `old`, `new`: the indexes."""
    return [*_jumps(difference), *_vanished(difference, before), *_older(old, new)]


def _jumps(difference: JSON) -> Iterator[JSON]:
    for one in (*difference["changed"], *difference["announced"]):
        if one["old"] is None or one["new"] is None:
            continue
        low, high = sorted((Decimal(one["old"]), Decimal(one["new"])))
        if high > JUMP * low:
            yield {"kind": "jump", **one}


def _vanished(difference: JSON, before: Counter[str]) -> Iterator[JSON]:
    gone = Counter(one["seller"] for one in difference["removed"])
    for seller, count in sorted(gone.items()):
        if count > SHARE * before[seller]:
            yield {"kind": "vanished", "seller": seller, "models": count, "of": before[seller]}


def _older(old: JSON, new: JSON) -> Iterator[JSON]:
    if new["version"] < old["version"]:
        yield {"kind": "older", "what": "the book", "old": old["version"], "new": new["version"]}
    stated = new.get("sources", {})
    for package, release in old.get("sources", {}).items():
        if (other := stated.get(package)) and _release(other) < _release(release):
            yield {"kind": "older", "what": package, "old": release, "new": other}


def _release(text: str) -> list[int]:
    """The numbers of a release, as far as they are only numbers."""
    return [int(part) for part in (re.match(r"[\d.]*", text) or [""])[0].split(".") if part]


def said(one: JSON) -> str:
    """One reason in a line."""
    if one["kind"] == "jump":
        change = f" ({one['change_percent']}%)" if one["change_percent"] else ""
        since = f" from {one['from']}" if "from" in one else ""
        over = f" above {one['over']:,}" if one["over"] is not None else ""
        card = f"{one['seller']}/{one['model']} {one['service_tier']}{over}{since}"
        return f"{card}: {one['leaf']} {one['old']} → {one['new']}{change}"
    if one["kind"] == "vanished":
        return f"{one['seller']} loses {one['models']} of {one['of']} models"
    return f"{one['what']} is older than what is in force: {one['new']}, not {one['old']}"
