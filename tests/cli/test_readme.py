"""What README.md shows is what the program says: the demo's tree, the settings, the attributes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_readme_and_the_attribute_table_are_true() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_first_screen_has_the_install_the_run_and_the_tree() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:35]
    assert any('pip install "otel-tokens[otlp]"' in line for line in first)
    assert any("otel-tokens run -- python app.py" in line for line in first)
    assert any("total ≥ $" in line for line in first)
