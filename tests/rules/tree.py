"""The tree as the rules see it: which files there are, and their parsed source."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "otel_tokens"
PRUNED = {"build", "dist", "node_modules", "__pycache__"}


def _is_ours(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name != ".ci"
    return not hidden and folder.name not in PRUNED and not (folder / "pyvenv.cfg").exists()


def files() -> Iterator[Path]:
    """Every file of the repository; no caches, no venvs, no build output."""
    for folder, children, names in os.walk(ROOT):
        children[:] = [child for child in children if _is_ours(Path(folder, child))]
        yield from (Path(folder, name) for name in names)


def sources() -> list[Path]:
    """Every Python file of the package."""
    return sorted(path for path in SRC.rglob("*.py") if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def docstrings(tree: ast.Module) -> set[ast.expr]:
    """The string nodes that stand alone as a statement: docstrings, also those of attributes."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
