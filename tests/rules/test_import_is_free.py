"""`import otel_tokens` costs nothing and promises exactly what its docstring says."""

import importlib
import json
import os
import subprocess
import sys

from tests.rules import tree

NEW_MODULES = """
import json, sys
before = set(sys.modules)
import {module}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(module: str) -> set[str]:
    """The modules that importing `module` adds in a fresh interpreter."""
    environ = {**os.environ, "PYTHONPATH": str(tree.SRC.parent)}
    script = NEW_MODULES.format(module=module)
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def third_party(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names)


def test_the_rule_sees_what_an_import_loads() -> None:
    assert "rich" in third_party(loaded_by("rich.console"))


def test_importing_us_loads_no_sdk_and_nothing_for_people() -> None:
    loaded = loaded_by("otel_tokens")
    assert "otel_tokens" in loaded
    assert third_party(loaded) <= {"otel_tokens", "opentelemetry"}
    assert [name for name in loaded if name.startswith("opentelemetry.sdk")] == []


def test_the_public_names_are_the_ones_the_docstring_promises() -> None:
    package = importlib.import_module("otel_tokens")
    names = list(package.__all__)
    assert names
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(package, name)] == []
    assert [name for name in names if name not in (package.__doc__ or "")] == []
