"""Asks genai-prices and LiteLLM what the vectors cost and writes tests/price/vectors/others.json. Needs a package index once.

The packages are put into a venv of their own under build/; nothing of them is needed by the product, its tests or `make check`.
`tools/generate_price_comparison.py` then makes the page.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from price_vectors import OTHERS, Vector, load

HERE = Path(__file__).resolve().parent
VENV = HERE.parent / "build" / "price-comparison" / "venv"
PYTHON = VENV / "bin" / "python"
PINS = {"genai_prices": "genai-prices==0.2.3", "litellm": "litellm==1.109.1"}
NEEDED = [  # LiteLLM's own requirements ask for a certifi newer than some indexes have; its prices need no certificate
    "aiohttp", "boto3", "certifi", "click", "fastuuid", "filelock", "httpx[http2]<1", "huggingface-hub<2", "importlib-metadata<9",
    "jinja2", "jsonschema", "openai<4", "packaging", "pydantic<3", "pydantic-settings", "python-dotenv", "pyyaml", "tiktoken",
    "tokenizers", "typing-extensions",
]  # fmt: skip
FIELDS = ("id", "provider", "model", "at", "service_tier", "batch", "speed", "inference_geo", "server_address", "usage")


def main() -> int:
    """0 when both have answered every question."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, PINS["genai_prices"], *NEEDED], check=True)
    subprocess.run([*install, "--no-deps", PINS["litellm"]], check=True)
    vectors = load()
    found = {name: answers(name, vectors) for name in PINS}
    for name, said in found.items():
        errors = sum("error" in answer for answer in said["answers"].values())
        print(f"{name} {said['version']}: {len(said['answers'])} answers, {errors} of them errors")
    OTHERS.write_text(written(found), encoding="utf-8")
    return 0


def answers(name: str, vectors: list[Vector]) -> dict[str, Any]:
    """What one package says to all of them."""
    script = HERE / "price_peers" / ("ask_genai_prices.py" if name == "genai_prices" else "ask_litellm.py")
    asked = json.dumps([{field: getattr(vector, field) for field in FIELDS} for vector in vectors])
    done = subprocess.run([str(PYTHON), str(script)], input=asked, stdout=subprocess.PIPE, text=True, check=True)
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
