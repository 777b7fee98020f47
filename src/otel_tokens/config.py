"""Every setting, once: read from the environment when the plugin starts, frozen from then on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

PATH = "path of a TOML file"


def setting(variable: str, default: Any, choices: str, meaning: str) -> Any:
    """One documented setting; the table in the docs is made from these."""
    return field(default=default, metadata={"variable": variable, "choices": choices, "meaning": meaning})


@dataclass(frozen=True)
class Config:
    """What the environment says. A value that is not understood keeps its default and is told in `problems`."""

    disabled: bool = setting("OTEL_TOKENS_DISABLED", False, "true, false", "Turns everything off: nothing is patched.")
    stream_usage: str = setting(
        "OTEL_TOKENS_STREAM_USAGE", "observe", "observe, request",
        "`request` asks for usage on streams that would state none, on a copy of the request, and hides the extra chunk.",
    )  # fmt: skip
    sellers: tuple[tuple[str, str], ...] = setting(
        "OTEL_TOKENS_SELLERS", (), "host=seller, …",
        "Who bills for a host that is not in the table, e.g. `llm.example.com=openai` for a gateway that bills list prices.",
    )  # fmt: skip
    prices: str = setting(
        "OTEL_TOKENS_PRICES", "", PATH,
        "Your own prices (docs/price-overlay.md): private rates, discounts, own models, deployments. Read again when it changes.",
    )  # fmt: skip
    price_order: tuple[str, ...] = setting(
        "OTEL_TOKENS_PRICE_ORDER", ("provider", "overlay", "refreshed", "bundled"), "provider, overlay, refreshed, bundled",
        "Where a cost is from, best first; what is left out is not used. `provider` is a cost that the vendor states.",
    )  # fmt: skip
    baggage: tuple[str, ...] = setting(
        "OTEL_TOKENS_BAGGAGE", (), "team, feature, customer, workflow, agent, conversation, session",
        "What of the payer travels in baggage, and is believed when it arrives. Baggage goes to every host that is called.",
    )  # fmt: skip
    executors: str = setting(
        "OTEL_TOKENS_EXECUTORS", "carry", "carry, leave",
        "`carry` gives work submitted to a ThreadPoolExecutor the context of its submitter, so that its cost finds its parent.",
    )  # fmt: skip
    draft_cost: bool = setting(
        "OTEL_TOKENS_DRAFT_COST", True, "true, false",
        "Also writes the drafted `gen_ai.usage.cost.*` attributes on LLM spans.",
    )  # fmt: skip
    token_usage: str = setting(
        "OTEL_TOKENS_TOKEN_USAGE", "auto", "auto, on, off",
        "The `gen_ai.client.token.usage` histogram; `auto` leaves it to another GenAI instrumentation when one is loaded.",
    )  # fmt: skip
    problems: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Reads `OTEL_TOKENS_*`; never raises."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        for one in fields(cls):
            variable = one.metadata.get("variable")
            text = environ.get(variable, "").strip() if variable else ""
            if not text:
                continue
            try:
                values[one.name] = _parse(one.default, one.metadata["choices"], text)
            except ValueError as error:
                problems.append(
                    f"{variable}={text!r} is not understood ({error}), the default is used. Choose: {one.metadata['choices']}."
                )
        return cls(**values, problems=tuple(problems))


def _parse(default: Any, choices: str, text: str) -> Any:
    allowed = [choice.strip() for choice in choices.split(",")]
    if isinstance(default, bool):
        if text.lower() in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            return text.lower() in ("1", "true", "yes", "on")
        raise ValueError("not true or false")
    if choices == PATH:
        return text
    if isinstance(default, str):
        if text.lower() not in allowed:
            raise ValueError("not a choice")
        return text.lower()
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if "=" in choices:
        pairs = tuple(tuple(part.strip() for part in word.split("=", 1)) for word in words)
        if any(len(pair) != 2 or not all(pair) for pair in pairs):
            raise ValueError("not a list of host=seller")
        return pairs
    if unknown := [word for word in words if word not in allowed]:
        raise ValueError(f"unknown: {', '.join(unknown)}")
    return words


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return (default if isinstance(default, str) else ", ".join(default)) or "–"


def table() -> str:
    """The settings as a Markdown table, for the docs."""
    rows = ["| variable | values | default | meaning |", "|---|---|---|---|"]
    for one in fields(Config):
        if one.metadata:
            default = _shown(one.default)
            rows.append(f"| `{one.metadata['variable']}` | {one.metadata['choices']} | {default} | {one.metadata['meaning']} |")
    return "\n".join(rows) + "\n"
