"""Embeddings, images, sound, moderation, files and batches of the loopback vendor, read through the real OpenAI SDK."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from otel_tokens.testing.server import Vendor

WAV = ("a.wav", b"\0" * 64_001)  # a little over two seconds of 16 kHz mono


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        yield client


def plain(usage: Any) -> dict[str, object]:
    return usage.model_dump(exclude_unset=True)


def test_embeddings_are_the_same_as_floats_and_as_base64(vendor: Vendor, oai: openai.OpenAI) -> None:
    packed = oai.embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=4)
    floats = oai.embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=4, encoding_format="float")
    assert [d.embedding for d in packed.data] == [d.embedding for d in floats.data]
    assert len(packed.data[0].embedding) == 4
    assert oai.embeddings.create(model="text-embedding-3-small", input=[[1, 2, 3], [4]]).usage.prompt_tokens == 4
    assert [one.usage for one in vendor.billed[:2]] == [plain(packed.usage)] * 2


def test_images_count_tokens_where_the_model_does(vendor: Vendor, oai: openai.OpenAI) -> None:
    made = oai.images.generate(model="gpt-image-1", prompt="a cat", quality="high", n=2)
    assert made.usage is not None
    assert (made.usage.output_tokens, len(made.data or [])) == (8320, 2)
    edited = oai.images.edit(model="gpt-image-1", image=[("a.png", b"1"), ("b.png", b"2")], prompt="a dog")
    assert edited.usage is not None
    assert edited.usage.input_tokens_details.image_tokens == 646
    assert [one.usage for one in vendor.billed] == [plain(made.usage), plain(edited.usage)]
    with pytest.deprecated_call():  # the SDK says so; the endpoint is still there
        assert oai.images.create_variation(image=("a.png", b"1"), model="dall-e-2").usage is None
    assert vendor.billed[2].usage == {"images": 1}


def test_streamed_images_end_with_usage(vendor: Vendor, oai: openai.OpenAI) -> None:
    events = list(oai.images.generate(model="gpt-image-1", prompt="a cat", stream=True, partial_images=2))
    assert [e.type for e in events] == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    assert plain(events[-1].usage) == vendor.billed[0].usage
    edits = list(oai.images.edit(model="gpt-image-1", image=("a.png", b"1"), prompt="a dog", stream=True))
    assert [e.type for e in edits] == ["image_edit.completed"]


def test_transcription_counts_tokens_or_seconds(vendor: Vendor, oai: openai.OpenAI) -> None:
    counted = oai.audio.transcriptions.create(model="gpt-4o-transcribe", file=WAV)
    timed = oai.audio.transcriptions.create(model="whisper-1", file=WAV)
    assert (counted.usage.type, timed.usage.type, timed.usage.seconds) == ("tokens", "duration", 3.0)
    assert counted.usage.input_token_details.audio_tokens == 30
    text = oai.audio.transcriptions.create(model="whisper-1", file=WAV, response_format="text")
    assert isinstance(text, str)
    assert oai.audio.transcriptions.create(model="whisper-1", file=WAV, response_format="verbose_json").duration == 3.0
    assert [one.usage["type"] for one in vendor.billed] == ["tokens", "duration", "duration", "duration"]


def test_a_streamed_transcription_ends_with_usage(vendor: Vendor, oai: openai.OpenAI) -> None:
    events = list(oai.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=WAV, stream=True))
    assert "".join(e.delta for e in events[:-1]) == events[-1].text
    assert plain(events[-1].usage) == vendor.billed[0].usage


def test_translation_and_speech_bill_without_stating_usage(vendor: Vendor, oai: openai.OpenAI) -> None:
    with pytest.deprecated_call():  # the SDK says so; the endpoint is still there
        assert oai.audio.translations.create(model="whisper-1", file=WAV).text
    assert len(oai.audio.speech.create(model="tts-1", voice="alloy", input="hello").read()) == 64
    assert [one.usage for one in vendor.billed] == [{"type": "duration", "seconds": 3}, {"characters": 5}]


def test_moderation_and_models_are_free(vendor: Vendor, oai: openai.OpenAI) -> None:
    assert [r.flagged for r in oai.moderations.create(input=["a", "b"]).results] == [False, False]
    assert "gpt-4.1" in {model.id for model in oai.models.list()}
    assert oai.models.retrieve("gpt-4.1").object == "model"
    assert oai.responses.input_tokens.count(model="gpt-5", input="hello").input_tokens > 0
    assert vendor.billed == []


def lines(*bodies: dict[str, Any], url: str) -> bytes:
    asked = ({"custom_id": f"line-{i}", "method": "POST", "url": url, "body": body} for i, body in enumerate(bodies))
    return "\n".join(map(json.dumps, asked)).encode()


def test_a_batch_is_billed_line_by_line_when_it_completes(vendor: Vendor, oai: openai.OpenAI) -> None:
    bodies = [{"model": model, "messages": [{"role": "user", "content": "hello"}]} for model in ("gpt-4.1", "gpt-5", "missing")]
    sent = oai.files.create(file=("in.jsonl", lines(*bodies, url="/v1/chat/completions")), purpose="batch")
    batch = oai.batches.create(input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert (batch.status, oai.batches.retrieve(batch.id).status, vendor.billed) == ("validating", "in_progress", [])
    batch = oai.batches.retrieve(batch.id)
    assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("completed", 2, 1)
    answers = [json.loads(line) for line in oai.files.content(batch.output_file_id or "").text.splitlines()]
    assert [a["response"]["body"]["usage"] for a in answers] == [one.usage for one in vendor.billed]
    assert {(one.path, one.batch) for one in vendor.billed} == {("/v1/chat/completions", True)}
    assert [a["custom_id"] for a in answers] == ["line-0", "line-1"]
    (failed,) = map(json.loads, oai.files.content(batch.error_file_id or "").text.splitlines())
    assert failed["response"]["status_code"] == 404
    assert batch.usage is not None
    assert batch.usage.total_tokens == sum(a["response"]["body"]["usage"]["total_tokens"] for a in answers)
    assert oai.batches.retrieve(batch.id).status == "completed"
    assert len(vendor.billed) == 2


def test_a_cancelled_batch_is_never_billed(vendor: Vendor, oai: openai.OpenAI) -> None:
    sent = oai.files.create(file=("in.jsonl", lines({"model": "m", "input": "x"}, url="/v1/embeddings")), purpose="batch")
    batch = oai.batches.create(input_file_id=sent.id, endpoint="/v1/embeddings", completion_window="24h")
    assert oai.batches.cancel(batch.id).status == "cancelled"
    assert oai.batches.retrieve(batch.id).status == "cancelled"
    assert [b.id for b in oai.batches.list()] == [batch.id]
    assert vendor.billed == []
    with pytest.raises(openai.NotFoundError):
        oai.batches.retrieve("batch_nowhere")
