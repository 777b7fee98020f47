"""A provider is a declaration: data on `spec`, one short file, no code of its own."""

import ast

import pytest

from tests.rules import tree

MAX_LINES = 80
CODE = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Await,
    ast.For,
    ast.If,
    ast.Try,
    ast.TryStar,
    ast.While,
    ast.With,
    ast.Yield,
    ast.YieldFrom,
)


def code_in(source: ast.Module) -> list[str]:
    return [f"{type(node).__name__} at line {node.lineno}" for node in ast.walk(source) if isinstance(node, CODE)]


@pytest.mark.parametrize(
    "sample",
    ["def f(): ...", "async def f(): ...", "try: x = 1\nexcept KeyError: pass", "async def f(): await g()", "if x: y = 1"],
)
def test_the_rule_sees_code(sample: str) -> None:
    assert code_in(ast.parse(sample))


def test_the_rule_accepts_a_declaration() -> None:
    assert code_in(ast.parse("from otel_tokens.spec import Seam\nSEAMS = [Seam(name, 'x') for name in ('a', 'b')]")) == []


def test_providers_and_frameworks_are_declarations() -> None:
    declarations = [path for path in tree.sources() if {"providers", "frameworks"} & set(path.parts) and path.stem != "__init__"]
    assert {tree.name(path): code_in(tree.parse(path)) for path in declarations if code_in(tree.parse(path))} == {}
    sizes = {tree.name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in declarations}
    assert {path: size for path, size in sizes.items() if size > MAX_LINES} == {}
