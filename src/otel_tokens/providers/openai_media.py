"""The dialect of OpenAI's image, transcription and speech endpoints."""

from otel_tokens.spec import Operation

IMAGES = Operation(
    "image_generation",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "input_image_tokens": "input_tokens_details.image_tokens",
        "output_image_tokens": "output_tokens_details.image_tokens|output_tokens",
    },
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
