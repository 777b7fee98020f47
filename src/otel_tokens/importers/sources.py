"""The two collections that figures are taken from, read into one form (model.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from otel_tokens.importers import genai, litellm
from otel_tokens.importers.model import Model
from otel_tokens.importers.trouble import Trouble


class Sources(NamedTuple):
    """Everything that the two say."""

    genai: dict[str, dict[str, Model]]
    """Provider id → model id → model."""
    litellm: dict[str, Model]
    """LiteLLM's key → model, only those with a price."""
    unpriced: frozenset[str]
    """LiteLLM's keys without one."""


def read(providers: Iterable[Any], entries: str, trouble: Trouble) -> Sources:
    """`providers`: genai-prices' objects. `entries`: LiteLLM's JSON."""
    every = litellm.read(entries, trouble)
    priced = {name: model for name, model in every.items() if model["prices"][0]["rates"]}
    return Sources(genai.read(providers, trouble), priced, frozenset(every.keys() - priced.keys()))
