"""The user's own prices: a TOML file of private rates, discounts, own models, names and exchange rates, checked on reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from otel_tokens.types import Served

from .book import Book, Entry
from .periods import FOREVER, instant
from .rates import ONE, Fraction, fraction

INHERITED = (
    "service_tiers", "unmetered", "speeds", "geos", "fees", "fallbacks", "uplifts", "prefixes", "suffixes", "regions",
    "calendars",
)  # fmt: skip
ABOUT = ("dated", "limits", "kind", "family", "tier", "source", "uplift")
COMMITMENT = "effective multiplier of a commitment"
STATIC = "pool: static rate card"
CARDLESS = "pool without a static rate card"
NOT_MARGINAL = "pool without marginal cost: see otel_tokens.capacity.cost"


class Deal(NamedTuple):
    """What the user pays of a list price: a factor, while it holds (Unix nanoseconds), and why it is an estimate if it is one."""

    start: int
    end: int
    times: Fraction | None
    estimate: str | None = None


class Exchange(NamedTuple):
    """USD per unit of a currency, while it holds."""

    rate: Fraction
    start: int
    end: int


PAR = Exchange(ONE, 0, FOREVER)


class Pool(NamedTuple):
    """GPUs of one's own: what they cost by the hour, and what decides how a call shares in it."""

    name: str
    hosts: tuple[str, ...]
    usd_per_gpu_hour: Fraction | None
    gpus: int
    share: Fraction
    window_seconds: int
    k: int | None
    idle: str
    rates: Mapping[str, str]
    """A static card, leaf → rate as in a price file; empty where none is stated."""
    cached_weight: Fraction
    zero_marginal: bool
    emit: bool


class PoolBook(Book):
    """The static card of a pool, the same for every model; and why there is none."""

    def __init__(self, pool: Pool, label: str) -> None:
        header = {"seller": pool.name, "version": label, "source": f"pool {pool.name}", "unsure": {"*": STATIC}}
        super().__init__(header, {}, "overlay", frozenset())
        self.pool = pool

    def find(self, model: str, host: str | None = None) -> tuple[str, Entry] | str:  # noqa: ARG002 - as of any book
        if self.pool.rates:
            return model, {"prices": [{"rates": self.pool.rates}]}
        return CARDLESS if self.pool.usd_per_gpu_hour and not self.pool.zero_marginal else NOT_MARGINAL


class Overlay(NamedTuple):
    """A checked overlay file."""

    path: str
    label: str
    sellers: Mapping[str, Entry]
    discounts: tuple[Entry, ...]
    deployments: Mapping[str, Mapping[str, str]]
    service_tiers: Mapping[str, Mapping[str, str]]
    model_tiers: Mapping[str, str]
    currencies: tuple[Entry, ...]
    pools: Mapping[str, Pool]
    written: float
    """When the file was written, Unix seconds."""

    def book(self, seller: str, listed: Book | None) -> Book | None:
        """The user's own rates at a seller, under the seller's rules for tiers, places and fees."""
        if pool := self.pools.get(seller):
            return PoolBook(pool, self.label)
        stated = self.sellers.get(seller, {})
        models = stated.get("models")
        if not models:
            return None
        base = listed.header if listed else {}
        header = {key: base[key] for key in INHERITED if key in base}
        doubts = {leaf: why for leaf, why in base.get("unsure", {}).items() if leaf != "*"}
        header |= {"seller": seller, "version": self.label, "source": self.path, "unsure": doubts}
        header |= {key: stated[key] for key in ("currency", "source") if key in stated}
        entries = {name: _entry(model) for name, model in models.items()}
        aliases = {alias: name for name, entry in entries.items() for alias in entry.pop("aliases")}
        for name, entry in entries.items():
            found = listed.find(name) if listed else ""
            if listed and not isinstance(found, str):  # what the seller calls by the same name is meant, its snapshots included
                entry.setdefault("dated", found[1].get("dated", False))
                aliases |= {alias: name for alias in (found[0], *listed.names_of(found[0])) if alias not in entries}
        return Book({**header, "aliases": aliases}, entries, "overlay", listed.own if listed else frozenset())

    def named(self, served: Served) -> Served:
        """The call in the seller's words."""
        names, tiers = self.deployments.get(served.seller, {}), self.service_tiers.get(served.seller, {})
        model = names.get(served.model, served.model)
        tier = tiers.get(served.service_tier or "", served.service_tier)
        return served._replace(model=model, service_tier=tier)

    def deal(self, seller: str, model: str, at: int) -> Deal | None:
        """The discount of the narrowest scope that holds, model before seller before all; ends when the answer changes."""
        start, end, best = 0, FOREVER, None
        for one in self.discounts:
            if one.get("seller", seller) != seller or one.get("model", model) != model:
                continue
            opens, closes = instant(one.get("from"), 0), instant(one.get("to"), FOREVER)
            if opens <= at < closes:
                start, end = max(start, opens), min(end, closes)
                if best is None or _narrow(one) > _narrow(best):
                    best = one
            else:
                start, end = (max(start, closes), end) if closes <= at else (start, min(end, opens))
        if best is None:
            return Deal(start, end, None) if (start, end) != (0, FOREVER) else None
        return Deal(start, end, fraction(best["multiplier"]), COMMITMENT if best.get("estimated") else None)

    def exchange(self, currency: str, at: int) -> Exchange | None:
        """The rate that is dated latest before `at`."""
        dated = sorted((instant(one["from"], 0), one["usd"]) for one in self.currencies if one["code"] == currency)
        for place, (start, usd) in reversed(tuple(enumerate(dated))):
            if start <= at:
                return Exchange(fraction(usd), start, dated[place + 1][0] if place + 1 < len(dated) else FOREVER)
        return None

    def hosts(self) -> dict[str, str]:
        """Host → seller, of sellers and pools."""
        stated = {host: name for name, seller in self.sellers.items() for host in seller.get("hosts", ())}
        return stated | {host: pool.name for pool in self.pools.values() for host in pool.hosts}


def _narrow(discount: Entry) -> int:
    return 2 * ("model" in discount) + ("seller" in discount)


def _entry(model: Entry) -> Entry:
    """A model as price files have it: the short form with one card becomes one period."""
    entry = {key: value for key, value in model.items() if key in ABOUT}
    period = {key: value for key, value in model.items() if key not in entry and key not in ("prices", "aliases")}
    return {**entry, "prices": model.get("prices") or [period], "aliases": model.get("aliases", [])}


def read(path: Path) -> Overlay:
    """The overlay in a file. Raises OSError, or ValueError with the line and the key of what is wrong."""
    from .overlay_check import checked

    found = checked(path.read_text("utf-8"))
    return Overlay(
        path=path.name, label=found.get("label", "overlay"), sellers=found.get("sellers", {}),
        discounts=tuple(found.get("discounts", ())), deployments=found.get("deployments", {}),
        service_tiers=found.get("service_tiers", {}), model_tiers=found.get("model_tiers", {}),
        currencies=tuple(found.get("currencies", ())),
        pools={name: _pool(name, pool) for name, pool in found.get("pools", {}).items()},
        written=path.stat().st_mtime,
    )  # fmt: skip


def _pool(name: str, stated: Entry) -> Pool:
    price = fraction(stated.get("usd_per_gpu_hour", "0"))
    return Pool(
        name, tuple(stated["hosts"]), price if price[0] else None, stated.get("gpus", 1),
        fraction(stated.get("share", "1")), stated.get("window_seconds", 300), stated.get("k"), stated.get("idle", "separate"),
        stated.get("rates", {}), fraction(stated.get("cached_weight", "0")), stated.get("zero_marginal", False),
        stated.get("emit", False),
    )  # fmt: skip
