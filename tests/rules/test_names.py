"""An attribute or metric name is spelled once, in `semconv`; everything else says the constant."""

import ast

from tests.rules import tree

PREFIXES = ("otel_tokens.", "gen_ai.")
ALLOWED: dict[str, set[str]] = {}  # module -> literal names it may spell: context keys of other packages, with the reason
DIALECTS = tree.SRC / "adopt" / "dialects.py"  # spells the names that other projects write; ours never


def _is_module(text: str) -> bool:
    """Whether a text such as "otel_tokens.plugin" names a module of ours (logger names, lazy imports)."""
    parts = text.split(":", maxsplit=1)[0].split(".")
    path = tree.SRC.parent.joinpath(*parts)
    return path.is_dir() or path.with_suffix(".py").exists()


def spelled(source: ast.Module) -> set[str]:
    prose = tree.docstrings(source)
    texts = (node for node in ast.walk(source) if isinstance(node, ast.Constant) and node not in prose)
    names = {node.value for node in texts if isinstance(node.value, str) and node.value.startswith(PREFIXES)}
    return {name for name in names if not _is_module(name)}


def test_the_rule_sees_names_but_not_prose_or_modules() -> None:
    source = (
        '"""gen_ai.usage is prose."""\nA = "gen_ai.usage.input_tokens"\nB = f"otel_tokens.cost.{A}"\nC = "otel_tokens.semconv"'
    )
    assert spelled(ast.parse(source)) == {"gen_ai.usage.input_tokens", "otel_tokens.cost."}


def test_semconv_spells_the_names() -> None:
    assert {"otel_tokens.cost.total", "gen_ai.request.model"} <= spelled(tree.parse(tree.SRC / "semconv.py"))


def test_nobody_else_spells_a_name() -> None:
    others = (path for path in tree.sources() if path not in (tree.SRC / "semconv.py", DIALECTS))
    found = {tree.name(path): spelled(tree.parse(path)) - ALLOWED.get(tree.name(path), set()) for path in others}
    assert {path: sorted(names) for path, names in found.items() if names} == {}


def test_the_dialects_spell_none_of_ours() -> None:
    assert not [name for name in spelled(tree.parse(DIALECTS)) if name.startswith("otel_tokens.")]
