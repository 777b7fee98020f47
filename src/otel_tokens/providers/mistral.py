"""The dialects of Mistral: chat and its like, conversations with connectors, OCR."""

from otel_tokens.providers.openai_text import CHAT
from otel_tokens.spec import Operation

CHAT_MISTRAL = CHAT._replace(
    counts={
        **CHAT.counts,
        "cache_read_tokens": "prompt_tokens_details.cached_tokens|prompt_token_details.cached_tokens|num_cached_tokens",
        "web_search_requests": "connectors.web_search",
        "code_execution_requests": "connectors.code_interpreter",
        "images": "connectors.image_generation",
    },
    plus={"input_tokens": "connector_tokens", "web_search_requests": "connectors.web_search_premium"},
    service_tier="usage.service_tier",
    facts={"response_model": "model|outputs[].model"},
    beside={"audio_ms": "ms:usage.prompt_audio_seconds"},
)
TRANSCRIPTION = CHAT_MISTRAL._replace(name="transcription")
OCR = Operation(
    "ocr",
    counts={"pages": "pages_processed", "annotated_pages": "pages_processed_annotation"},
    usage="usage_info",
    has_output=False,
)
