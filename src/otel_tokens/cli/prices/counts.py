"""The usage that somebody states, as our own counts: every key is read or complained of, none is left out in silence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from otel_tokens import semconv
from otel_tokens.types import FIELDS, Usage

MOST = (1 << 63) - 1
OTEL = semconv.INPUT_TOKENS.removesuffix("input_tokens")
VENDORS_OWN = {
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}
"""Also how Anthropic spells them, beside an `input_tokens` that leaves the cache out."""
SPELLINGS: dict[str, str] = {
    **{name: name for name in FIELDS},
    **VENDORS_OWN,
    "cache_creation_tokens": "cache_write_tokens",
    semconv.INPUT_TOKENS: "input_tokens",
    semconv.OUTPUT_TOKENS: "output_tokens",
    semconv.CACHE_READ_TOKENS: "cache_read_tokens",
    semconv.CACHE_WRITE_TOKENS: "cache_write_tokens",
    semconv.CACHE_WRITE_TOKENS.replace("cache_write", "cache_creation"): "cache_write_tokens",
    semconv.REASONING_TOKENS: "reasoning_tokens",
    **{OTEL + name: field for name, field in VENDORS_OWN.items()},
    OTEL + "cache_creation_tokens": "cache_write_tokens",
}
SECONDS = {"audio_seconds": "audio_ms", "video_seconds": "video_ms"}
SHORT = {
    "in": "input_tokens", "input": "input_tokens", "out": "output_tokens", "output": "output_tokens",
    "requests": "requests", **{name.removesuffix("_tokens").removesuffix("_requests"): name for name in FIELDS},
}  # fmt: skip
"""What a person may type for a count: in=1000,out=200,cache_read=800."""


def read(stated: Mapping[str, object], *, claude: bool = False) -> tuple[Usage, str | None]:
    """The counts, and why they cannot be priced although they are counts. Raises ValueError for what is no count.

    `claude`: the call went to a model of Anthropic's, whose own spelling of the cache counts means another input.
    """
    found: dict[str, int] = {}
    problem: str | None = None
    for key, value in stated.items():
        name = SPELLINGS.get(key)
        if value is None:
            continue
        if name is not None:
            number = value if type(value) is int and 0 <= value <= MOST else _whole(key, value)
        elif key in SECONDS:
            name, number = SECONDS[key], _milliseconds(key, value)
        else:
            problem = problem or (None if _nothing(value) else f"unknown usage key: {key}")
            continue
        if claude and number and key in VENDORS_OWN and "input_tokens" in stated:
            told = f"say {name}, and as input_tokens all input with it"
            problem = f"ambiguous usage key: {key} beside input_tokens may be outside it or inside; {told}"
        if found.setdefault(name, number) != number:
            raise ValueError(f"usage says {name} twice, and {key} is another number: leave one out")
    return Usage(**found), problem


def reported(usage: Usage) -> dict[str, int]:
    """The counts that were reported, by field."""
    return {name: count for name, count in zip(FIELDS, usage, strict=True) if count is not None}


def typed(text: str) -> dict[str, object]:
    """What a person typed: `in=1000,out=200` or a JSON object. Raises ValueError."""
    if text.lstrip().startswith("{"):
        import json

        return json.loads(text)
    found: dict[str, object] = {}
    for word in text.replace(" ", ",").split(","):
        name, equals, count = word.partition("=")
        if not word:
            continue
        if not equals or not count.replace("_", "").replace(".", "", 1).isdigit():
            raise ValueError(f"{word!r} is not a count: say in=1000,out=200,cache_read=800")
        key = name if name in SPELLINGS or name in SECONDS else SHORT.get(name, name)
        found[key] = count if key in SECONDS else int(Decimal(count)) if not Decimal(count) % 1 else float(count)
    return found


def _whole(key: str, value: object) -> int:
    """An integral float is a count; a fraction, a text, a truth and a negative number are not."""
    if isinstance(value, float) and value.is_integer() and 0 <= value <= MOST:
        return int(value)
    raise ValueError(f"usage.{key} must be a whole number ≥ 0, not {str(value)[:40]!r}")


def _milliseconds(key: str, value: object) -> int:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            milliseconds = (Decimal(str(value)) * 1000).to_integral_value(ROUND_HALF_UP)
            if 0 <= milliseconds <= MOST:
                return int(milliseconds)
        except ArithmeticError:
            pass
    raise ValueError(f"usage.{key} must be seconds ≥ 0, not {str(value)[:40]!r}")


def _nothing(value: object) -> bool:
    return isinstance(value, int | float) and value == 0
