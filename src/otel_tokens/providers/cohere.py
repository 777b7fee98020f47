"""The dialects of Cohere: what is billed stands in `billed_units`; `tokens` is what the model saw, and costs nothing."""

from otel_tokens.spec import Operation

CHAT_COHERE = Operation(
    "chat",
    counts={
        "input_tokens": "billed_units.input_tokens",
        "output_tokens": "billed_units.output_tokens",
        "cache_read_tokens": "cached_tokens",
        "search_units": "billed_units.search_units",
    },
    usage="usage|delta.usage|meta|response.meta",
)
EMBED = Operation(
    "embeddings",
    counts={
        "input_tokens": "billed_units.input_tokens",
        "input_image_tokens": "billed_units.image_tokens",
        "images": "billed_units.images",
    },
    usage="meta",
    has_output=False,
)
RERANK = Operation("rerank", {"search_units": "billed_units.search_units"}, usage="meta", has_output=False)
