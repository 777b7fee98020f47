"""The dialects of Bedrock's runtime: Converse, and of InvokeModel the bodies that are the vendor's own or say nothing at all."""

from otel_tokens.spec import Fold, Operation

TIER = {"service_tier": "x-amzn-bedrock-service-tier", "speed": "x-amzn-bedrock-performanceconfig-latency"}
HEADERS = {
    "input_tokens": "x-amzn-bedrock-input-token-count",
    "output_tokens": "x-amzn-bedrock-output-token-count",
    "cache_read_tokens": "x-amzn-bedrock-cache-read-input-token-count",
    "cache_write_tokens": "x-amzn-bedrock-cache-write-input-token-count",
}
TTLS = {"5m": "cache_write_5m_tokens", "1h": "cache_write_1h_tokens"}

CONVERSE = Operation(
    "chat",
    counts={
        "input_tokens": "inputTokens",
        "output_tokens": "outputTokens",
        # The second name is that of Nova's own body.
        "cache_read_tokens": "cacheReadInputTokens|cacheReadInputTokenCount",
        "cache_write_tokens": "cacheWriteInputTokens|cacheWriteInputTokenCount",
    },
    folds=(Fold("cacheDetails[]", "ttl", "inputTokens", TTLS),),
    exclusive=True,
    usage="usage|metadata.usage",
    service_tier="",
    facts={
        "service_tier": "serviceTier.type|metadata.serviceTier.type",
        "speed": "performanceConfig.latency|metadata.performanceConfig.latency",
        "response_model": "trace.promptRouter.invokedModelId|metadata.trace.promptRouter.invokedModelId",
    },
    headers=TIER,
    header_counts=HEADERS,
)
LLAMA = Operation(
    "chat",
    counts={"input_tokens": "prompt_token_count", "output_tokens": "generation_token_count"},
    usage=".",
    headers=TIER,
    header_counts=HEADERS,
)
TITAN = Operation(
    "text_completion",
    counts={"input_tokens": "inputTextTokenCount", "output_tokens": "totalOutputTextTokenCount"},
    folds=(Fold("results[]", "", "tokenCount", {"": "output_tokens"}),),
    usage=".",
    headers=TIER,
    header_counts=HEADERS,
)
TITAN_EMBED = Operation("embeddings", {"input_tokens": "inputTextTokenCount"}, usage=".", has_output=False, headers=TIER)
INVOKED = Operation(
    "chat",
    counts={
        "input_tokens": "inputTokenCount",
        "output_tokens": "outputTokenCount",
        "cache_read_tokens": "cacheReadInputTokenCount",
        "cache_write_tokens": "cacheWriteInputTokenCount",
    },
    exclusive=True,
    usage="amazon-bedrock-invocationMetrics|chunk.amazon-bedrock-invocationMetrics",
    headers=TIER,
    header_counts=HEADERS,
)
"""A body that states no usage (Mistral, Cohere): the last chunk of a stream has Bedrock's own count, a plain answer headers."""
