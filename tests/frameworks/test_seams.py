"""What is put on comes off exactly, in whatever order things are imported, and no framework is imported by us."""

import importlib
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from otel_tokens.frameworks import FRAMEWORKS
from otel_tokens.frameworks.spec import Calls
from otel_tokens.patch import seam
from otel_tokens.testing import capture
from tests.rules import tree

TARGETS = [
    f"{place.module}:{path}"
    for framework in FRAMEWORKS
    for place in framework.seams
    for path in (
        place.functions
        if isinstance(place, Calls)
        else [f"{name}.{what}" for name in place.classes for what in (place.start, place.finish)]
    )
]


def holder_of(target: str) -> Any:
    module, _, path = target.partition(":")
    return getattr(importlib.import_module(module), path.split(".")[0])


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_there(target: str) -> None:
    assert target.rpartition(".")[2] in vars(holder_of(target))


def test_everything_is_restored_exactly() -> None:
    """Of the classes themselves, not of what they inherit."""
    before = {target: dict(vars(holder_of(target))) for target in TARGETS}
    for _ in range(2):
        with capture():
            put_on = {place.split(":")[1] for place in seam.applied()}
            assert put_on >= {target.split(":")[1] for target in TARGETS}
        after = {target: dict(vars(holder_of(target))) for target in TARGETS}
        assert after == before


PROGRAM = """
import importlib, json, sys
from otel_tokens import TokensInstrumentor
names = {names}
first = sys.argv[1] == "framework first"
if first:
    [importlib.import_module(name) for name in names]
TokensInstrumentor().instrument()
ours = [name for name in names if name in sys.modules] if not first else []
[importlib.import_module(name) for name in names]
from otel_tokens.patch import seam
print(json.dumps([ours, [place.split(":")[1] for place in seam.applied()]]))
"""


@pytest.mark.parametrize("order", ["framework first", "we first"])
@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_whatever_is_imported_first(framework: Any, order: str) -> None:
    names = [place.module for place in framework.seams]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(names=names), order],
        env={**os.environ, "PYTHONPATH": str(tree.SRC.parent)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    ours, put_on = json.loads(done.stdout)
    assert ours == []
    wanted = {target.split(":")[1] for target in TARGETS if target.split(":")[0] in names}
    assert wanted <= set(put_on)
    assert "otel-tokens" not in done.stderr
