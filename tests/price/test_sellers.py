"""Who bills: the host decides, and a host that nobody knows is never somebody's price."""

from collections.abc import Iterator

import pytest

from otel_tokens.price import Seller, quote, seller_of, sellers
from otel_tokens.types import Served, Unpriced, Usage


@pytest.fixture(autouse=True)
def _no_assignments() -> Iterator[None]:
    sellers.reset()
    yield
    sellers.reset()


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.openai.com", "openai"),
        ("API.OpenAI.com.", "openai"),
        ("eu.api.openai.com", "openai"),
        ("acme.openai.azure.com", "azure.ai.openai"),
        ("acme.cognitiveservices.azure.com", "azure.ai.openai"),
        ("acme.services.ai.azure.com", "azure.ai.openai"),
        ("api.anthropic.com", "anthropic"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
        ("bedrock-runtime-fips.us-east-1.amazonaws.com", "aws.bedrock"),
        ("europe-west4-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("api.deepseek.com", "deepseek"),
        ("openrouter.ai", "openrouter"),
        ("api.groq.com", "groq"),
        ("api.together.xyz", "together"),
        ("api.fireworks.ai", "fireworks"),
        ("api.mistral.ai", "mistral_ai"),
        ("api.x.ai", "x_ai"),
        ("api.perplexity.ai", "perplexity"),
        ("api.cerebras.ai", "cerebras"),
    ],
)
def test_the_host_decides_whatever_client_was_used(host: str, name: str) -> None:
    assert seller_of("openai", host) == Seller(name, "vendor")


def test_claude_in_azure_is_not_azure_openai() -> None:
    assert seller_of("anthropic", "acme.services.ai.azure.com").name == "azure.ai.inference"


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "::1", "[::1]", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.1.1", "fd00::1", "fe80::1%eth0",
     "0.0.0.0", "vllm", "gpu-7.internal", "box.local", "vllm.ml.svc.cluster.local"],  # noqa: S104  # an address, not a bind
)  # fmt: skip
def test_a_private_host_is_your_own_and_nobody_s_price(host: str) -> None:
    assert seller_of("openai", host, 8000) == Seller("unknown", "own")
    assert quote(Usage(1, 1), Served(seller_of("openai", host, 8000).name, "gpt-5.5", host)) == Unpriced("not in book")


@pytest.mark.parametrize(
    "host", ["llm.example.com", "8.8.8.8", "evil-api.openai.com.example.org", "notapi.openai.com", "999.1.1.1"]
)
def test_an_unknown_public_host_is_an_unknown_vendor(host: str) -> None:
    assert seller_of("openai", host) == Seller("unknown", "vendor")


def test_without_a_host_the_declared_provider_is_believed_if_it_is_known() -> None:
    assert seller_of("anthropic", None) == Seller("anthropic", "vendor")
    assert seller_of("acme", None) == Seller("unknown", "vendor")


def test_an_assignment_lets_a_host_play_a_seller_by_port_or_name() -> None:
    sellers.assign("127.0.0.1:8001", "openai")
    sellers.assign("Pool.internal", "gpu-pool")
    assert seller_of("openai", "127.0.0.1", 8001) == Seller("openai", "vendor")
    assert seller_of("openai", "127.0.0.1", 8002) == Seller("unknown", "own")
    assert seller_of("openai", "pool.internal", 80) == Seller("gpu-pool", "own")
    sellers.reset()
    assert seller_of("openai", "127.0.0.1", 8001) == Seller("unknown", "own")


def test_what_is_remembered_is_bounded() -> None:
    for number in range(3000):
        seller_of("openai", f"{number}.example.com")
    assert len(sellers._known) <= 1024
