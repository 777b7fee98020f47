"""Price books by hand, as `otel-tokens prices refresh --from` wants them, and small stand-ins for their two sources."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

VERSION = "2100-01-01"
Rates = dict[str, tuple[str, str]]


def book(folder: Path, sellers: dict[str, Rates], version: str = VERSION, **more: Any) -> Path:
    """`sellers`: seller → model → (input, output)."""
    folder.mkdir(parents=True, exist_ok=True)
    digests: dict[str, str] = {}
    for seller, models in sellers.items():
        lines = [
            f'"{name}":{{"prices":[{{"rates":{{"input":"{inp}","output":"{out}"}}}}]}}' for name, (inp, out) in models.items()
        ]
        text = f'{{"seller":"{seller}",\n"version":"{version}",\n"models":{{\n' + ",\n".join(lines) + "\n}}\n"
        (folder / f"{seller}.json").write_text(text, "utf-8")
        digests[seller] = hashlib.sha256(text.encode()).hexdigest()
    index = {"format": 1, "version": version, "timestamp": 4102444800.0, "names": {}, "hosts": [], "sellers": digests, **more}
    (folder / "index.json").write_text(json.dumps(index), "utf-8")
    return folder


GENAI = """
from decimal import Decimal
from types import SimpleNamespace as Said

def model(name, **prices):
    stated = Said(**{leaf: Decimal(rate) for leaf, rate in prices.items()})
    return Said(id=name, match=Said(equals=name), is_match=name.__eq__, prices=stated, price_variants=None, context_window=None)

providers = [Said(id="cerebras", models=[
    model("shared", input_mtok="1", output_mtok="2"),
    model("from-tomorrow", input_mtok="1", thought_waves="3"),
])]
"""
LITELLM = {
    "sample_spec": {"litellm_provider": "one of", "mode": "one of"},
    "cerebras/shared": {
        "litellm_provider": "cerebras", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
        "cache_read_input_token_cost": 1e-07,
    },
    "cerebras/lone": {
        "litellm_provider": "cerebras", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06,
    },
}  # fmt: skip


def wheels(folder: Path) -> Path:
    """Both packages as wheels of a release that nobody has yet."""
    folder.mkdir(parents=True, exist_ok=True)
    _wheel(folder, "genai_prices", {"genai_prices/__init__.py": "", "genai_prices/data.py": GENAI})
    _wheel(folder, "litellm", {"litellm/model_prices_and_context_window_backup.json": json.dumps(LITELLM)})
    return folder


def unpacked(folder: Path) -> Path:
    """The same as they lie in a Python that has them."""
    for wheel in wheels(folder / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
    return folder


def _wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    info = f"{name}-999.1.dist-info"
    facts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 999.1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    every = files | facts
    record = "".join(f"{path},,\n" for path in (*every, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-999.1-py3-none-any.whl", "w") as packed:
        for path, text in (every | {f"{info}/RECORD": record}).items():
            packed.writestr(path, text)
