"""Sellers whose models need more than the common merge: the big clouds, each in a module of its own.

A module `clouds/<file>.py` has one function:

    def build(genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report)
            -> dict[str, Model]

`genai` is provider id → model id → model, `litellm` is LiteLLM's full key → model (`model["provider"]` is its
`litellm_provider`, `model["raw"]` the entry itself); see `importers/model.py` for a model's shape. Both are shared: change a
`copied(model)`. `rulings` is `rulings/<seller>.toml`. The result is keyed by the id under which the model stands in the file;
other exact names go into `model["names"]`. `kind`, `confidence` and `dated` are set by build; `merge.merged(first, second,
ruling, report)` does it all when two plain dicts by id are enough. Afterwards the common part applies `[models."ID"]` rulings,
families and `uplift` lists, and writes; header fields (`prefixes`, `suffixes`, `uplifts`, `unmetered`, …) are copied from the
rulings as they are.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

MODULES = {
    "aws.bedrock": "bedrock",
    "gcp.gemini": "gemini",
    "gcp.vertex_ai": "vertex",
    "azure.ai.openai": "azure_openai",
    "azure.ai.inference": "azure_inference",
}


def module(seller: str) -> Any | None:
    """The module of a seller, None for one of the common kind or one that has no module yet."""
    name = f"{__name__}.{MODULES[seller]}" if seller in MODULES else ""
    return import_module(name) if name and find_spec(name) else None
