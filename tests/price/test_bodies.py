"""What holds for every body: how its dialect is found, what it may be wrapped in, and that nonsense is never a number."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_tokens import bill, bodies
from otel_tokens.providers.dialects import DIALECTS
from otel_tokens.types import Call, Cost, Unpriced, Usage
from tests.price.answers import call, refused, used
from tests.price.calls import NOW

CHAT = {"object": "chat.completion", "model": "gpt-5.5", "usage": {"prompt_tokens": 9, "completion_tokens": 3}}
CLAUDE = {"type": "message", "model": "claude-opus-5-5", "usage": {"input_tokens": 9, "output_tokens": 3}}


@pytest.mark.parametrize(
    ("api", "name"),
    [
        ("chat", "chat"),
        ("Chat.Completions", "chatcompletions"),
        ("chat_completions", "chatcompletions"),
        ("openai.chat.completions.create", "chatcompletions"),
        ("/v1/chat/completions", "chatcompletions"),
        ("https://api.openai.com/v1/chat/completions?x=1", "chatcompletions"),
        ("chat.complete", "chat"),
        ("completions", "completions"),
        ("responses", "responses"),
        ("/v1/responses/resp_68f1", "responses"),
        ("/v1/messages/batches/msgbatch_1/results", "messages"),
        ("beta.messages", "messages"),
        ("embeddings.create", "embeddings"),
        ("images.generate", "imagesgenerate"),
        ("image_generation", "imagegeneration"),
        ("audio.transcriptions", "transcriptions"),
        ("audio/speech", "speech"),
        ("Realtime", "realtime"),
        ("rerank", "rerank"),
        ("/v2/rerank", "rerank"),
        ("ocr", "ocr"),
        ("moderations", "moderations"),
        ("generate_content", "generatecontent"),
        ("generateContent", "generatecontent"),
        ("streamGenerateContent", "streamgeneratecontent"),
        ("generate_content_stream", "generatecontentstream"),
        ("live", "live"),
        ("interactions", "interactions"),
        ("converse", "converse"),
        ("ConverseStream", "conversestream"),
        ("invoke_model", "invokemodel"),
        ("InvokeModelWithResponseStream", "invokemodelwithresponsestream"),
        ("litellm", "litellm"),
        ("ollama", "ollama"),
        ("/api/generate", "apigenerate"),
        ("generate", "generate"),
        ("something else", ""),
        ("", ""),
    ],
)
def test_an_api_may_be_written_in_many_ways(api: str, name: str) -> None:
    assert bodies.named(api) == name


def test_without_a_name_the_shape_decides_and_what_fits_nothing_has_a_reason() -> None:
    assert used("unknown", None, CHAT) == used("unknown", "no such api", CHAT) == used("unknown", "messages", CHAT) == Usage(9, 3)
    for body in ({}, {"foo": 1}, [], [1, None, "x"], None, 7, "not json", b"\x00", {"usage": None}, {"usage": []}):
        assert refused("unknown", None, body) == "unknown kind of answer"
    assert call("unknown", "chat", {"foo": 1}).usage is None  # the name says what it is: an answer without usage


def test_two_numbers_alone_are_read_in_the_dialect_of_the_seller() -> None:
    bare = {"usage": {"input_tokens": 9, "output_tokens": 3}}
    assert call("anthropic", None, bare).operation.exclusive
    assert not call("openai", None, bare).operation.exclusive
    assert used("anthropic", None, bare) == used("openai", None, bare) == Usage(9, 3)


def test_two_answers_in_one_body_are_not_one() -> None:
    assert refused("openai", "chat", [{**CHAT, "id": "a"}, {**CHAT, "id": "b"}]) == "several answers in one body"


@pytest.mark.parametrize(
    "line",
    [
        {"custom_id": "1", "response": {"status_code": 200, "request_id": "r", "body": CHAT}, "error": None},
        {"status_code": 200, "request_id": "r", "body": CHAT},
        {"body": CHAT},
    ],
)
def test_lines_of_a_batch_are_opened_and_are_billed_as_such_b5(line: dict[str, Any]) -> None:
    found = call("openai", "chat", line)
    assert (found.usage, found.batch, found.response_model) == (Usage(9, 3), True, "gpt-5.5")


def test_a_line_of_a_batch_that_failed_is_no_answer() -> None:
    line = {"custom_id": "1", "response": {"status_code": 400, "body": {"error": {"message": "no"}}}, "error": None}
    assert refused("openai", None, line) == "failed without usage"


def test_a_recorded_exchange_is_no_batch_and_its_headers_are_read() -> None:
    found = call("litellm", None, {"status": 200, "headers": {"X-LiteLLM-Response-Cost": "0.25"}, "body": CHAT})
    assert (found.usage, found.batch, found.reported) == (Usage(9, 3), False, 250_000_000_000_000)


def test_what_was_asked_for_holds_where_the_answer_says_nothing() -> None:
    asked = call("openai", "chat", CHAT, model="alias", tier="flex", speed="fast", geo="eu", host="h", batch=True, at=5)
    assert (asked.service_tier, asked.speed, asked.geo, asked.batch) == ("flex", "fast", "eu", True)
    assert (asked.host, asked.started_ns, asked.request_model, asked.response_model) == ("h", 5, "alias", "gpt-5.5")
    assert call("openai", "chat", {**CHAT, "service_tier": "default"}, tier="flex").service_tier == "default"


def test_a_read_answer_can_be_priced() -> None:
    found = call("openai", "chat", CHAT, at=NOW)
    cost = bill.priced(found, bill.total_usage(found), None)
    assert isinstance(cost, Cost)
    assert (cost.status, cost.total) == ("exact", 9 * 5_000_000_000 + 3 * 30_000_000_000)


@pytest.mark.parametrize("value", ["12", -1, True, 1.5, float("nan"), float("inf"), [], {}, 1 << 50])
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens"])
def test_a_total_that_is_no_count_leaves_nothing_to_price_c7(field: str, value: object) -> None:
    found = call("openai", "chat", {**CHAT, "usage": {**CHAT["usage"], field: value}}, at=NOW)  # type: ignore[dict-item]
    assert (found.usage, found.invalid) == (None, True)
    assert bill.priced(found, bill.total_usage(found), None) == Unpriced("invalid usage")


@pytest.mark.parametrize(
    ("seller", "body"),
    [
        ("openai", {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 10}}),
        ("openai", {"prompt_tokens": 9, "completion_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 4}}),
        ("openai", {"input_tokens": 9, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 10}}),
        ("deepseek", {"prompt_tokens": 9, "completion_tokens": 3, "prompt_cache_hit_tokens": 90}),
    ],
)
def test_a_part_larger_than_its_whole_is_invalid_and_never_negative_c7_c8(seller: str, body: dict[str, Any]) -> None:
    found = call(seller, None, {"model": "gpt-5.5", "usage": body}, at=NOW)
    assert found.invalid
    assert bill.priced(found, bill.total_usage(found), None) == Unpriced("invalid usage")


def test_a_part_that_is_added_and_no_count_makes_the_sum_unknown() -> None:
    body = {"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3, "thoughtsTokenCount": "many"}}
    assert (call("gcp.gemini", None, body).usage, call("gcp.gemini", None, body).invalid) == (None, True)
    video = [{"modality": "VIDEO", "tokenCount": 5}]
    body = {"usageMetadata": {"promptTokenCount": 9, "cachedContentTokenCount": 5, "cacheTokensDetails": video}}
    assert call("gcp.gemini", None, body).invalid


def test_absent_is_not_zero() -> None:
    assert used("openai", "chat", CHAT).cache_read_tokens is None
    zero = {**CHAT, "usage": {**CHAT["usage"], "prompt_tokens_details": {"cached_tokens": 0}}}  # type: ignore[dict-item]
    assert used("openai", "chat", zero).cache_read_tokens == 0


def test_a_stated_cost_stands_even_where_the_counts_contradict_themselves() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 10}, "cost": 0.5}
    found = call("openrouter", "chat", {"model": "x", "usage": usage})
    cost = bill.priced(found, bill.total_usage(found), None)
    assert isinstance(cost, Cost)
    assert (found.invalid, cost.status, cost.total) == (True, "provider", 5 * 10**14)


NAMES = sorted({
    name.removesuffix("[]").partition("=")[0].removesuffix("[]")
    for dialect in DIALECTS
    for text in (dialect.marks, dialect.lacks, *dialect.operation.counts.values(), *dialect.operation.plus.values())
    for option in text.replace(" ", "|").split("|")
    for name in option.split(".")
    if name
})  # fmt: skip
NUMBERS = st.one_of(st.integers(-5, 2000), st.booleans(), st.floats(), st.text(max_size=3), st.none())
BODIES = st.recursive(
    NUMBERS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6))
)


@given(BODIES, st.sampled_from([None, "chat", "responses", "realtime", "invoke", "live", "speech", "images"]))
@example({"usage": {"prompt_tokens": 1, "completion_tokens": 1}, "usage_breakdown": {"models": [None, 7]}}, "chat")
@example({"usage": {"input_tokens": 1, "iterations": [None]}}, None)
def test_no_body_raises_and_none_costs_less_than_nothing(body: object, api: str | None) -> None:
    found = bodies.read("openai", api, body, model="gpt-5.5", at=NOW)
    if isinstance(found, Call):
        usage = bill.total_usage(found)
        cost = bill.priced(found, usage, None)
        assert isinstance(cost, Unpriced) or cost.total >= 0
        assert all(number is None or number >= 0 for number in usage)


@pytest.mark.parametrize(
    ("seller", "api", "body", "usage"),
    [
        ("openai", "embeddings", {"usage": {"prompt_tokens": 9, "total_tokens": 9}}, Usage(9)),
        ("openai", "embeddings", {"object": "list", "data": [], "usage": {"prompt_tokens": 9, "total_tokens": 9}}, Usage(9)),
        ("voyage", "embed", {"usage": {"total_tokens": 9}}, Usage(9)),
        ("cohere", "embed", {"meta": {"billed_units": {"input_tokens": 9}}}, Usage(9)),
    ],
)
def test_an_answer_whose_data_was_taken_out_is_read_by_the_name_of_its_api(
    seller: str, api: str, body: Any, usage: Usage
) -> None:
    found = bodies.read(seller, api, body)
    assert isinstance(found, Call)
    assert (found.usage, found.operation.has_output) == (usage, False)
