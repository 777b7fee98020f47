"""A terminal in an empty directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_tokens.testing.server import Vendor
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Vendor() as vendor:
        yield Terminal(tmp_path, vendor)
