"""Small files, short functions, a reason for every module, and the words of the vocabulary."""

import ast
from pathlib import Path

from tests.rules import tree

MAX_FUNCTION = 40
MAX_FILE = 250
EXCEPTIONS: dict[str, str] = {}  # "path" or "path:function" -> why it may be longer; empty, and meant to stay so
BANNED_NAMES = {"base", "common", "handler", "handlers", "helper", "helpers", "manager", "managers", "util", "utils"}


def long_functions(source: ast.Module) -> list[str]:
    functions = (node for node in ast.walk(source) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_rule_sees_a_long_function() -> None:
    body = "    pass\n"
    assert long_functions(ast.parse("def fits():\n" + body * (MAX_FUNCTION - 1))) == []
    assert long_functions(ast.parse("async def over():\n" + body * MAX_FUNCTION)) == ["over"]
    assert long_functions(ast.parse("class A:\n  def over(self):\n" + body * MAX_FUNCTION)) == ["over"]


def test_functions_fit_on_a_screen() -> None:
    found = {f"{tree.name(path)}:{function}" for path in tree.sources() for function in long_functions(tree.parse(path))}
    assert sorted(found) == sorted(key for key in EXCEPTIONS if ":" in key)


def test_files_stay_small() -> None:
    found = {tree.name(path): lines(path) for path in tree.sources() if lines(path) > MAX_FILE}
    assert sorted(found) == sorted(key for key in EXCEPTIONS if ":" not in key), found


def test_every_module_says_why_it_exists() -> None:
    assert tree.sources()
    assert [tree.name(path) for path in tree.sources() if not ast.get_docstring(tree.parse(path))] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    tests = (path for path in (tree.ROOT / "tests").rglob("*.py"))
    assert [tree.name(path) for path in (*tree.sources(), *tests) if path.stem.strip("_") in BANNED_NAMES] == []
