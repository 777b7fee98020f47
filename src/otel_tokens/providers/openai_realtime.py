"""The dialect of OpenAI's Realtime sessions: every response is a bill, and so is every transcript of what was heard."""

from otel_tokens.providers.openai_media import TRANSCRIPTION
from otel_tokens.spec import Operation, Turn

RESPONSE = Operation(
    "chat",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "input_token_details.cached_tokens|input_tokens_details.cached_tokens",
        "input_audio_tokens": "input_token_details.audio_tokens|input_tokens_details.audio_tokens",
        "input_image_tokens": "input_token_details.image_tokens|input_tokens_details.image_tokens",
        "cache_read_audio_tokens": "input_token_details.cached_tokens_details.audio_tokens",
        "cache_read_image_tokens": "input_token_details.cached_tokens_details.image_tokens",
        "output_audio_tokens": "output_token_details.audio_tokens|output_tokens_details.audio_tokens",
        "reasoning_tokens": "output_token_details.reasoning_tokens",
    },
    usage="usage|response.usage",
    facts={"response_model": "response.model"},
)
HEARD = TRANSCRIPTION._replace(events=None, terminal=frozenset())
TRANSCRIPT = "conversation.item.input_audio_transcription.completed"
TURNS = {
    "response.done": Turn(RESPONSE, "session.model"),
    TRANSCRIPT: Turn(HEARD, "session.audio.input.transcription.model|session.input_audio_transcription.model"),
}
REALTIME = RESPONSE._replace(turns=TURNS)
