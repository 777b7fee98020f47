"""Garbage is collected fast, and an old SDK is not asked for what it lacks."""

import gc
import importlib
import inspect
from functools import cache
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def _small_heap() -> None:
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects what `@pytest.mark.needs("module:Class.method(parameter)")` says that this version of an SDK does not have.

    `make matrix` counts these, and fails if there is one with the newest versions.
    """
    without = [item for item in items if not all(there(path) for mark in item.iter_markers("needs") for path in mark.args)]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


@cache
def there(path: str) -> bool:
    path, _, parameter = path.rstrip(")").partition("(")
    module, _, names = path.partition(":")
    try:
        first, *rest = names.split(".")
        found: Any = getattr(importlib.import_module(module), first)  # some modules load their names when asked
        for name in rest:
            found = getattr(found, name) if inspect.ismodule(found) else inspect.getattr_static(found, name)
    except (ImportError, AttributeError):
        return False
    return not parameter or parameter in inspect.signature(getattr(found, "func", found)).parameters
