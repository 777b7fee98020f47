"""What to do about a call that has no price: one line for each reason that the engine gives."""

from __future__ import annotations

FIXES: tuple[tuple[str, str], ...] = (
    ("no usage", 'for a stream send stream_options={"include_usage": True}, or set OTEL_TOKENS_STREAM_USAGE=request'),
    ("unknown model", "the price book has no such model: check the name, or upgrade otel-tokens"),
    ("not in book", "no prices are known for {at}: if it bills a vendor's list prices, say OTEL_TOKENS_SELLERS={at}=openai"),
    ("fine-tuned rate unknown", "the price book has no rate for fine-tuned models of this base: upgrade otel-tokens"),
    ("no rate for service tier", "the price book has no rate for this tier of the model: upgrade otel-tokens"),
    ("no rate", "the price book has the model but not this rate: upgrade otel-tokens"),
    ("no model", "neither the request nor the answer named a model: name it in the request"),
    ("failed without usage", "the call failed before usage was stated: it may have been billed; the vendor's console knows"),
    ("inconsistent usage", "the counts contradict each other (a part above its whole): whoever answered reports them wrongly"),
    ("invalid usage", "the counts were no numbers: whoever answered reports them wrongly"),
    ("not priced", "this span was made without otel-tokens: run the program that made it with otel-tokens"),
)


def fix(reason: str, at: str) -> str:
    """What to do about a call at that seller or host; the first entry that the reason begins with."""
    text = next((text for start, text in FIXES if reason.startswith(start)), "`otel-tokens doctor` says what is known about it")
    return text.replace("{at}", at)
