"""What other vendors add to OpenAI's dialect: gateways, Groq, xAI, Perplexity, rerankers that bill by the total."""

from otel_tokens.providers.openai_text import CHAT, EMBEDDINGS, RESPONSES
from otel_tokens.spec import Breakdown

OPENROUTER = CHAT._replace(
    counts={
        **CHAT.counts,
        "input_video_tokens": "prompt_tokens_details.video_tokens",
        "output_image_tokens": "completion_tokens_details.image_tokens",
        "web_search_requests": "server_tool_use.web_search_requests|server_tool_use_details.web_search_requests",
    },
    facts={"service_tier": "service_tier|usage.service_tier", "speed": "usage.speed"},
    own_key="usage.is_byok",  # the vendor behind it sends its own bill for the tokens; the stated cost is only the fee
)
LITELLM = CHAT._replace(counts={
    **CHAT.counts,
    "cache_write_tokens": "prompt_tokens_details.cache_write_tokens"
    "|prompt_tokens_details.cache_creation_tokens|cache_creation_input_tokens",
    "cache_write_5m_tokens": "prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens",
    "cache_write_1h_tokens": "prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
    "web_search_requests": "server_tool_use.web_search_requests",
})  # fmt: skip
GROQ = CHAT._replace(breakdown=Breakdown("usage_breakdown.models|x_groq.usage_breakdown.models", "model", "usage", CHAT))
XAI_RESPONSES = RESPONSES._replace(
    counts={**RESPONSES.counts, "web_search_requests": "server_side_tool_usage_details.web_search_calls"}
)
PERPLEXITY = CHAT._replace(
    counts={
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "reasoning_tokens": "reasoning_tokens",
        "citation_tokens": "citation_tokens",
        "web_search_requests": "num_search_queries",
    },
    plus={"output_tokens": "reasoning_tokens"},
    total="",  # counts neither the reasoning nor the citations
    beside={"requests": "any:usage"},
    only={"requests": r"\bsonar(-pro|-reasoning|-reasoning-pro)?$", "web_search_requests": "deep-research"},
)
PERPLEXITY_RESPONSES = RESPONSES._replace(
    counts={
        **RESPONSES.counts,
        "cache_read_tokens": "input_tokens_details.cached_tokens|input_tokens_details.cache_read_input_tokens",
        "cache_write_tokens": "input_tokens_details.cache_creation_input_tokens",
        "web_search_requests": "tool_calls_details.web_search.invocation|tool_calls_details.search_web.invocation",
    }
)
RERANK = EMBEDDINGS._replace(name="rerank")
MODERATION = EMBEDDINGS._replace(name="moderation", counts=CHAT.counts)
