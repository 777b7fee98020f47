"""Who sold a call: what the host says, else the provider's name in any of its spellings."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from urllib.parse import urlsplit

from otel_tokens import price
from otel_tokens.cli.screen import Problem, note
from otel_tokens.config import Config
from otel_tokens.semconv import UNKNOWN


def settings() -> None:
    """The environment's sellers and price files, as the plugin has them; what is wrong with them is said."""
    config = Config.from_env()
    for host, seller in config.sellers:
        price.sellers.assign(host, seller)
    found = price.shelf.use(config.price_order, config.prices or None)
    for problem in (*config.problems, *found.problems):
        note(problem)


def by(provider: str | None, address: str | None) -> tuple[str, str | None]:
    """The seller and the host. Raises ValueError, with what to do, when neither says who it is."""
    seller, host, problem = _by(provider, address)
    if problem:
        raise ValueError(problem)
    return seller, host


def asked(provider: str | None, address: str | None) -> tuple[str, str | None, str | None]:
    """The same for one of many questions; whom nobody knows has no price, and the third says why. Raises ValueError."""
    seller, host, problem = _by(provider, address)
    if problem and not provider and not host:
        raise ValueError(problem)
    return seller or UNKNOWN, host, problem or None


@lru_cache(4096)
def _by(provider: str | None, address: str | None) -> tuple[str, str | None, str]:
    named = price.seller_named(provider) if provider else None
    host, port = place(address) if address else (None, None)
    if host:
        found = price.seller_of(named or "", host, port).name
        if found != UNKNOWN:
            return found, host, ""
    if named:
        return named, host, ""
    if provider:
        return "", host, _nobody(provider)
    if host:
        return "", host, f"nobody is known to sell at {host}: say the provider too, or OTEL_TOKENS_SELLERS={host}=openai"
    return "", None, "no provider: say who sold the call, as in openai, anthropic, vertex, or its server_address"


def place(address: str) -> tuple[str | None, int | None]:
    """Host and port of `host`, `host:port` or a URL; (None, None) when it is none of these."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def _nobody(provider: str) -> str:
    known = price.sellers_known()
    near = get_close_matches(provider.lower(), known, 3, 0.5)
    return f"unknown provider {provider!r}: " + (
        f"did you mean {' or '.join(near)}?" if near else f"say one of {', '.join(sorted(known)[:12])} …"
    )


def typed(provider: str) -> str:
    """The seller that a person named after --provider. Raises Problem."""
    try:
        return by(provider, None)[0]
    except ValueError as error:
        raise Problem(str(error)) from None
