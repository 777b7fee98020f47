"""The dialect of OpenAI's image, transcription and speech endpoints."""

from otel_tokens.spec import Breakdown, Operation

SVG = Operation("image_generation", {
    "input_tokens": "input_tokens", "output_tokens": "output_tokens", "reasoning_tokens": "reasoning_tokens",
})  # fmt: skip

IMAGES = Operation(
    "image_generation",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "input_image_tokens": "input_tokens_details.image_tokens",
        "output_image_tokens": "output_tokens_details.image_tokens|output_tokens",
    },
    reported={"cost": 10**15, "cost_in_usd_ticks": 10**5},
    breakdown=Breakdown("svg_usage", "model", "", SVG, besides=True),  # a text model writes it, and bills for itself
    reads={"images": "len:data"},
    events={"image_generation.completed": "", "image_edit.completed": ""},
    terminal=frozenset({"image_generation.completed", "image_edit.completed"}),
    sentinel=b".completed",
)
TRANSCRIPTION = Operation(
    "transcription",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "input_audio_tokens": "input_token_details.audio_tokens",
    },
    reads={"audio_ms": "ms:usage.seconds|duration"},
    events={"transcript.text.done": ""},
    terminal=frozenset({"transcript.text.done"}),
    sentinel=b"transcript.text.done",
)
SPEECH = Operation("speech", request_reads={"characters": "len:input"}, has_output=False)
SPOKEN = Operation(
    "speech",
    counts={"input_tokens": "input_tokens", "output_tokens": "output_tokens", "output_audio_tokens": "output_tokens"},
    events={"speech.audio.done": ""},
    terminal=frozenset({"speech.audio.done"}),
)
TOOL_IMAGES = Operation("image_generation", counts={
    **IMAGES.counts,
    "cache_read_tokens": "cached_tokens",
    "cache_read_image_tokens": "cached_tokens_details.cached_image_tokens",
})  # fmt: skip
"""The images that a model of text had made by another model."""
