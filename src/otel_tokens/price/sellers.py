"""Who sends the bill, decided by the host: the client library only says which dialect was spoken."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

Hosting = Literal["vendor", "own"]


class Seller(NamedTuple):
    """Who bills a call, and whether a vendor runs the model or you do."""

    name: str
    hosting: Hosting


# The first pattern that fits wins. Names are `gen_ai.provider.name` values where the conventions have one.
HOSTS: tuple[tuple[str, str], ...] = (
    ("api.openai.com", "openai"),
    ("*.api.openai.com", "openai"),  # us. eu. au. in. jp. ae.: data residency
    ("*.openai.azure.com", "azure.ai.openai"),
    ("*.cognitiveservices.azure.com", "azure.ai.openai"),
    ("*.services.ai.azure.com", "azure.ai.openai"),
    ("*.inference.ai.azure.com", "azure.ai.inference"),
    ("*.models.ai.azure.com", "azure.ai.inference"),
    ("api.anthropic.com", "anthropic"),
    ("bedrock-runtime*.amazonaws.com", "aws.bedrock"),
    ("bedrock-runtime*.amazonaws.com.cn", "aws.bedrock"),
    ("bedrock-mantle.*.api.aws", "aws.bedrock"),
    ("*.bedrock-runtime.*.vpce.amazonaws.com", "aws.bedrock"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("*-aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("aiplatform.*.rep.googleapis.com", "gcp.vertex_ai"),
    ("api.deepseek.com", "deepseek"),
    ("openrouter.ai", "openrouter"),
    ("*.openrouter.ai", "openrouter"),
    ("api.groq.com", "groq"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.mistral.ai", "mistral_ai"),
    ("codestral.mistral.ai", "mistral_ai"),
    ("api.x.ai", "x_ai"),
    ("*.api.x.ai", "x_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cerebras.ai", "cerebras"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("*.ml.cloud.ibm.com", "ibm.watsonx.ai"),
)
# The same host sells other things to another client: Claude in Azure AI Foundry is not Azure OpenAI.
BY_CLIENT = {("anthropic", "azure.ai.openai"): "azure.ai.inference"}
NAMES = frozenset(name for _, name in HOSTS)

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


def reset() -> None:
    """Forgets every assignment."""
    _assigned.clear()
    _known.clear()


def _decide(provider: str, host: str | None, port: int | None) -> Seller:
    if not host:
        return Seller(provider if provider in NAMES else "unknown", "vendor")
    host = host.lower().rstrip(".").strip("[]")
    own: Hosting = "own" if _private(host) else "vendor"
    if name := _assigned.get(f"{host}:{port}") or _assigned.get(host):
        return Seller(name, "vendor" if name in NAMES else own)
    for pattern, name in HOSTS:
        if fnmatchcase(host, pattern):
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
