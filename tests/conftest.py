"""What most tests start with: a loopback vendor of their own."""

from collections.abc import Iterator

import pytest

from otel_tokens.price import shelf
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
