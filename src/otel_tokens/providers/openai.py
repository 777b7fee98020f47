"""The openai client library: every paid endpoint; who bills behind a compatible server is decided by its host."""

from otel_tokens.providers.openai_media import IMAGES, SPEECH, TRANSCRIPTION
from otel_tokens.providers.openai_text import CHAT, COMPLETION, EMBEDDINGS, RESPONSES
from otel_tokens.spec import Operation, Poll, Provider, Results

RESULTS = Operation("chat", batch="response.body")

OPENAI = Provider(
    name="openai",
    package="openai",
    versions=">=1.48,<4",  # before it a retry leaves no trace
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
