"""A terminal in an empty directory, and a price book to ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_tokens import price
from otel_tokens.testing.server import Vendor
from tests.cli.asking import Book
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Vendor() as vendor:
        yield Terminal(tmp_path, vendor)


@pytest.fixture
def book(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Book]:
    """The bundled book alone: no overlay, no refreshed prices of whoever runs the tests."""
    monkeypatch.delenv("OTEL_TOKENS_PRICES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield Book(capsys)
    price.shelf.use()
    price.sellers.reset()
