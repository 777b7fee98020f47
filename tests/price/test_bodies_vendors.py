"""The vendors and servers that speak OpenAI's dialect in their own way, and those that speak another."""

import pytest

from otel_tokens import bill
from otel_tokens.types import FEMTO, Usage
from tests.price.answers import call, used


def chat(model: str = "m", **usage: object) -> dict[str, object]:
    return {"id": "c1", "object": "chat.completion", "model": model, "choices": [{"index": 0}], "usage": usage}


@pytest.mark.parametrize(
    "cached",
    [
        {"prompt_tokens_details": {"cached_tokens": 64}},
        {"prompt_token_details": {"cached_tokens": 64}},
        {"num_cached_tokens": 64},
    ],
)
def test_mistral_spells_its_cache_in_three_ways(cached: dict[str, object]) -> None:
    found = call("mistral_ai", "chat.complete", chat(prompt_tokens=100, completion_tokens=9, service_tier="priority", **cached))
    assert (found.usage, found.service_tier) == (Usage(100, 9, 64), "priority")


def test_mistral_counts_its_connectors_apart() -> None:
    usage = {"prompt_tokens": 188, "completion_tokens": 55, "total_tokens": 7355, "connector_tokens": 7112}
    outputs = [{"type": "tool.execution"}, {"type": "message.output", "model": "mistral-medium-2508"}]
    body = {"object": "conversation.response", "conversation_id": "c", "outputs": outputs, "usage": usage}
    usage["connectors"] = {"web_search": 1, "web_search_premium": 2, "code_interpreter": 1}
    found = call("mistral_ai", "conversations", body)
    assert found.usage == Usage(7300, 55, web_search_requests=3, code_execution_requests=1)
    assert found.response_model == "mistral-medium-2508"


def test_mistral_bills_pages_and_seconds_of_audio() -> None:
    ocr = {"model": "mistral-ocr-2505", "pages": [{}, {}], "usage_info": {"pages_processed": 2, "doc_size_bytes": 900}}
    found = call("mistral_ai", "/v1/ocr", ocr)
    annotated = {**ocr, "usage_info": {"pages_processed": 2, "pages_processed_annotation": 1}}
    assert used("mistral_ai", None, annotated) == Usage(pages=2, annotated_pages=1)
    assert (found.usage, found.operation.name, found.response_model) == (Usage(pages=2), "ocr", "mistral-ocr-2505")
    heard = {"prompt_audio_seconds": 203, "prompt_tokens": 4, "total_tokens": 3264, "completion_tokens": 635}
    found = call("mistral_ai", None, {"model": "voxtral-mini-2507", "text": "hi", "usage": heard})
    assert (found.usage, found.operation.name) == (Usage(4, 635, audio_ms=203_000), "transcription")


def test_mistral_embeddings_are_no_chat() -> None:
    body = {
        "object": "list",
        "data": [{"embedding": [0.1]}],
        "usage": {"prompt_tokens": 6, "total_tokens": 6, "completion_tokens": 0},
    }
    assert call("mistral_ai", None, body).operation.name == "embeddings"
    assert used("mistral_ai", "embeddings", body) == Usage(6)


def test_cohere_bills_billed_units_and_not_tokens_trap_10() -> None:
    usage = {
        "billed_units": {"input_tokens": 5.0, "output_tokens": 12.0},
        "tokens": {"input_tokens": 206.0, "output_tokens": 14.0},
    }
    body = {"id": "1", "message": {"role": "assistant"}, "usage": {**usage, "cached_tokens": 2.0}}
    for answer in (body, [{"type": "message-start"}, {"type": "message-end", "delta": {"finish_reason": "COMPLETE", **body}}]):
        assert used("cohere", "v2/chat", answer) == used("cohere", None, answer) == Usage(5, 12, 2)
    unbilled = {"usage": {"tokens": {"input_tokens": 206.0, "output_tokens": 14.0}}}
    assert call("cohere", "chat", unbilled).usage is None
    assert used("cohere", "chat", {"text": "4", "meta": usage}) == Usage(5, 12)


def test_cohere_embeds_and_reranks_by_units_in_the_meta() -> None:
    embedded = {"embeddings": {"float": [[0.1]]}, "meta": {"billed_units": {"input_tokens": 3.0, "images": 2.0}}}
    assert used("cohere", None, embedded) == Usage(3, images=2)
    ranked = {"results": [{"index": 0, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 1}}}
    found = call("cohere", None, ranked)
    assert (found.usage, found.operation.name) == (Usage(search_units=1), "rerank")


def test_groq_states_usage_in_x_groq_and_its_tier() -> None:
    usage = {"prompt_tokens": 18, "completion_tokens": 9, "total_tokens": 27, "prompt_tokens_details": {"cached_tokens": 4}}
    last = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "model": "llama-3.3-70b-versatile",
        "choices": [],
        "x_groq": {"usage": usage},
    }
    assert used("groq", "chat", [{**last, "x_groq": {"id": "req_1"}}, last]) == Usage(18, 9, 4)
    plain = {**chat("openai/gpt-oss-120b", **usage), "service_tier": "on_demand", "x_groq": {"usage": {"dram_cached_tokens": 4}}}
    found = call("groq", "chat.completions", plain)
    assert (found.usage, found.service_tier) == (Usage(18, 9, 4), "on_demand")


def test_a_compound_system_of_groq_is_several_models() -> None:
    models = [
        {"model": "llama-4-scout", "usage": {"prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520}},
        {"model": "gpt-oss-120b", "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980}},
    ]
    whole = {"prompt_tokens": 1400, "completion_tokens": 100, "total_tokens": 1500}
    for seller in ("groq", "unknown"):
        found = call(seller, "chat", {**chat("groq/compound", **whole), "usage_breakdown": {"models": models}})
        assert found.parts == [("llama-4-scout", Usage(500, 20)), ("gpt-oss-120b", Usage(900, 80))]


def test_deepseek_states_hits_and_misses() -> None:
    usage = {"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36, "completion_tokens": 9}
    reasoning = {"completion_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 109}
    assert used("deepseek", "chat", chat("deepseek-v4", **usage, **reasoning)) == Usage(100, 9, 64, 5)


@pytest.mark.parametrize(("total", "output"), [(140, 40), (110, 10)])
def test_the_total_shows_whether_xai_reasons_outside_of_the_output_e3(total: int, output: int) -> None:
    details = {"text_tokens": 100, "cached_tokens": 60}  # text_tokens has the cached ones in it: trap 2
    told = {"completion_tokens": 10, "completion_tokens_details": {"reasoning_tokens": 30 if total == 140 else 3}}
    usage = {
        "prompt_tokens": 100,
        "total_tokens": total,
        "prompt_tokens_details": details,
        **told,
        "cost_in_usd_ticks": 37_756_000,
    }
    found = call("x_ai", "chat", chat("grok-4.5", **usage))
    assert found.usage == Usage(100, output, 60, told["completion_tokens_details"]["reasoning_tokens"])  # type: ignore[index]
    assert found.reported == 37_756_000 * FEMTO // 10**10


def test_xai_responses_have_the_reasoning_inside_e3() -> None:
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60},
        "output_tokens": 40,
        "output_tokens_details": {"reasoning_tokens": 30},
        "total_tokens": 140,
        "server_side_tool_usage_details": {"web_search_calls": 2, "x_search_calls": 0},
        "cost_in_usd_ticks": 5,
    }
    found = call("x_ai", "responses", {"object": "response", "model": "grok-4.5", "output": [], "usage": usage})
    assert (found.usage, found.reported) == (Usage(100, 40, 60, 30, web_search_requests=2), 500_000)


ROUTED = {
    "prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196, "cost": 0.95,
    "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 20}, "cost_details": {"upstream_inference_cost": 0.95},
}  # fmt: skip


def test_openrouter_states_its_charge_and_upstream_is_not_added_g9() -> None:
    found = call("openrouter", "chat", chat("openai/gpt-5.5", **ROUTED, is_byok=False, service_tier="priority"))
    assert found.usage == Usage(194, 2, 10, cache_write_tokens=20)
    assert (found.reported, found.service_tier) == (950_000_000_000_000, "priority")


def test_with_a_key_of_your_own_openrouter_charges_its_fee_and_the_rest_is_billed_elsewhere_trap_12() -> None:
    own = {**ROUTED, "cost": 0.05, "cost_details": {"upstream_inference_cost": 1.0}}
    assert call("openrouter", "chat", chat(**own, is_byok=True)).reported == 50_000_000_000_000
    waived = call("openrouter", "chat", chat(**{**own, "cost": 0}, is_byok=True))
    cost = bill.priced(waived, bill.total_usage(waived), None)
    assert (waived.reported, cost.status, cost.total) == (0, "provider", 0)  # type: ignore[union-attr]


@pytest.mark.parametrize("cost", [0, 0.0, "0", -1, None, True, float("nan"), "free", {}])
def test_a_stated_cost_that_cannot_be_one_is_not_believed_d10(cost: object) -> None:
    assert (
        call("openrouter", "chat", chat("anthropic/claude-opus-5.5", **{**ROUTED, "cost": cost}, is_byok=False)).reported is None
    )


def test_perplexity_reasons_and_cites_outside_of_its_totals_trap_4() -> None:
    usage = {"prompt_tokens": 33, "completion_tokens": 7163, "total_tokens": 7196, "citation_tokens": 20016}
    deep = {**usage, "reasoning_tokens": 73997, "num_search_queries": 18}
    found = call("perplexity", "chat", chat("sonar-deep-research", **deep))
    assert found.usage == Usage(33, 81160, None, 73997, web_search_requests=18, citation_tokens=20016)
    assert found.reported is None
    stated = chat("sonar-deep-research", **deep, cost={"total_cost": 0.409, "request_cost": 0.006})
    assert call("perplexity", "chat", stated).reported == 409_000_000_000_000
    searched = chat("sonar-pro", prompt_tokens=5, completion_tokens=7, total_tokens=12, num_search_queries=2)
    assert used("perplexity", None, searched) == Usage(5, 7, requests=1)  # these bill the request, not its searches


def test_perplexitys_agents_state_cost_and_cache_inside_the_input() -> None:
    usage = {
        "input_tokens": 900,
        "output_tokens": 40,
        "total_tokens": 940,
        "input_tokens_details": {"cache_creation_input_tokens": 100, "cache_read_input_tokens": 700},
        "tool_calls_details": {"web_search": {"invocation": 3}},
        "cost": {"currency": "USD", "input_cost": 0.001, "output_cost": 0.002, "total_cost": 0.003},
    }
    found = call("perplexity", "responses", {"object": "response", "model": "openai/gpt-5.5", "output": [], "usage": usage})
    assert found.usage == Usage(900, 40, 700, cache_write_tokens=100, web_search_requests=3)
    assert found.reported == 3_000_000_000_000


TOOK = {"total_duration": 2_500_000_000, "load_duration": 10**9, "prompt_eval_duration": 25 * 10**7, "eval_duration": 10**9}


def test_ollama_omits_the_count_of_a_prompt_that_it_had_and_that_is_not_zero() -> None:
    done = {"model": "gpt-oss:20b", "message": {"content": ""}, "done": True, "eval_count": 9, **TOOK}
    found = call("ollama", "/api/chat", [{"model": "gpt-oss:20b", "message": {"content": "4"}, "done": False}, done])
    assert (found.usage, found.engine_seconds, found.response_model) == (Usage(None, 9), 2.25, "gpt-oss:20b")
    whole = {"model": "gpt-oss:20b", "response": "4", "done": True, "eval_count": 9, "prompt_eval_count": 30}
    found = call("ollama", "generate", {**whole, "prompt_eval_cached_count": 20})
    assert (found.usage, found.operation.name) == (Usage(30, 9, 20), "text_completion")
    embedded = {"model": "embeddinggemma", "embeddings": [[0.1]], "prompt_eval_count": 8, "total_duration": 14}
    assert (used("ollama", None, embedded), call("ollama", None, embedded).operation.name) == (Usage(8), "embeddings")


def test_vllm_says_nothing_of_its_cache_unless_asked() -> None:
    assert used("unknown", "chat", chat(prompt_tokens=9, completion_tokens=3, prompt_tokens_details=None)) == Usage(9, 3)


GATEWAY = {
    "prompt_tokens": 3125, "completion_tokens": 11, "total_tokens": 3136, "cache_read_input_tokens": 1000,
    "cache_creation_input_tokens": 2100,
    "prompt_tokens_details": {
        "cached_tokens": 1000, "cache_creation_tokens": 2100,
        "cache_creation_token_details": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 2000},
    },
}  # fmt: skip


@pytest.mark.parametrize("seller", ["litellm", "anthropic", "unknown"])
@pytest.mark.parametrize("api", ["litellm", "chat.completions", "messages", None])
def test_a_litellm_proxy_is_inclusive_for_every_vendor_trap_1_c1(seller: str, api: str | None) -> None:
    found = call(seller, api, chat("claude-opus-5-5", **GATEWAY), headers={"x-litellm-response-cost": "0.0125"})
    assert found.usage == Usage(
        3125, 11, 1000, cache_write_tokens=2100, cache_write_5m_tokens=100, cache_write_1h_tokens=2000
    )  # fmt: skip
    assert found.reported == 12_500_000_000_000


def test_the_cost_in_a_header_of_a_stream_came_too_early() -> None:
    assert call("litellm", "chat", [chat(**GATEWAY)], headers={"X-LiteLLM-Response-Cost": "0.0125"}).reported is None


def test_databricks_names_the_cache_as_anthropic_does_and_counts_it_inside() -> None:
    usage = {"prompt_tokens": 500, "completion_tokens": 3, "total_tokens": 503, "cache_read_input_tokens": 400}
    assert used("databricks", "chat", chat("databricks-claude-opus-5", **usage)) == Usage(500, 3, 400)


def test_voyage_and_jina_state_a_total_only() -> None:
    embedded = {
        "object": "list",
        "data": [{"object": "embedding", "embedding": [0.1], "index": 0}],
        "usage": {"total_tokens": 10},
    }
    assert used("voyage", None, {**embedded, "model": "voyage-4"}) == used("jina", "/v1/embeddings", embedded) == Usage(10)
    voyage = {"object": "list", "data": [{"relevance_score": 0.0, "index": 0}], "usage": {"total_tokens": 26}}
    jina = {"results": [{"index": 0, "relevance_score": 0.7}], "usage": {"total_tokens": 26}}
    assert all(call("voyage", None, body).operation.name == "rerank" for body in (voyage, jina))
    assert used("voyage", "rerank", voyage) == used("jina", "rerank", jina) == Usage(26)
