"""What most tests start with: a loopback vendor of their own."""

from collections.abc import Iterator

import pytest

from otel_tokens.testing.server import Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        yield server
