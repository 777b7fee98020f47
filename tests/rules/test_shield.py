"""`guard` is the only place that catches everything. Ruff's BLE001 says so too; these also see what it lets pass."""

import ast
import re

import pytest

from tests.rules import tree

BROAD = {"Exception", "BaseException"}


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {"BaseException"}
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _swallows(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        return bool(_names(node.type) & BROAD) and not passes_on
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "suppress":
        return any(_names(argument) & BROAD for argument in node.args)
    return False


def swallowing(source: ast.Module) -> list[int]:
    return [getattr(node, "lineno", 0) for node in ast.walk(source) if _swallows(node)]


@pytest.mark.parametrize(
    "sample",
    [
        "try: f()\nexcept Exception: log()",
        "try: f()\nexcept: pass",
        "try: f()\nexcept (KeyError, BaseException) as error: raise KeyError from error",
        "with contextlib.suppress(Exception): f()",
    ],
)
def test_the_rule_sees_a_swallowed_exception(sample: str) -> None:
    assert swallowing(ast.parse(sample))


@pytest.mark.parametrize("sample", ["try: f()\nexcept KeyError: pass", "try: f()\nexcept BaseException:\n  settle()\n  raise"])
def test_the_rule_accepts_narrow_handlers_and_those_that_pass_it_on(sample: str) -> None:
    assert swallowing(ast.parse(sample)) == []


def test_only_guard_catches_everything() -> None:
    found = {tree.name(path): swallowing(tree.parse(path)) for path in tree.sources() if path != tree.SRC / "guard.py"}
    assert found
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_guard_really_has_the_shield() -> None:
    assert swallowing(tree.parse(tree.SRC / "guard.py"))


def test_no_source_file_switches_the_lint_rule_off() -> None:
    switch = re.compile(r"#\s*(ruff:\s*)?noqa(?!: [A-Z]+[0-9]+)|noqa.*BLE", re.IGNORECASE)
    assert [tree.name(path) for path in tree.sources() if switch.search(path.read_text(encoding="utf-8"))] == []
