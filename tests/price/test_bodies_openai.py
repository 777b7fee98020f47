"""OpenAI's own endpoints, as OpenAI and Azure send them: one body each, written by hand after the API reference."""

from otel_tokens.types import Usage
from tests.price.answers import call, refused, used

CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-5.6-sol-2026-05-05",
    "service_tier": "priority",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "4"}}],
    "usage": {
        "prompt_tokens": 2006,
        "completion_tokens": 300,
        "total_tokens": 2306,
        "prompt_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 40, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 256, "audio_tokens": 0, "rejected_prediction_tokens": 4},
    },
}
CHAT_USAGE = Usage(2006, 300, 1920, 256, 40, input_audio_tokens=0, output_audio_tokens=0)


def test_chat_is_inclusive_and_its_reasoning_is_inside_the_output_e1_e4() -> None:
    found = call("openai", "chat.completions", CHAT)
    assert found.usage == CHAT_USAGE
    assert (found.operation.name, found.response_model, found.service_tier) == ("chat", "gpt-5.6-sol-2026-05-05", "priority")
    assert (found.batch, found.reported, found.parts, found.outcome) == (False, None, None, "completed")


def test_azure_says_the_model_and_the_request_only_the_deployment_f3() -> None:
    found = call("azure.ai.openai", "/openai/deployments/my-prod/chat/completions?api-version=2026-10-01", CHAT, model="my-prod")
    assert (found.usage, found.response_model, found.request_model) == (CHAT_USAGE, "gpt-5.6-sol-2026-05-05", "my-prod")


def test_a_chat_stream_states_its_usage_in_a_last_chunk_without_choices_d9() -> None:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-5.6-sol-2026-05-05", "usage": None}
    parts = [{**chunk, "choices": [{"index": 0, "delta": {"content": text}}]} for text in ("4", "2")]
    assert used("openai", "chat", [*parts, {**chunk, "choices": [], "usage": CHAT["usage"]}]) == CHAT_USAGE


def test_an_aborted_chat_stream_has_no_usage_and_is_not_guessed_d13() -> None:
    found = call("openai", "chat", [{"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-5.5", "choices": []}])
    assert (found.usage, found.invalid) == (None, False)


def test_a_legacy_completion() -> None:
    body = {"object": "text_completion", "model": "gpt-3.5-turbo-instruct", "choices": [{"text": "x"}]}
    found = call("openai", "completions", {**body, "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}})
    assert (found.operation.name, found.usage) == ("text_completion", Usage(5, 7))


RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "gpt-6-sol",
    "service_tier": "flex",
    "output": [
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "a"}},
        {"type": "web_search_call", "id": "ws_2", "action": {"type": "open_page", "url": "https://example.com"}},
        {"type": "file_search_call", "id": "fs_1"},
        {"type": "message", "id": "msg_1"},
    ],
    "usage": {
        "input_tokens": 5000,
        "input_tokens_details": {
            "cached_tokens": 1000,
            "cache_write_tokens": 900,
            "cache_write_tokens_details": {"ttl_30m_tokens": 600, "ttl_12h_tokens": 300},
        },
        "output_tokens": 80,
        "output_tokens_details": {"reasoning_tokens": 64},
        "total_tokens": 5080,
    },
}
RESPONSE_USAGE = Usage(
    5000, 80, 1000, 64, 900, cache_write_30m_tokens=600, cache_write_12h_tokens=300, web_search_requests=1, file_search_requests=1
)


def test_responses_count_the_tools_and_an_opened_page_is_no_search_c9_g8() -> None:
    found = call("openai", "responses", RESPONSE)
    assert found.usage == RESPONSE_USAGE
    assert (found.response_model, found.service_tier, found.operation.name) == ("gpt-6-sol", "flex", "chat")


def test_stated_tool_usage_goes_before_what_can_be_counted_g8() -> None:
    image = {"input_tokens": 0, "input_tokens_details": {"image_tokens": 0, "text_tokens": 0}, "output_tokens": 0}
    body = {**RESPONSE, "tool_usage": {"web_search": {"num_requests": 0}, "image_gen": {**image, "total_tokens": 0}}}
    found = call("openai", "responses", body)
    assert found.usage == RESPONSE_USAGE._replace(web_search_requests=0)
    assert found.parts is None


def test_images_that_another_model_made_are_billed_beside_the_text() -> None:
    image = {"input_tokens": 30, "input_tokens_details": {"image_tokens": 20, "text_tokens": 10}, "output_tokens": 272}
    body = {
        **RESPONSE,
        "tools": [{"type": "web_search"}, {"type": "image_generation", "model": "gpt-image-2"}],
        "tool_usage": {"web_search": {"num_requests": 1}, "image_gen": {**image, "total_tokens": 302}},
    }
    assert call("openai", "responses", body).parts == [
        ("gpt-6-sol", RESPONSE_USAGE),
        ("gpt-image-2", Usage(30, 272, input_image_tokens=20, output_image_tokens=272)),
    ]


def test_a_response_stream_is_read_from_its_last_event_d5() -> None:
    started = {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "usage": None, "output": []}}
    delta = {"type": "response.output_text.delta", "delta": "4", "item_id": "msg_1"}
    found = call("openai", None, [started, delta, {"type": "response.completed", "response": RESPONSE}])
    assert (found.usage, found.service_tier, found.outcome) == (RESPONSE_USAGE, "flex", "completed")
    left = call("openai", None, [started, delta])
    assert (left.usage, left.outcome) == (Usage(), "abandoned") or left.usage is None


def test_a_response_that_failed_says_so() -> None:
    assert call("openai", "responses", {**RESPONSE, "status": "failed"}).outcome == "failed"


def test_embeddings_have_an_input_only() -> None:
    body = {"object": "list", "model": "text-embedding-3-large", "data": [{"object": "embedding", "embedding": [0.1]}]}
    found = call("openai", "embeddings", {**body, "usage": {"prompt_tokens": 8, "total_tokens": 8}})
    assert (found.operation.name, found.operation.has_output, found.usage) == ("embeddings", False, Usage(8))


def test_image_tokens_and_text_tokens_of_an_image_answer_e5() -> None:
    usage = {"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40}, "output_tokens": 1100}
    body = {"created": 1, "data": [{"b64_json": "aGk="}], "usage": {**usage, "total_tokens": 1150}}
    plain = Usage(50, 1100, input_image_tokens=40, output_image_tokens=1100)
    assert used("openai", "images", body, model="gpt-image-1.5") == plain
    split = {**usage, "output_tokens_details": {"image_tokens": 1056, "text_tokens": 44}}
    assert used("openai", "/v1/images/generations", {**body, "usage": split}) == plain._replace(output_image_tokens=1056)
    assert used("openai", "image_generation", {"created": 1, "data": [{"url": "a"}, {"url": "b"}]}) == Usage(images=2)


def test_an_svg_is_written_by_another_model_that_bills_for_itself() -> None:
    usage = {"input_tokens": 50, "input_tokens_details": {"text_tokens": 50, "image_tokens": 0}, "output_tokens": 1056}
    svg = {"model": "gpt-6-sol", "input_tokens": 900, "output_tokens": 700, "reasoning_tokens": 100, "total_tokens": 1600}
    body = {"created": 1, "data": [{"b64_json": "aGk="}], "usage": usage, "svg_usage": svg}
    assert call("openai", "images", body, model="gpt-image-2").parts == [
        ("gpt-image-2", Usage(50, 1056, input_image_tokens=0, output_image_tokens=1056)),
        ("gpt-6-sol", Usage(900, 700, reasoning_tokens=100)),
    ]


def test_transcription_by_tokens_and_by_duration() -> None:
    tokens = {"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 0, "audio_tokens": 14}}
    said = {"text": "hello", "usage": {**tokens, "output_tokens": 45, "total_tokens": 59}}
    assert used("openai", "audio.transcriptions", said) == Usage(14, 45, input_audio_tokens=14)
    assert used("openai", None, {"text": "hello", "usage": {"type": "duration", "seconds": 7.5}}) == Usage(audio_ms=7500)
    assert used("openai", "transcription", {"task": "transcribe", "duration": 8.47, "text": "hi"}) == Usage(audio_ms=8470)
    assert call("openai", "transcription", said).operation.name == "transcription"


def test_speech_is_billed_by_what_was_asked_or_by_the_last_event() -> None:
    assert used("openai", "/v1/audio/speech", b"\xff\xf3\x00", request={"input": "Hello", "model": "tts-1"}) == Usage(
        characters=5
    )
    done = {"type": "speech.audio.done", "usage": {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}}
    assert used("openai", "speech", [{"type": "speech.audio.delta", "audio": "aGk="}, done]) == Usage(
        14, 101, output_audio_tokens=101
    )


REALTIME = {
    "input_tokens": 132,
    "input_token_details": {
        "text_tokens": 32,
        "audio_tokens": 100,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 4, "audio_tokens": 60},
    },
    "output_tokens": 121,
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
    "total_tokens": 253,
}
TURN = Usage(132, 121, 64, input_audio_tokens=100, output_audio_tokens=91, cache_read_audio_tokens=60)


def test_realtime_cached_audio_is_inside_both_the_cached_and_the_audio_e7() -> None:
    done = {"type": "response.done", "response": {"object": "realtime.response", "id": "resp_1", "usage": REALTIME}}
    found = call("openai", "realtime", done, model="gpt-realtime")
    assert found.parts == [("gpt-realtime", TURN)]
    assert TURN.leaves() == {
        "input": 28, "output": 30, "cache_read": 4, "input_audio": 40, "cache_read_audio": 60, "output_audio": 91,
    }  # fmt: skip


def test_a_realtime_session_bills_every_turn_and_its_transcripts_on_their_own_model_e8() -> None:
    session = {"model": "gpt-realtime-2", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}
    done = {"type": "response.done", "response": {"object": "realtime.response", "usage": REALTIME}}
    heard = {
        "type": "conversation.item.input_audio_transcription.completed",
        "transcript": "hello",
        "usage": {"type": "tokens", "input_tokens": 20, "input_token_details": {"audio_tokens": 20}, "output_tokens": 3},
    }
    ignored = {"type": "response.output_audio.delta", "delta": "aGk="}
    events = [{"type": "session.created", "session": session}, heard, ignored, done, done]
    assert call("openai", "realtime", events).parts == [
        ("gpt-4o-transcribe", Usage(20, 3, input_audio_tokens=20)),
        ("gpt-realtime-2", TURN),
        ("gpt-realtime-2", TURN),
    ]
    assert call("openai", None, [heard]).parts == [(None, Usage(20, 3, input_audio_tokens=20))]


def test_moderations_are_free_and_say_nothing() -> None:
    found = call("openai", "moderations", {"id": "modr-1", "model": "omni-moderation-latest", "results": [{"flagged": False}]})
    assert (found.operation.name, found.usage) == ("moderation", None)


def test_an_error_is_no_answer() -> None:
    assert refused("openai", None, {"error": {"message": "no", "type": "invalid_request_error"}}) == "failed without usage"
