"""`make provider` writes files that the project accepts as they are."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import scaffold

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the scaffold writes into."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_new_provider_is_declared_listed_and_watched(tree: Path) -> None:
    assert scaffold.main(["groq", "--root", str(tree)]) == 0
    code = "from otel_tokens import _pre, providers; print([p.module for p in providers.PROVIDERS], _pre.WATCHED)"
    seen = subprocess.run([sys.executable, "-c", code], cwd=tree / "src", capture_output=True, text=True, check=True).stdout
    assert seen.count("groq._base_client") == 2
    for path in ("tests/providers/groq/case.py", "tests/providers/groq/bodies.py"):
        assert ast.parse((tree / path).read_text())
    assert len((tree / "src/otel_tokens/providers/groq.py").read_text().splitlines()) <= 40


def test_nothing_is_overwritten_and_odd_names_are_refused(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scaffold.main(["openai", "--root", str(tree)]) == 2
    assert "exists" in capsys.readouterr().err
    assert scaffold.main(["no-such.name", "--root", str(tree)]) == 2
    assert "not an import name" in capsys.readouterr().err


def test_every_provider_and_framework_starts_the_engine() -> None:
    from otel_tokens import _pre
    from otel_tokens.frameworks import FRAMEWORKS
    from otel_tokens.providers import PROVIDERS

    frameworks = [{seam.module for seam in framework.seams} for framework in FRAMEWORKS]
    clients = {provider.module for provider in PROVIDERS} | {"otel_tokens.steps"}
    assert clients <= set(_pre.WATCHED) <= clients.union(*frameworks)
    assert all(modules & set(_pre.WATCHED) for modules in frameworks)
