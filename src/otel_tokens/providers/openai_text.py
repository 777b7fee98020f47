"""The dialect of OpenAI's text endpoints, spoken by every compatible server: where an answer says what was used."""

from otel_tokens.providers.openai_media import TOOL_IMAGES
from otel_tokens.spec import Breakdown, Operation, Tally

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
STATED = {"cost": 10**15, "cost_in_usd_ticks": 10**5, "cost.total_cost": 10**15}
"""OpenRouter and Perplexity state USD, xAI ticks of 1e-10 USD."""

CHAT = Operation(
    "chat",
    counts={
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens"
        "|prompt_cache_hit_tokens|num_cached_tokens|cache_read_input_tokens",
        "cache_write_tokens": "prompt_tokens_details.cache_write_tokens|cache_creation_input_tokens",
        "input_audio_tokens": "prompt_tokens_details.audio_tokens",
        "input_image_tokens": "prompt_tokens_details.image_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens",
        "output_audio_tokens": "completion_tokens_details.audio_tokens",
    },
    total="total_tokens",  # of xAI it shows that the reasoning is outside of completion_tokens
    usage="usage|x_groq.usage",
    reported=STATED,
    sentinel=b"[DONE]",
    ask_usage=("stream_options", "include_usage"),
)
COMPLETION = CHAT._replace(name="text_completion")
EMBEDDINGS = Operation("embeddings", {"input_tokens": "prompt_tokens|total_tokens"}, has_output=False, reported=STATED)
RESPONSES = Operation(
    "chat",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "input_tokens_details.cached_tokens",
        "cache_write_tokens": "input_tokens_details.cache_write_tokens",
        "cache_write_30m_tokens": "input_tokens_details.cache_write_tokens_details.ttl_30m_tokens",
        "cache_write_12h_tokens": "input_tokens_details.cache_write_tokens_details.ttl_12h_tokens",
        "reasoning_tokens": "output_tokens_details.reasoning_tokens",
    },
    reported=STATED,
    facts={"conversation": "conversation.id"},
    events=dict.fromkeys((*TERMINAL, "response.created", "response.queued"), "response"),
    terminal=TERMINAL,
    sentinel=b"response.completed",
    tally=Tally("output", "type", {
        "web_search_call": "web_search_requests",
        "file_search_call": "file_search_requests",
        "code_interpreter_call": "code_execution_requests",
    }, detail="action.type", free=frozenset({"open_page", "find_in_page"})),
    beside={"web_search_requests": "count:tool_usage.web_search.num_requests"},  # what is billed, where it is stated
    breakdown=Breakdown("tool_usage.image_gen", "tools[].model", "", TOOL_IMAGES, besides=True),
    status="status",
    pending=frozenset({"queued", "in_progress"}),
    failed=frozenset({"failed"}),
)  # fmt: skip
