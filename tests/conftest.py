"""What most tests start with: a loopback vendor of their own."""

from collections.abc import Callable, Iterator

import pytest

from otel_tokens.price import shelf
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor

pytest.register_assert_rewrite("tests.providers.kit", "tests.providers.promises")  # before anybody imports them


@pytest.fixture(autouse=True, scope="session")
def prices_of_the_release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nobody's own or refreshed prices, whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("OTEL_TOKENS_PRICES", raising=False)
        shelf.use()
        yield


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server


@pytest.fixture
def seen(vendor: Vendor) -> Iterator[Captured]:
    """Everything that is recorded, where the vendor bills as OpenAI does."""
    with capture(sellers={vendor.url.removeprefix("http://"): "openai"}) as found:
        yield found


@pytest.fixture
def call(vendor: Vendor) -> Iterator[Callable[[], object]]:
    """Makes one call that our client seam sees; every one costs the same."""
    from tests.providers.openai import bodies, case

    with case.client(vendor.url, False) as client:

        def ask() -> object:
            vendor.reply(json=bodies.CHAT)
            return client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "2+2?"}])

        yield ask
