"""The two collections that figures are taken from, read into one form (model.py)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tools.prices import genai, litellm
from tools.prices.model import Model


class Sources(NamedTuple):
    genai: dict[str, dict[str, Model]]
    """Provider id → model id → model."""
    litellm: dict[str, Model]
    """LiteLLM's key → model, only those with a price."""
    unpriced: frozenset[str]
    """LiteLLM's keys without one."""


def read(wheel_or_json: Path) -> Sources:
    every = litellm.every(wheel_or_json)
    priced = {name: model for name, model in every.items() if model["prices"][0]["rates"]}
    return Sources(genai.read(), priced, frozenset(every.keys() - priced.keys()))
