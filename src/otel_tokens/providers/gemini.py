"""The dialects of Gemini: generateContent, embeddings, Live, Interactions; on the wire and as the Python SDK writes them down."""

from otel_tokens.spec import Fold, Operation, Turn

# Cached video is billed like cached text, so it stays a plain cache read and is taken out of the video.
HEARD = {"audio": "input_audio_tokens", "image": "input_image_tokens", "video": "input_video_tokens"}
KEPT = {"audio": "cache_read_audio_tokens", "image": "cache_read_image_tokens", "video": "-input_video_tokens"}
SAID = {"audio": "output_audio_tokens", "image": "output_image_tokens", "video": "output_video_tokens"}
COUNT = "tokenCount|token_count"

GENERATE = Operation(
    "chat",
    counts={
        "input_tokens": "promptTokenCount|prompt_token_count",
        "output_tokens": "candidatesTokenCount|candidates_token_count|responseTokenCount|response_token_count",
        "cache_read_tokens": "cachedContentTokenCount|cached_content_token_count",
        "reasoning_tokens": "thoughtsTokenCount|thoughts_token_count",
    },
    plus={
        "input_tokens": "toolUsePromptTokenCount|tool_use_prompt_token_count",
        "output_tokens": "thoughtsTokenCount|thoughts_token_count",
    },
    total="totalTokenCount|total_token_count",
    folds=(
        Fold("promptTokensDetails[]|prompt_tokens_details[]", "modality", COUNT, HEARD),
        Fold("toolUsePromptTokensDetails[]|tool_use_prompt_tokens_details[]", "modality", COUNT, HEARD),
        Fold("cacheTokensDetails[]|cache_tokens_details[]", "modality", COUNT, KEPT),
        Fold("candidatesTokensDetails[]|candidates_tokens_details[]", "modality", COUNT, SAID),
        Fold("responseTokensDetails[]|response_tokens_details[]", "modality", COUNT, SAID),
    ),
    usage="usageMetadata|usage_metadata",
    id="responseId",
    service_tier="",
    facts={
        "response_model": "modelVersion|model_version",
        "response_id": "responseId|response_id",
        "service_tier": "usageMetadata.trafficType|usage_metadata.traffic_type"
        "|usageMetadata.serviceTier|usage_metadata.service_tier",
    },
    headers={"service_tier": "x-gemini-service-tier"},
    beside={
        "web_search_requests": "set:candidates[].groundingMetadata.webSearchQueries[]"
        "|candidates[].grounding_metadata.web_search_queries[]|serverContent.groundingMetadata.webSearchQueries[]",
        "maps_requests": "any:candidates[].groundingMetadata.groundingChunks[].maps"
        "|candidates[].grounding_metadata.grounding_chunks[].maps",
    },
    once=("web_search_requests", r"gemini-[12]\b"),  # up to 2.5 a prompt is billed for being grounded, later each query
)
LIVE = GENERATE._replace(turns={"": Turn(GENERATE, "setup.model")})
EMBED = Operation(
    "embeddings",
    counts={"input_tokens": "usageMetadata.promptTokenCount|usage_metadata.prompt_token_count"},
    folds=(
        Fold("predictions[]", "", "embeddings.statistics.token_count", {"": "input_tokens"}),
        Fold("embeddings[]", "", "statistics.tokenCount|statistics.token_count", {"": "input_tokens"}),
    ),
    usage=".",
    has_output=False,
)
INTERACTION = Operation(
    "chat",
    counts={
        "input_tokens": "total_input_tokens",
        "output_tokens": "total_output_tokens",
        "cache_read_tokens": "total_cached_tokens",
        "reasoning_tokens": "total_thought_tokens",
    },
    plus={"input_tokens": "total_tool_use_tokens", "output_tokens": "total_thought_tokens"},
    total="total_tokens",
    folds=(
        Fold("input_tokens_by_modality[]", "modality", "tokens", HEARD),
        Fold("tool_use_tokens_by_modality[]", "modality", "tokens", HEARD),
        Fold("cached_tokens_by_modality[]", "modality", "tokens", KEPT),
        Fold("output_tokens_by_modality[]", "modality", "tokens", SAID),
        Fold("grounding_tool_count[]", "type", "count", {"google_search": "web_search_requests", "google_maps": "maps_requests"}),
    ),
    usage="usage|interaction.usage",
    facts={"response_model": "model|interaction.model", "service_tier": "service_tier|interaction.service_tier"},
    once=GENERATE.once,
)
