"""Asks genai-prices and LiteLLM what the vectors cost and writes tests/price/vectors/others.json. Needs a package index once.

The packages are in a cached venv of their own (`venvs.price_peers`); nothing of them is needed by the product, its tests or
`make check`. `tools/generate_price_comparison.py` then makes the page.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import venvs
from price_vectors import OTHERS, Vector, load

HERE = Path(__file__).resolve().parent
SCRIPTS = {"genai_prices": "ask_genai_prices.py", "litellm": "ask_litellm.py"}
FIELDS = ("id", "provider", "model", "at", "service_tier", "batch", "speed", "inference_geo", "server_address", "usage")


def main() -> int:
    """0 when both have answered every question."""
    python = venvs.price_peers()
    vectors = load()
    found = {name: answers(python, name, vectors) for name in SCRIPTS}
    for name, said in found.items():
        errors = sum("error" in answer for answer in said["answers"].values())
        print(f"{name} {said['version']}: {len(said['answers'])} answers, {errors} of them errors")
    OTHERS.write_text(written(found), encoding="utf-8")
    return 0


def answers(python: Path, name: str, vectors: list[Vector]) -> dict[str, Any]:
    """What one package says to all of them."""
    script = HERE / "price_peers" / SCRIPTS[name]
    asked = json.dumps([{field: getattr(vector, field) for field in FIELDS} for vector in vectors])
    done = subprocess.run([str(python), str(script)], input=asked, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def written(found: dict[str, Any]) -> str:
    """One vector a line, so that a difference names it."""
    versions = {name: said["version"] for name, said in found.items()}
    ids = list(next(iter(found.values()))["answers"])
    lines = [f"  {json.dumps(each)}: {json.dumps({name: said['answers'][each] for name, said in found.items()})}" for each in ids]
    return f'{{"versions": {json.dumps(versions)}, "answers": {{\n' + ",\n".join(lines) + "\n}}\n"


if __name__ == "__main__":
    sys.exit(main())
