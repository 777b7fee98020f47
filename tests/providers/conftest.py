"""Assertions in the promises explain themselves, and collecting garbage does not walk through two SDKs each time."""

import gc

import pytest

pytest.register_assert_rewrite("tests.providers.kit", "tests.providers.promises")


@pytest.fixture(scope="session", autouse=True)
def _small_heap() -> None:
    gc.collect()
    gc.freeze()
