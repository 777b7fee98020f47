"""What only OpenAI's client does: its other endpoints, background answers, batches, Azure, and compatible servers behind it."""

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from otel_tokens import semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.kit import total
from tests.providers.openai import bodies, case

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
SOUND = ("speech.wav", io.BytesIO(bytes(96_000)))  # three seconds for the loopback vendor
COST = "otel_tokens.cost."
responses = pytest.mark.needs("openai.resources.responses:Responses.create")
background = pytest.mark.needs("openai.resources.responses:Responses.create(background)")


@pytest.fixture
def seen(vendor: Vendor) -> Iterator[Captured]:
    with watch(vendor) as found:
        yield found


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with case.client(vendor.url, False) as client:
        yield client


def watch(vendor: Vendor, seller: str = "openai") -> Any:
    return capture(sellers={vendor.url.removeprefix("http://"): seller})


def said(seen: Captured, n: int = 1) -> dict[str, Any]:
    """The attributes of the last of `n` calls; there is no other span, and the metrics count as many."""
    assert len(seen.spans) == len(seen.calls) == n
    assert total(seen, "otel_tokens.calls") == n
    return dict(seen.calls[-1].attributes or {})


def chat(**changes: Any) -> dict[str, Any]:
    return {**bodies.CHAT, **changes}


def usage(**counts: Any) -> dict[str, Any]:
    return {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, **counts}


# ------------------------------------------------------------------------------------------------ other endpoints


def test_embeddings(vendor: Vendor, oai: openai.OpenAI, seen: Captured) -> None:
    """text-embedding-3-small: $0.02 per million; nothing is put out, and that is exact."""
    body = {
        "object": "list",
        "model": "text-embedding-3-small",
        "data": [],
        "usage": {"prompt_tokens": 5000, "total_tokens": 5000},
    }
    body["data"] = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    vendor.reply(json=body)
    oai.embeddings.create(model="text-embedding-3-small", input="x")
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.COST], found[semconv.COST_STATUS]) == ("embeddings", 0.0001, "exact")
    assert (found[semconv.INPUT_TOKENS], semconv.OUTPUT_TOKENS in found) == (5000, False)


@pytest.mark.parametrize("stream", [False, True])
def test_legacy_completions(vendor: Vendor, oai: openai.OpenAI, seen: Captured, stream: bool) -> None:
    """gpt-3.5-turbo-instruct: 1000 × $1.50 + 100 × $2 per million."""
    body: dict[str, Any] = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct"}
    choice = {"text": "Four.", "index": 0, "logprobs": None, "finish_reason": "stop"}
    if stream:
        vendor.reply(sse=[{**body, "choices": [choice], "usage": None}, {**body, "choices": [], "usage": usage()}])
        more: Any = {"stream": True, "stream_options": {"include_usage": True}}
        assert len(list(oai.completions.create(model="gpt-3.5-turbo-instruct", prompt="2+2?", **more))) == 2
    else:
        vendor.reply(json={**body, "choices": [choice], "usage": usage()})
        oai.completions.create(model="gpt-3.5-turbo-instruct", prompt="2+2?")
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.COST]) == ("text_completion", 0.0017)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.needs("openai.resources.images:Images.generate(stream)")
def test_images_are_tokens(oai: openai.OpenAI, seen: Captured, stream: bool) -> None:
    """gpt-image-1: 2 text tokens × $5 + 1056 image tokens × $40 per million."""
    made = oai.images.generate(model="gpt-image-1", prompt="a cat on", stream=stream, partial_images=1 if stream else openai.omit)  # type: ignore[call-overload]
    if stream:
        assert [event.type for event in made] == ["image_generation.partial_image", "image_generation.completed"]
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.COST]) == ("image_generation", 0.04225)
    assert (found[COST + "input"], found[COST + "image"]) == (0.00001, 0.04224)


def test_an_edited_image_reads_an_image(oai: openai.OpenAI, seen: Captured) -> None:
    """gpt-image-1: 2 text × $5 + 323 image in × $10 + 1056 image out × $40 = 10 + 3230 + 42240 millionths."""
    oai.images.edit(model="gpt-image-1", prompt="a cat on", image=("a.png", io.BytesIO(b"png")))
    found = said(seen)
    assert (found[semconv.COST], found[semconv.INPUT_TOKENS]) == (0.04548, 325)


def test_images_without_usage_are_counted_and_not_free(oai: openai.OpenAI, seen: Captured) -> None:
    oai.images.generate(model="dall-e-3", prompt="a cat", n=1)
    found = said(seen)
    assert (found[semconv.COST_STATUS], semconv.COST in found) == ("unpriced", False)


def test_a_transcription_by_tokens(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    """gpt-4o-transcribe: 30 audio × $2.50 + 10 out × $10 per million."""
    stated = {"type": "tokens", "input_tokens": 30, "input_token_details": {"text_tokens": 0, "audio_tokens": 30}}
    vendor.reply(json={"text": "Hello.", "usage": {**stated, "output_tokens": 10, "total_tokens": 40}})
    oai.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND)
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.COST], found[COST + "audio"]) == ("transcription", 0.000175, 0.000075)


@pytest.mark.needs("openai.resources.audio.transcriptions:Transcriptions.create(stream)")
def test_a_streamed_transcription(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    assert list(oai.audio.transcriptions.create(model="gpt-4o-transcribe", file=SOUND, stream=True))
    found, billed = said(seen), vendor.billed[0].usage
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == (billed["input_tokens"], billed["output_tokens"])
    assert found[semconv.COST_STATUS] == "exact"


@pytest.mark.parametrize("form", ["json", "verbose_json"])
def test_whisper_is_billed_by_the_second(oai: openai.OpenAI, seen: Captured, form: Any) -> None:
    """whisper-1: $0.006 a minute, three seconds."""
    oai.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format=form)
    found = said(seen)
    assert (found[semconv.COST], found[COST + "audio"]) == (0.0003, 0.0003)


@pytest.mark.parametrize("form", ["text", "srt"])
def test_a_transcript_as_bare_text_states_nothing(oai: openai.OpenAI, seen: Captured, form: Any) -> None:
    assert isinstance(oai.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format=form), str)
    found = said(seen)
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("unpriced", "no usage")


def test_speech_is_billed_by_the_character(oai: openai.OpenAI, seen: Captured) -> None:
    """tts-1: $15 per million characters, 1000 of them."""
    oai.audio.speech.create(model="tts-1", voice="alloy", input="a" * 1000)
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.COST]) == ("speech", 0.015)


def test_streamed_speech_is_billed_the_same(oai: openai.OpenAI, seen: Captured) -> None:
    with oai.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="a" * 1000) as response:
        assert b"".join(response.iter_bytes())
    assert said(seen)[semconv.COST] == 0.015


def test_moderation_and_lists_are_no_calls(vendor: Vendor, oai: openai.OpenAI, seen: Captured) -> None:
    oai.moderations.create(input="x")
    oai.models.list()
    assert len(vendor.requests) == 2
    assert seen.spans == []
    assert total(seen, "otel_tokens.calls") == 0


@pytest.mark.needs("openai.resources.responses.responses:Responses.input_tokens")
def test_counting_tokens_is_no_call(oai: openai.OpenAI, seen: Captured) -> None:
    oai.responses.input_tokens.count(model="gpt-5", input="x")
    assert seen.spans == []
    assert total(seen, "otel_tokens.calls") == 0


# ------------------------------------------------------------------------------------------------ background answers


def polled(oai: openai.OpenAI, ident: str, times: int) -> list[str | None]:
    return [oai.responses.retrieve(ident).status for _ in range(times)]


@background
def test_a_background_answer_is_settled_once_by_the_first_poll_that_sees_its_end(oai: openai.OpenAI, seen: Captured) -> None:
    accepted = oai.responses.create(model="gpt-4.1", input="hello", background=True)
    assert (accepted.status, seen.spans) == ("queued", [])
    assert polled(oai, accepted.id, 1) == ["in_progress"]
    assert seen.spans == []
    done = oai.responses.retrieve(accepted.id)
    first = said(seen)
    assert done.status == "completed"
    assert done.usage is not None
    assert (first[semconv.INPUT_TOKENS], first[semconv.OUTPUT_TOKENS]) == (done.usage.input_tokens, done.usage.output_tokens)
    assert polled(oai, accepted.id, 2) == ["completed", "completed"]
    assert said(seen) == first
    assert total(seen, "otel_tokens.calls.suppressed") == 3


@responses
def test_an_answer_that_was_not_created_here_is_never_booked(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=bodies.RESPONSE)
    assert oai.responses.retrieve("resp_1").status == "completed"
    assert seen.spans == []
    assert (total(seen, "otel_tokens.calls"), total(seen, "otel_tokens.calls.suppressed")) == (0, 1)


@responses
def test_a_plain_answer_read_again_is_counted_once(oai: openai.OpenAI, seen: Captured) -> None:
    answer = oai.responses.create(model="gpt-4.1", input="hello")
    polled(oai, answer.id, 2)
    assert said(seen)[semconv.OUTCOME] == "completed"


@background
def test_a_streamed_poll_settles_it(oai: openai.OpenAI, seen: Captured) -> None:
    accepted = oai.responses.create(model="gpt-4.1", input="hello", background=True)
    events = list(oai.responses.retrieve(accepted.id, stream=True))
    assert events[-1].type == "response.completed"
    assert said(seen)[semconv.COST_STATUS] == "exact"
    polled(oai, accepted.id, 1)
    assert said(seen)[semconv.OUTCOME] == "completed"


@background
def test_a_background_stream_left_early_is_settled_by_a_later_poll(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(sse=bodies.RESPONSE_EVENTS)
    stream = oai.responses.create(model="gpt-5", input="2+2?", background=True, stream=True)
    next(iter(stream))
    stream.close()
    assert seen.spans == []
    vendor.reply(json=bodies.RESPONSE)
    oai.responses.retrieve("resp_1")
    found = said(seen)
    assert (found[semconv.COST], found[semconv.OUTCOME]) == (0.00601825, "completed")


@background
def test_a_raw_poll_settles_it_too(oai: openai.OpenAI, seen: Captured) -> None:
    accepted = oai.responses.create(model="gpt-4.1", input="hello", background=True)
    for _ in range(2):
        oai.responses.with_raw_response.retrieve(accepted.id)
    assert said(seen)[semconv.COST_STATUS] == "exact"


@background
def test_a_background_answer_read_as_it_streams_waits_for_its_polls(oai: openai.OpenAI, seen: Captured) -> None:
    with oai.responses.with_streaming_response.create(model="gpt-4.1", input="hello", background=True) as response:
        accepted = response.parse()
    assert (accepted.status, seen.spans) == ("queued", [])
    polled(oai, accepted.id, 2)
    found = said(seen)
    assert (found[semconv.COST_STATUS], found[semconv.OUTCOME]) == ("exact", "completed")


@background
def test_a_cancelled_background_answer_is_settled_without_a_cost(oai: openai.OpenAI, seen: Captured) -> None:
    accepted = oai.responses.create(model="gpt-4.1", input="hello", background=True)
    assert oai.responses.cancel(accepted.id).status == "cancelled"
    found = said(seen)
    assert (found[semconv.COST_STATUS], semconv.COST in found) == ("unpriced", False)


@background
def test_a_failed_background_answer_has_failed(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json={**bodies.RESPONSE, "status": "queued", "output": [], "usage": None})
    oai.responses.create(model="gpt-5", input="2+2?", background=True)
    vendor.reply(json={**bodies.RESPONSE, "status": "failed", "usage": None, "error": {"code": "server_error", "message": "no"}})
    oai.responses.retrieve("resp_1")
    assert said(seen)[semconv.OUTCOME] == "failed"


@background
def test_a_background_answer_nobody_polls_is_abandoned_at_shutdown(oai: openai.OpenAI, vendor: Vendor) -> None:
    with watch(vendor) as seen:
        oai.responses.create(model="gpt-4.1", input="hello", background=True)
        assert seen.spans == []
    assert [(call.attributes or {})[semconv.OUTCOME] for call in seen.calls] == ["abandoned"]


# ------------------------------------------------------------------------------------------------ batches


def batch(oai: openai.OpenAI, lines: int = 2) -> str:
    """The id of the results file of a batch."""
    asked = [
        {"custom_id": str(n), "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-5", "messages": HELLO}}
        for n in range(lines)
    ]
    sent = oai.files.create(file=("in.jsonl", "\n".join(map(json.dumps, asked)).encode()), purpose="batch")
    ident = oai.batches.create(input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h").id
    oai.batches.retrieve(ident)
    return str(oai.batches.retrieve(ident).output_file_id)


def test_a_batch_is_counted_when_its_results_are_read_once(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    """gpt-5 in a batch costs half: $0.625 in, $5 out per million."""
    results = batch(oai)
    assert seen.spans == []
    content = oai.files.content(results).text
    answers = [json.loads(line)["response"]["body"]["usage"] for line in content.splitlines()]
    (span,) = seen.spans
    found = dict(span.attributes or {})
    read, wrote = (sum(answer[name] for answer in answers) for name in ("prompt_tokens", "completion_tokens"))
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == (read, wrote)
    assert found[semconv.COST] == pytest.approx((read * 0.625 + wrote * 5) / 1e6, rel=1e-12)
    assert found[semconv.SERVICE_TIER] == "batch"
    assert total(seen, "otel_tokens.calls") == len(vendor.billed) == 2
    assert oai.files.content(results).text == content
    assert (len(seen.spans), total(seen, "otel_tokens.calls")) == (1, 2)


def test_batch_results_are_counted_as_they_stream(oai: openai.OpenAI, seen: Captured) -> None:
    results = batch(oai, 3)
    with oai.files.with_streaming_response.content(results) as response:
        assert len(list(response.iter_lines())) == 3
    assert total(seen, "otel_tokens.calls") == 3
    oai.files.with_raw_response.content(results)
    assert total(seen, "otel_tokens.calls") == 3


def test_a_hand_made_batch_line_costs_what_it_says(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    """525 × 0.625 + 1536 × 0.0625 + 517 × 5 = 328.125 + 96 + 2585 millionths."""
    line = {"custom_id": "1", "response": {"status_code": 200, "body": bodies.CHAT}, "error": None}
    vendor.reply(body=json.dumps(line).encode() + b"\n")
    oai.files.content("file-1")
    assert said(seen)[semconv.COST] == 0.003009125


@pytest.mark.parametrize("content", [b"not a batch", b'{"a": 1}\n{"b": 2}\n', b"", b"\xff\xfe\n"])
def test_any_other_file_is_no_call(oai: openai.OpenAI, vendor: Vendor, seen: Captured, content: bytes) -> None:
    vendor.reply(body=content)
    assert oai.files.content("file-1").content == content
    assert seen.spans == []
    assert total(seen, "otel_tokens.calls") == 0


# ------------------------------------------------------------------------------------------------ Azure, compatible servers


def azure(vendor: Vendor, **more: Any) -> Any:
    http = openai.DefaultHttpxClient(verify=False, trust_env=False)
    return openai.AzureOpenAI(azure_endpoint=vendor.url, api_version="2024-10-21", api_key="k", http_client=http, **more)


@pytest.mark.parametrize("deployed", [False, True])
def test_azure_is_priced_by_the_model_that_answered_not_by_the_deployment(vendor: Vendor, deployed: bool) -> None:
    """gpt-4.1 on Azure: $2 in, $8 out per million; what kind of deployment it is, the answer does not say."""
    body = chat(model="gpt-4.1-2025-04-14", usage=usage())
    with (
        watch(vendor, "azure.ai.openai") as seen,
        azure(vendor, **({"azure_deployment": "my-own-name"} if deployed else {})) as client,
    ):
        vendor.reply(json=body)
        client.chat.completions.create(model="my-own-name", messages=HELLO)
        found = said(seen)
    assert "my-own-name" in vendor.requests[0].path
    assert (found[semconv.REQUEST_MODEL], found[semconv.RESPONSE_MODEL]) == ("my-own-name", "gpt-4.1-2025-04-14")
    assert (found[semconv.SELLER], found[semconv.COST]) == ("azure.ai.openai", 0.0028)
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("estimated", "deployment type not stated")


def test_an_azure_stream_with_its_empty_first_chunk(vendor: Vendor) -> None:
    with watch(vendor, "azure.ai.openai") as seen, azure(vendor) as client:
        more: Any = {"stream": True, "stream_options": {"include_usage": True}}
        list(client.chat.completions.create(model="my-own-name", messages=HELLO, **more))
        found = said(seen)
    assert (found[semconv.RESPONSE_MODEL], found[semconv.OUTCOME]) == ("gpt-4.1-2025-04-14", "completed")
    assert found[semconv.OUTPUT_TOKENS] == vendor.billed[0].usage["completion_tokens"]


def test_an_unknown_model_is_unpriced_never_free(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=chat(model="gpt-99", usage=usage()))
    oai.chat.completions.create(model="gpt-99", messages=HELLO)
    found = said(seen)
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("unpriced", "unknown model")
    assert not [
        name
        for name in found
        if name.startswith(COST) and name not in (semconv.COST_STATUS, semconv.COST_REASON, COST + "source")
    ]
    assert (total(seen, "otel_tokens.unpriced.tokens"), total(seen, "otel_tokens.cost")) == (1100, 0)


def test_nobodys_price_is_borrowed_for_an_unknown_host(oai: openai.OpenAI, vendor: Vendor) -> None:
    vendor.reply(json=bodies.CHAT)
    with capture() as seen:
        oai.chat.completions.create(model="gpt-5", messages=HELLO)
        found = said(seen)
    assert (found[semconv.SELLER], found[semconv.HOSTING], found[semconv.COST_STATUS]) == ("unknown", "own", "unpriced")


@pytest.mark.parametrize(
    ("tier", "shown", "cost"),
    [
        ("default", "standard", 0.00225),  # 1000 × 1.25 + 100 × 10
        ("flex", "flex", 0.001125),  # 1000 × 0.625 + 100 × 5
        ("priority", "priority", 0.0045),  # 1000 × 2.50 + 100 × 20
    ],
)
def test_the_tier_that_served_is_priced_not_the_one_asked_for(vendor: Vendor, tier: str, shown: str, cost: float) -> None:
    vendor.reply(json=chat(service_tier=tier, usage=usage()))
    with watch(vendor) as seen, case.client(vendor.url, False) as oai:
        oai.chat.completions.create(model="gpt-5", messages=HELLO, service_tier="auto")
        found = said(seen)
    assert (found[semconv.SERVICE_TIER], found[semconv.COST]) == (shown, cost)


def test_a_tier_without_a_rate_is_unpriced(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=chat(service_tier="scale", usage=usage()))
    oai.chat.completions.create(model="gpt-5", messages=HELLO)
    assert said(seen)[semconv.COST_REASON] == "no rate for service tier scale"


def test_cache_writes_are_inside_the_input(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    """gpt-5.6-sol since August 2026: $4 in, $0.40 read, $5 written, $20 out: 300 × 4 + 500 × 0.4 + 200 × 5 + 100 × 20 = 4400."""
    vendor.reply(
        json=chat(model="gpt-5.6-sol", usage=usage(prompt_tokens_details={"cached_tokens": 500, "cache_write_tokens": 200}))
    )
    oai.chat.completions.create(model="gpt-5.6-sol", messages=HELLO)
    found = said(seen)
    assert (found[semconv.INPUT_TOKENS], found[semconv.CACHE_WRITE_TOKENS], found[semconv.COST]) == (1000, 200, 0.0044)


@responses
def test_a_web_search_is_a_fee(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    """gpt-5: the answer's 6018.25 millionths and $10 per thousand searches, two of them."""
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}}
    vendor.reply(json={**bodies.RESPONSE, "output": [search, search, *bodies.RESPONSE["output"]]})
    oai.responses.create(model="gpt-5", input="2+2?")
    found = said(seen)
    assert (found[semconv.COST], found[COST + "tool"]) == (0.02601825, 0.02)


def test_deepseek_states_cache_hits_in_its_own_words(oai: openai.OpenAI, vendor: Vendor) -> None:
    vendor.reply(json=chat(model="deepseek-chat", usage=usage(prompt_cache_hit_tokens=640, prompt_cache_miss_tokens=360)))
    with watch(vendor, "deepseek") as seen:
        oai.chat.completions.create(model="deepseek-chat", messages=HELLO)
        found = said(seen)
    assert (found[semconv.CACHE_READ_TOKENS], found[semconv.INPUT_TOKENS], found[semconv.SELLER]) == (640, 1000, "deepseek")


# ------------------------------------------------------------------------------------------------ stated costs


@pytest.mark.parametrize(
    ("seller", "stated"),
    [("openrouter", {"cost": 0.0123}), ("x_ai", {"cost_in_usd_ticks": 123_000_000})],  # a tick is 1e-10 USD
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_cost_that_the_seller_states_wins(vendor: Vendor, seller: str, stated: dict[str, Any], stream: bool) -> None:
    with watch(vendor, seller) as seen, case.client(vendor.url, False) as oai:
        if stream:
            vendor.reply(sse=[*bodies.CHAT_EVENTS[:-1], {**bodies.CHAT_EVENTS[-1], "usage": usage(**stated)}])
            list(oai.chat.completions.create(model="some/model", messages=HELLO, stream=True))
        else:
            vendor.reply(json=chat(model="some/model", usage=usage(**stated)))
            oai.chat.completions.create(model="some/model", messages=HELLO)
        found = said(seen)
        assert total(seen, "otel_tokens.cost") == 0.0123
    assert (found[semconv.COST], found[semconv.COST_STATUS], found[semconv.COST_REPORTED]) == (0.0123, "provider", 0.0123)


def test_a_gateway_states_the_cost_in_a_header(oai: openai.OpenAI, vendor: Vendor) -> None:
    vendor.reply(json=chat(usage=usage()), headers={"x-litellm-response-cost": "0.0042"})
    with watch(vendor, "my-gateway") as seen:
        oai.chat.completions.create(model="gpt-5", messages=HELLO)
        found = said(seen)
    assert (found[semconv.COST], found[semconv.COST_STATUS]) == (0.0042, "provider")


@pytest.mark.parametrize("header", ["0", "0.0", "-1", "free", "nan", "inf", ""])
def test_a_stated_cost_that_says_nothing_is_not_believed(oai: openai.OpenAI, vendor: Vendor, header: str) -> None:
    vendor.reply(json=chat(usage=usage()), headers={"x-litellm-response-cost": header})
    with watch(vendor, "my-gateway") as seen:
        oai.chat.completions.create(model="gpt-5", messages=HELLO)
        found = said(seen)
    assert (found[semconv.COST_STATUS], semconv.COST in found) == ("unpriced", False)


@pytest.mark.parametrize("cost", [0, -1, True, "free", None, [1], 1e300])
def test_a_stated_cost_that_makes_no_sense_is_not_believed(oai: openai.OpenAI, vendor: Vendor, cost: Any) -> None:
    vendor.reply(json=chat(usage=usage(cost=cost)))
    with watch(vendor, "openrouter") as seen:
        oai.chat.completions.create(model="some/model", messages=HELLO)
        found = said(seen)
    assert (found[semconv.COST_STATUS], semconv.COST in found) == ("unpriced", False)


def test_where_both_exist_both_are_counted(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    vendor.reply(json=chat(usage=usage(cost=0.003)))
    oai.chat.completions.create(model="gpt-5", messages=HELLO)
    assert said(seen)[semconv.COST] == 0.003
    assert (total(seen, "otel_tokens.cost.reported"), total(seen, "otel_tokens.cost.table")) == (0.003, 0.00225)


# ------------------------------------------------------------------------------------------------ asking for usage


@pytest.fixture
def asking(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Captured]:
    monkeypatch.setenv("OTEL_TOKENS_STREAM_USAGE", "request")
    with watch(vendor) as found:
        yield found


def test_a_stream_without_usage_is_unpriced_unless_we_may_ask(oai: openai.OpenAI, vendor: Vendor, seen: Captured) -> None:
    list(oai.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True))
    assert "stream_options" not in vendor.requests[0].json()
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.COST_REASON]) == ("completed", "no usage")


def test_usage_is_asked_for_on_a_copy_and_the_extra_chunk_is_hidden(oai: openai.OpenAI, vendor: Vendor, asking: Captured) -> None:
    options: dict[str, Any] = {"include_obfuscation": False}
    mine: dict[str, Any] = {"model": "gpt-4.1", "messages": HELLO, "stream": True, "stream_options": options}
    chunks = list(oai.chat.completions.create(**mine))
    assert vendor.requests[0].json()["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert options == {"include_obfuscation": False}
    assert all(chunk.choices for chunk in chunks)
    assert [chunk.usage for chunk in chunks if chunk.usage] == []
    found, billed = said(asking), vendor.billed[0].usage
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == (billed["prompt_tokens"], billed["completion_tokens"])
    assert found[semconv.COST_STATUS] == "exact"


def test_usage_is_asked_for_in_async_streams_too(vendor: Vendor, asking: Captured) -> None:
    async def ask() -> list[Any]:
        async with case.client(vendor.url, True) as client:
            return [chunk async for chunk in await client.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True)]

    assert all(chunk.choices for chunk in asyncio.run(ask()))
    assert said(asking)[semconv.COST_STATUS] == "exact"


@pytest.mark.parametrize("wanted", [True, False])
def test_who_says_whether_usage_is_wanted_is_obeyed(oai: openai.OpenAI, vendor: Vendor, asking: Captured, wanted: bool) -> None:
    chunks = list(
        oai.chat.completions.create(model="gpt-4.1", messages=HELLO, stream=True, stream_options={"include_usage": wanted})
    )
    assert vendor.requests[0].json()["stream_options"] == {"include_usage": wanted}
    assert bool([chunk for chunk in chunks if chunk.usage]) is wanted
    assert said(asking)[semconv.COST_STATUS] == ("exact" if wanted else "unpriced")


def test_a_raw_response_is_never_changed(oai: openai.OpenAI, vendor: Vendor, asking: Captured) -> None:
    list(oai.chat.completions.with_raw_response.create(model="gpt-4.1", messages=HELLO, stream=True).parse())
    with oai.chat.completions.with_streaming_response.create(model="gpt-4.1", messages=HELLO, stream=True) as response:
        list(response.iter_lines())
    assert all("stream_options" not in request.json() for request in vendor.requests)
    assert said(asking, 2)[semconv.COST_REASON] == "no usage"


FAILED = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-5.5", "status": "failed", "output": [], "tools": [],
    "parallel_tool_calls": True, "tool_choice": "auto", "error": {"code": "server_error", "message": "x"},
    "usage": {"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 0,
              "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1000},
}  # fmt: skip


@responses
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_says_it_failed_is_a_failed_call(vendor: Vendor, oai: openai.OpenAI, seen: Captured, stream: bool) -> None:
    """What it used was billed all the same: $5 per million of input, and it is waste."""
    if stream:
        vendor.reply(sse=[{"type": "response.failed", "sequence_number": 0, "response": FAILED}])
        list(oai.responses.create(model="gpt-5.5", input="x", stream=True))
    else:
        vendor.reply(json=FAILED)
        oai.responses.create(model="gpt-5.5", input="x")
    said = dict(seen.calls[0].attributes or {})
    assert (said[semconv.OUTCOME], said[semconv.COST], said[semconv.COST_STATUS]) == ("failed", 0.005, "estimated")
    assert said[semconv.WASTED_REASON] == "failed_call"
