"""Who sends the bill, decided by the host: the client library only says which dialect was spoken."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from typing import Literal, NamedTuple

from . import shelf
from .book import index

Hosting = Literal["vendor", "own"]


class Seller(NamedTuple):
    """Who bills a call, and whether a vendor runs the model or you do."""

    name: str
    hosting: Hosting


# The same host sells other things to another client: Claude in Azure AI Foundry is not Azure OpenAI.
BY_CLIENT = {("anthropic", "azure.ai.openai"): "azure.ai.inference"}
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc", ".test")
_LIMIT = 1024
_assigned: dict[str, str] = {}
_known: dict[tuple[str, str | None, int | None], Seller] = {}


def seller_of(provider: str, host: str | None, port: int | None = None) -> Seller:
    """Who bills a call to `host`: an assignment, then the table, else `unknown`, so that nobody's price is borrowed.

    `hosting` of an unknown host is `own` for loopback, private addresses and names inside a network, else `vendor`.
    Without any host the declared provider is believed, if it is a seller that the table knows.
    """
    key = (provider, host, port)
    seller = _known.get(key)
    if seller is None:
        if len(_known) >= _LIMIT:
            _known.clear()
        seller = _known[key] = _decide(provider, host, port)
    return seller


def assign(host: str, seller: str) -> None:
    """From now on `host` ("name" or "name:port") is billed by `seller`: a gateway, a pool of yours, a test server."""
    _assigned[host.strip().lower()] = seller.strip()
    _known.clear()


def seller_named(name: str) -> str | None:
    """The seller that goes by a name (`google`, `azure_openai`, `xai`, …), however it is capitalised; None when nobody does."""
    said = name.strip().lower()
    stated = shelf.state().overlay
    if said in index()["sellers"] or (stated and (said in stated.sellers or said in stated.pools)):
        return said
    return index()["names"].get(said)


def sellers_known() -> list[str]:
    """Every seller that has prices, of the bundled book and of the user's."""
    stated = shelf.state().overlay
    return sorted({*index()["sellers"], *(stated.sellers if stated else ())})


def reset() -> None:
    """Forgets every assignment."""
    _assigned.clear()
    _known.clear()


@shelf.when_changed
def forget() -> None:
    """Empties the cache: the user's hosts may have changed."""
    _known.clear()


@cache
def _hosts() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Host → who bills there, in the index's order: the first pattern that fits wins."""
    return tuple((re.compile(translate(pattern)), name) for pattern, name in index()["hosts"])


def _decide(provider: str, host: str | None, port: int | None) -> Seller:
    if not host:
        return Seller(seller_named(provider) or "unknown", "vendor")
    host = host.lower().rstrip(".").strip("[]")
    own: Hosting = "own" if _private(host) else "vendor"
    stated = shelf.state().overlay
    told = {**(stated.hosts() if stated else {}), **_assigned}
    if name := told.get(f"{host}:{port}") or told.get(host):
        pooled = stated is not None and name in stated.pools
        return Seller(name, "own" if pooled else "vendor" if name in index()["sellers"] else own)
    for pattern, name in _hosts():
        if pattern.match(host):
            return Seller(BY_CLIENT.get((provider, name), name), "vendor")
    return Seller("unknown", own)


def _private(host: str) -> bool:
    if host[-1:].isdigit() or ":" in host:
        from ipaddress import ip_address

        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return "." not in host
        return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
