"""Embeddings, images, sound and moderation as OpenAI writes them; each has its own idea of what usage is."""

from __future__ import annotations

import base64
import struct
import time
from typing import Any, Final

from otel_tokens.testing.wire import JSON, Answer, Memory, Request, as_list, bill, refuse_once
from otel_tokens.testing.wire_openai_model import served_model
from otel_tokens.testing.wire_text import draw, pieces, prose, tokens

_DIMENSIONS: Final = 16  # the real ones have 1536; length costs time and tells a test nothing
_PNG: Final = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24)).decode()
_IMAGE_TOKENS: Final = {  # developers.openai.com/api/docs/guides/image-generation, "Cost and latency"
    "low": {"1024x1024": 272, "1024x1536": 408, "1536x1024": 400},
    "medium": {"1024x1024": 1056, "1024x1536": 1584, "1536x1024": 1568},
    "high": {"1024x1024": 4160, "1024x1536": 6240, "1536x1024": 6208},
}
_INPUT_IMAGE_TOKENS: Final = 323
_AUDIO_BYTES_PER_SECOND: Final = 32_000  # 16 kHz, 16 bit, one channel
_AUDIO_TOKENS_PER_SECOND: Final = 10
_HARMS: Final = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic"),
)


def embeddings(request: Request, memory: Memory) -> Answer:
    """POST …/embeddings: float or base64 (little-endian float32); usage has no output."""
    body, model = request.body, served_model(request, "text-embedding-3-small")
    refuse_once(request, memory)
    given = body.get("input")
    single = isinstance(given, str) or all(isinstance(item, int) for item in as_list(given))
    inputs: list[Any] = [given] if single else as_list(given)
    size = int(body.get("dimensions") or _DIMENSIONS)
    vectors = [[draw(-1000, 1000, item, index) / 1024 for index in range(size)] for item in inputs]
    packed = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(struct.pack(f"<{size}f", *v)).decode() if packed else v,
        }
        for index, v in enumerate(vectors)
    ]
    count = sum(max(1, tokens(item)) if isinstance(item, str) else len(as_list(item)) for item in inputs)
    usage: JSON = {"prompt_tokens": count, "total_tokens": count}
    return Answer(json={"object": "list", "data": data, "model": model, "usage": usage}, bills=[bill(request, model, usage)])


def images(request: Request, memory: Memory) -> Answer:
    """POST …/images/{generations,edits,variations}: dall-e states no usage; what it bills is a number of images."""
    body, count = request.body, int(request.body.get("n") or 1)
    model = served_model(request, "gpt-image-1") if body.get("model") else "dall-e-2"
    refuse_once(request, memory)
    created = int(time.time())
    if model.startswith("dall-e"):
        b64 = body.get("response_format") == "b64_json"
        image: JSON = {"b64_json": _PNG} if b64 else {"url": "https://images.invalid/1.png"}
        revised = {"revised_prompt": str(body.get("prompt") or "")} if model == "dall-e-3" else {}
        bills = [bill(request, model, {"images": count})]
        return Answer(json={"created": created, "data": [{**image, **revised}] * count}, bills=bills)
    quality, size = _asked(body, "quality", "medium"), _asked(body, "size", "1024x1024")
    look: JSON = {"background": "opaque", "output_format": body.get("output_format") or "png", "quality": quality, "size": size}
    usage = _image_usage(request, count, _IMAGE_TOKENS.get(quality, {}).get(size, 1056))
    bills = [bill(request, model, usage, stream=request.stream)]
    if not request.stream:
        return Answer(json={"created": created, **look, "data": [{"b64_json": _PNG}] * count, "usage": usage}, bills=bills)
    kind = "image_edit" if request.path.endswith("edits") else "image_generation"
    shown: JSON = {"b64_json": _PNG, "created_at": created, **look}
    partial = [
        {"type": f"{kind}.partial_image", **shown, "partial_image_index": i} for i in range(int(body.get("partial_images") or 0))
    ]
    return Answer(events=[*partial, {"type": f"{kind}.completed", **shown, "usage": usage}], bills=bills)


def _asked(body: JSON, name: str, default: str) -> str:
    value = str(body.get(name) or "auto")
    return default if value == "auto" else value


def _image_usage(request: Request, count: int, each: int) -> JSON:
    text = max(1, tokens(str(request.body.get("prompt") or "")))
    image = _INPUT_IMAGE_TOKENS * len(request.uploads)
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": each * count,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": each * count},
        "total_tokens": text + image + each * count,
    }


def transcription(request: Request, memory: Memory) -> Answer:
    """POST …/audio/transcriptions: gpt-4o-*transcribe counts tokens, whisper-1 counts seconds and never streams."""
    model = served_model(request, "whisper-1")
    refuse_once(request, memory)
    text, seconds = prose(request.key, memory.seed), _seconds(request)
    whisper = model.startswith("whisper")
    usage = {"type": "duration", "seconds": seconds} if whisper else _heard(request, text, seconds)
    stream = request.stream and not whisper
    bills = [bill(request, model, usage, stream=stream)]
    if stream:
        deltas: list[JSON] = [{"type": "transcript.text.delta", "delta": piece} for piece in pieces(text)]
        return Answer(events=[*deltas, {"type": "transcript.text.done", "text": text, "usage": usage}], style="data", bills=bills)
    return _transcript(request, text, seconds, bills, {"usage": usage})


def translation(request: Request, memory: Memory) -> Answer:
    """POST …/audio/translations: billed by the second, states no usage."""
    model = served_model(request, "whisper-1")
    refuse_once(request, memory)
    text, seconds = prose(request.key, memory.seed), _seconds(request)
    return _transcript(request, text, seconds, [bill(request, model, {"type": "duration", "seconds": seconds})], {})


def _seconds(request: Request) -> int:
    return max(1, -(-sum(len(upload.content) for upload in request.uploads) // _AUDIO_BYTES_PER_SECOND))


def _heard(request: Request, text: str, seconds: int) -> JSON:
    prompt, audio = tokens(str(request.body.get("prompt") or "")), seconds * _AUDIO_TOKENS_PER_SECOND
    details = {"text_tokens": prompt, "audio_tokens": audio}
    wrote = tokens(text)
    read = prompt + audio
    usage: JSON = {"type": "tokens", "input_tokens": read, "input_token_details": details, "output_tokens": wrote}
    return usage | {"total_tokens": read + wrote}


def _transcript(request: Request, text: str, seconds: int, bills: list[Any], usage: JSON) -> Answer:
    form = request.body.get("response_format") or "json"
    if form in ("text", "srt", "vtt"):
        return Answer(body=f"{text}\n".encode(), content_type="text/plain; charset=utf-8", bills=bills)
    if form != "verbose_json":
        return Answer(json={"text": text, **usage}, bills=bills)
    task = "translate" if request.path.endswith("translations") else "transcribe"
    segment: JSON = {"id": 0, "seek": 0, "start": 0.0, "end": float(seconds), "text": text, "tokens": [1], "temperature": 0.0}
    segment |= {"avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.01}
    head: JSON = {"task": task, "language": "english", "duration": float(seconds), "text": text}
    return Answer(json={**head, "segments": [segment], **usage}, bills=bills)


def speech(request: Request, memory: Memory) -> Answer:
    """POST …/audio/speech: bytes without usage (the bill counts characters); stream_format sse ends with token counts."""
    model = served_model(request, "tts-1")
    refuse_once(request, memory)
    said = str(request.body.get("input") or "")
    sound = bytes(draw(0, 255, said, index) for index in range(64))
    if request.body.get("stream_format") != "sse":
        return Answer(body=sound, content_type="audio/mpeg", bills=[bill(request, model, {"characters": len(said)})])
    read, wrote = tokens(said), 5 * tokens(said)
    usage: JSON = {"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote}
    delta = {"type": "speech.audio.delta", "audio": base64.b64encode(sound).decode()}
    events = [delta, {"type": "speech.audio.done", "usage": usage}]
    return Answer(events=events, style="data", bills=[bill(request, model, usage, stream=True)])


def moderation(request: Request, memory: Memory) -> Answer:
    """POST …/moderations: free."""
    given = request.body.get("input")
    result: JSON = {
        "flagged": False,
        "categories": dict.fromkeys(_HARMS, False),
        "category_scores": dict.fromkeys(_HARMS, 0.001),
        "category_applied_input_types": {name: ["text"] for name in _HARMS},
    }
    model = request.model or "omni-moderation-latest"
    return Answer(json={"id": memory.fresh("modr-", request), "model": model, "results": [result] * (len(as_list(given)) or 1)})
