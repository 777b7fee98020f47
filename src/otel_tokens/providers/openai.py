"""The openai client library: every paid endpoint, and every compatible server behind it (the seller is decided by host)."""

from otel_tokens.spec import Operation, Poll, Provider, Results, Tally

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
STATED = {"cost": 10**15, "cost_in_usd_ticks": 10**5}
"""OpenRouter states USD, xAI ticks of 1e-10 USD."""

CHAT = Operation(
    "chat",
    counts={
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens|prompt_cache_hit_tokens|num_cached_tokens",
        "cache_write_tokens": "prompt_tokens_details.cache_write_tokens",
        "input_audio_tokens": "prompt_tokens_details.audio_tokens",
        "input_image_tokens": "prompt_tokens_details.image_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens",
        "output_audio_tokens": "completion_tokens_details.audio_tokens",
    },
    usage="usage|x_groq.usage",
    reported=STATED,
    sentinel=b"[DONE]",
    ask_usage=("stream_options", "include_usage"),
)
COMPLETION = Operation("text_completion", CHAT.counts, sentinel=b"[DONE]", ask_usage=CHAT.ask_usage)
EMBEDDINGS = Operation("embeddings", {"input_tokens": "prompt_tokens"}, has_output=False, reported=STATED)
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
    }),
    status="status",
    pending=frozenset({"queued", "in_progress"}),
)  # fmt: skip
IMAGES = Operation(
    "image_generation",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "input_image_tokens": "input_tokens_details.image_tokens",
        "output_image_tokens": "output_tokens_details.image_tokens|output_tokens",
    },
    reads={"images": "len:data"},
    events={"image_generation.completed": "", "image_edit.completed": ""},
    terminal=frozenset({"image_generation.completed", "image_edit.completed"}),
    sentinel=b".completed",
)
TRANSCRIPTION = Operation(
    "transcription",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "input_audio_tokens": "input_token_details.audio_tokens",
    },
    reads={"audio_ms": "ms:usage.seconds|duration"},
    events={"transcript.text.done": ""},
    terminal=frozenset({"transcript.text.done"}),
    sentinel=b"transcript.text.done",
)
SPEECH = Operation("speech", request_reads={"characters": "len:input"}, has_output=False)
RESULTS = Operation("chat", batch="response.body")

OPENAI = Provider(
    name="openai",
    package="openai",
    versions=">=1.26,<4",
    module="openai._base_client",
    requests=(("SyncAPIClient.request",), ("AsyncAPIClient.request",)),
    answers=("SyncAPIClient._process_response", "AsyncAPIClient._process_response"),
    routes={
        "/chat/completions": CHAT,
        "/responses": RESPONSES,
        "/completions": COMPLETION,
        "/embeddings": EMBEDDINGS,
        "/images/generations": IMAGES,
        "/images/edits": IMAGES,
        "/images/variations": IMAGES,
        "/audio/transcriptions": TRANSCRIPTION,
        "/audio/translations": TRANSCRIPTION,
        "/audio/speech": SPEECH,
    },
    polls=(Poll("get", r"/responses/([^/?]+)$", RESPONSES), Poll("post", r"/responses/([^/?]+)/cancel$", RESPONSES)),
    results=(Results(r"/files/([^/?]+)/content$", RESULTS, {
        "chat.completion": CHAT, "response": RESPONSES, "list": EMBEDDINGS, "text_completion": COMPLETION,
    }),),
    reported={"x-litellm-response-cost": 10**15},
)  # fmt: skip
