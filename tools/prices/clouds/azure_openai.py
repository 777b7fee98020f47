"""Azure OpenAI: the Global Standard list from LiteLLM, checked against OpenAI's own."""

from __future__ import annotations

from typing import Any

from tools.prices import merge
from tools.prices.model import Model, copied
from tools.prices.report import Report

KINDS = ("gpt-", "o1", "o3", "o4", "text-embedding", "codex", "whisper", "tts", "computer-use", "chat-latest")


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    own = {
        key.removeprefix("azure/"): model
        for key, model in litellm.items()
        if model["provider"] == "azure" and key.startswith("azure/") and "/" not in key.removeprefix("azure/")
    }
    models: dict[str, Model] = {}
    snapshots: dict[str, list[str]] = {}
    for name, found in own.items():
        whole = name[:-11] if name[-11:-8] == "-20" else None
        if whole in own and found["prices"][0]["rates"] == own[whole]["prices"][0]["rates"]:
            snapshots.setdefault(whole, []).append(name)
        elif name.startswith(KINDS):
            models[name] = copied(found)
    for name, model in models.items():
        model["names"] = snapshots.get(name, [])
        merge.long_writes(model["prices"][0])
        first = genai["openai"].get(name, {"prices": [{"rates": {}}]})["prices"][-1]["rates"]
        rates = model["prices"][0]["rates"]
        agreed = all(rates.get(leaf) == first.get(leaf) for leaf in ("input", "output"))
        model["confidence"] = "sources agree" if agreed else "single source"
        model["dated"] = name[-11:-8] != "-20" and name not in rulings["undated"]
    return models
