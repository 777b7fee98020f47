"""A pytest plugin: how many promises a version kept, failed, or was not asked because it lacks the method, by client library."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

_of: dict[str, str] = {}
_failed: dict[str, str] = {}
_ran: set[str] = set()
_left_out: Counter[str] = Counter()


def library(item: pytest.Item) -> str:
    """The client library that a test is about: its case's, else the one that its file is named for or that it has a client of."""
    params: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    if "case" in params:
        return params["case"].library.__name__.replace(".", "-")
    return "openai" if "oai" in getattr(item, "fixturenames", ()) else item.path.stem.removeprefix("test_").replace("_", "-")


def pytest_deselected(items: Iterable[pytest.Item]) -> None:
    _left_out.update(map(library, items))


def pytest_collection_finish(session: pytest.Session) -> None:
    _of.update((item.nodeid, library(item)) for item in session.items)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _ran.add(report.nodeid)
    if report.outcome != "passed":
        _failed.setdefault(report.nodeid, f"{report.when}: {str(report.longrepr)[-600:]}")


def pytest_sessionfinish() -> None:
    ran, failed = Counter(_of[test] for test in _ran), Counter(_of[test] for test in _failed)
    found = {
        name: {"passed": ran[name] - failed[name], "failed": failed[name], "not applicable": _left_out[name]}
        for name in sorted({*ran, *_left_out})
    }
    Path(os.environ["MATRIX_OUTCOMES"]).write_text(json.dumps({"found": found, "failed": _failed}), encoding="utf-8")
