"""Gemini on AI Studio and Vertex: what stands outside the numbers called prompt and candidates."""

import pytest

from otel_tokens.types import Usage
from tests.price.answers import call, used


def body(**usage: object) -> dict[str, object]:
    return {
        "candidates": [{"content": {"parts": [{"text": "4"}], "role": "model"}, "finishReason": "STOP"}],
        "usageMetadata": usage,
        "modelVersion": "gemini-3.5-flash",
        "responseId": "r1",
    }


def test_thoughts_are_outside_the_candidates_and_tool_prompts_outside_the_prompt_e2_trap_4_trap_7() -> None:
    answer = body(
        promptTokenCount=100, candidatesTokenCount=20, thoughtsTokenCount=30, toolUsePromptTokenCount=40,
        cachedContentTokenCount=60, totalTokenCount=190, trafficType="ON_DEMAND_PRIORITY",
    )  # fmt: skip
    found = call("gcp.vertex_ai", "generateContent", answer)
    assert found.usage == Usage(140, 50, 60, 30)
    assert (found.response_model, found.service_tier, found.operation.name) == ("gemini-3.5-flash", "ON_DEMAND_PRIORITY", "chat")


@pytest.mark.parametrize("api", [None, "generate_content", "models/gemini-3.5-flash:streamGenerateContent?alt=sse", "chat"])
def test_the_served_tier_of_ai_studio_is_a_header(api: str | None) -> None:
    found = call("gcp.gemini", api, body(promptTokenCount=5, candidatesTokenCount=2), headers={"X-Gemini-Service-Tier": "flex"})
    assert (found.usage, found.service_tier) == (Usage(5, 2), "flex")


def test_modalities_and_the_cache_overlap_e6_trap_2() -> None:
    answer = body(
        promptTokenCount=1000,
        promptTokensDetails=[
            {"modality": "TEXT", "tokenCount": 100},
            {"modality": "AUDIO", "tokenCount": 300},
            {"modality": "IMAGE", "tokenCount": 200},
            {"modality": "VIDEO", "tokenCount": 380},
            {"modality": "DOCUMENT", "tokenCount": 20},
        ],
        cachedContentTokenCount=450,
        cacheTokensDetails=[
            {"modality": "TEXT", "tokenCount": 50},
            {"modality": "AUDIO", "tokenCount": 120},
            {"modality": "VIDEO", "tokenCount": 280},
        ],
        candidatesTokenCount=1300,
        candidatesTokensDetails=[{"modality": "IMAGE", "tokenCount": 1290}],
        totalTokenCount=2300,
    )
    found = used("gcp.gemini", "generateContent", answer)
    assert found == Usage(
        1000, 1300, 450, input_audio_tokens=300, input_image_tokens=200, input_video_tokens=100,
        cache_read_audio_tokens=120, output_image_tokens=1290,
    )  # fmt: skip
    assert found.leaves() == {
        "input": 70, "input_audio": 180, "input_image": 200, "input_video": 100, "cache_read": 330, "cache_read_audio": 120,
        "output": 10, "output_image": 1290,
    }  # fmt: skip


def test_the_python_sdk_writes_snake_case() -> None:
    answer = {
        "candidates": [{"grounding_metadata": {"web_search_queries": ["a", "b"]}}],
        "model_version": "gemini-3.5-flash",
        "response_id": "r1",
        "usage_metadata": {
            "prompt_token_count": 100,
            "prompt_tokens_details": [{"modality": "AUDIO", "token_count": 40}],
            "candidates_token_count": 20,
            "thoughts_token_count": 30,
            "tool_use_prompt_token_count": None,
            "traffic_type": "PROVISIONED_THROUGHPUT",
        },
    }
    found = call("google", "generate_content", answer)
    assert found.usage == Usage(100, 50, None, 30, input_audio_tokens=40, web_search_requests=2)
    assert (found.response_model, found.service_tier) == ("gemini-3.5-flash", "PROVISIONED_THROUGHPUT")


def test_chunks_repeat_a_running_total_d1_d4() -> None:
    chunks = [body(promptTokenCount=100, candidatesTokenCount=count, thoughtsTokenCount=30) for count in (1, 8, 20)]
    assert used("gcp.gemini", "streamGenerateContent", chunks) == Usage(100, 50, None, 30)


def test_a_blocked_prompt_has_an_output_of_none_when_the_total_says_so() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 7, "totalTokenCount": 7}}
    assert used("gcp.gemini", "generateContent", blocked) == Usage(7, 0)
    assert used("gcp.gemini", "generateContent", body(promptTokenCount=7)) == Usage(7)
    thinking = body(promptTokenCount=7, thoughtsTokenCount=5, totalTokenCount=12)  # cut off before it said anything
    assert used("gcp.gemini", "generateContent", thinking) == Usage(7, 5, None, 5)


@pytest.mark.parametrize(("model", "searches"), [("gemini-3.5-flash", 2), ("gemini-2.5-pro", 1), ("gemini-2.0-flash-001", 1)])
def test_grounding_is_billed_by_query_since_gemini_3_and_by_prompt_before_g8(model: str, searches: int) -> None:
    grounding = {"webSearchQueries": ["a", "", "b", "a"], "groundingChunks": [{"web": {"uri": "u"}}, {"maps": {"placeId": "p"}}]}
    answer = {**body(promptTokenCount=5, candidatesTokenCount=2), "modelVersion": model}
    answer["candidates"] = [{"groundingMetadata": grounding}, {"content": {}}]
    assert used("gcp.gemini", "generateContent", answer) == Usage(5, 2, web_search_requests=searches, maps_requests=1)


def test_a_live_session_bills_every_turn() -> None:
    first = {"promptTokenCount": 50, "responseTokenCount": 10, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}]}
    second = {"promptTokenCount": 70, "responseTokenCount": 12, "thoughtsTokenCount": 3, "totalTokenCount": 85}
    events = [
        {"setupComplete": {}},
        {"serverContent": {"modelTurn": {}}},
        {"serverContent": {"turnComplete": True}, "usageMetadata": first},
        {"serverContent": {"turnComplete": True}, "usageMetadata": second},
    ]
    assert call("gcp.gemini", "live", events, model="gemini-live-3.5").parts == [
        ("gemini-live-3.5", Usage(50, 10, input_audio_tokens=50)),
        ("gemini-live-3.5", Usage(70, 15, None, 3)),
    ]


INTERACTION = {
    "id": "i1",
    "model": "gemini-3.5-pro",
    "service_tier": "priority",
    "usage": {
        "total_input_tokens": 100,
        "input_tokens_by_modality": [{"modality": "text", "tokens": 90}, {"modality": "image", "tokens": 10}],
        "total_cached_tokens": 20,
        "total_output_tokens": 30,
        "total_thought_tokens": 5,
        "total_tool_use_tokens": 7,
        "total_tokens": 142,
        "grounding_tool_count": [{"type": "google_search", "count": 3}, {"type": "google_maps", "count": 1}],
    },
}


def test_an_interaction_counts_its_thoughts_and_tools_apart() -> None:
    usage = Usage(107, 35, 20, 5, input_image_tokens=10, web_search_requests=3, maps_requests=1)
    for answer in (INTERACTION, [{"event_type": "interaction.completed", "interaction": INTERACTION}]):
        found = call("gcp.gemini", "interactions", answer)
        assert (found.usage, found.response_model, found.service_tier) == (usage, "gemini-3.5-pro", "priority")


def test_embeddings_of_ai_studio_and_of_vertex() -> None:
    studio = {"embedding": {"values": [0.1]}, "usageMetadata": {"promptTokenCount": 9}}
    assert used("gcp.gemini", "embedContent", studio) == Usage(9)
    vertex = [{"embeddings": {"values": [0.1], "statistics": {"token_count": count, "truncated": False}}} for count in (6.0, 4)]
    found = call("gcp.vertex_ai", None, {"predictions": vertex, "metadata": {"billableCharacterCount": 30}})
    assert (found.usage, found.operation.name) == (Usage(10), "embeddings")
    dumped = {"embeddings": [{"values": [0.1], "statistics": {"token_count": 5.0}}]}
    assert used("gcp.vertex_ai", "embed_content", dumped) == Usage(5)


def test_a_line_of_a_batch() -> None:
    line = {"key": "a", "response": body(promptTokenCount=5, candidatesTokenCount=2)}
    found = call("gcp.gemini", None, line)
    assert (found.usage, found.batch) == (Usage(5, 2), True)
