"""The dialect of Ollama's own API. A count that is not there is unknown: older servers omit that of a prompt in the cache."""

from otel_tokens.spec import Operation

CHAT_OLLAMA = Operation(
    "chat",
    counts={
        "input_tokens": "prompt_eval_count",
        "output_tokens": "eval_count",
        "cache_read_tokens": "prompt_eval_cached_count",
    },
    usage=".",
    last="done",
    error="error",
    engine=("load_duration", "prompt_eval_duration", "eval_duration"),
)
GENERATE = CHAT_OLLAMA._replace(name="text_completion")
EMBED = CHAT_OLLAMA._replace(name="embeddings", has_output=False)
