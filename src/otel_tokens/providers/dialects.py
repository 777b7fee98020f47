"""Every dialect that an answer may speak, and how it is known.

Of those that fit, the API's name decides, then that it is not another seller's, then the order here: what says more about
itself comes first.
"""

from otel_tokens.providers import bedrock, cohere, compatible, gemini, mistral, ollama, openai_media, openai_realtime, openai_text
from otel_tokens.providers.anthropic import COMPLETE, MESSAGES
from otel_tokens.spec import Dialect

CHATS = "chat chatcompletions completion completions litellm fim fimcompletions agentscompletions conversations"
OLLAMAS = "ollama apichat apigenerate generate apiembed"
EMBEDS = "embeddings embedding embed embedcontent batchembedcontents predict"
IMAGES = "images image imagegeneration imagegenerations imagesgenerations imagesedits imagesvariations imagesgenerate"
HEARD = "transcription transcriptions transcribe audiotranslations translations speechtotext stt"
GENERATES = "generatecontent streamgeneratecontent generatecontentstream gemini"
INVOKES = "invoke invokemodel invokewithresponsestream invokemodelwithresponsestream"
CONVERSES = "converse conversestream"
PROMPT, INPUT = "usage.prompt_tokens|x_groq.usage.prompt_tokens", "usage.input_tokens|response.usage.input_tokens"
LITELLM_CACHE = (
    "usage.cache_creation_input_tokens|usage.cache_read_input_tokens"
    "|usage.prompt_tokens_details.cache_creation_token_details|usage.prompt_tokens_details.cache_creation_tokens"
)
METRICS = "amazon-bedrock-invocationMetrics|chunk.amazon-bedrock-invocationMetrics"
GEMINI_USAGE = "usageMetadata|usage_metadata"
ANTHROPIC_ONLY = "usage.cache_read_input_tokens|usage.cache_creation_input_tokens|usage.cache_creation|message.usage"
OPENAI_ONLY = "usage.input_tokens_details|usage.input_token_details|response.usage|usage.seconds|usage.prompt_tokens"

DIALECTS = (
    Dialect(openai_realtime.REALTIME, "realtime", "response.object=realtime.response|object=realtime.response"),
    Dialect(openai_realtime.REALTIME, "realtime", "type=response.done|type=" + openai_realtime.TRANSCRIPT),
    Dialect(gemini.LIVE, "live bidigeneratecontent", f"serverContent|setupComplete|server_content {GEMINI_USAGE}"),
    Dialect(gemini.EMBED, EMBEDS, "predictions[].embeddings|embeddings[].statistics"),
    Dialect(gemini.EMBED, EMBEDS, f"embedding.values|embeddings[].values {GEMINI_USAGE}"),
    Dialect(gemini.GENERATE, GENERATES, GEMINI_USAGE),
    Dialect(gemini.INTERACTION, "interactions", "usage.total_input_tokens|interaction.usage.total_input_tokens"),
    Dialect(bedrock.CONVERSE, f"{CONVERSES} {INVOKES}", "usage.inputTokens|metadata.usage.inputTokens"),
    Dialect(bedrock.LLAMA, INVOKES, "prompt_token_count|generation_token_count"),
    Dialect(bedrock.TITAN_EMBED, f"{INVOKES} {EMBEDS}", "inputTextTokenCount embedding|embeddingsByType"),
    Dialect(bedrock.TITAN, INVOKES, "inputTextTokenCount", "embedding|embeddingsByType"),
    Dialect(cohere.RERANK, "rerank", "meta.billed_units.search_units results"),
    Dialect(cohere.EMBED, EMBEDS, "meta.billed_units embeddings"),
    Dialect(cohere.CHAT_COHERE, CHATS, "usage.billed_units|delta.usage.billed_units|usage.tokens|delta.usage.tokens"),
    Dialect(cohere.CHAT_COHERE, CHATS, "meta.billed_units|response.meta.billed_units"),
    Dialect(ollama.EMBED, f"{EMBEDS} {OLLAMAS}", "prompt_eval_count|total_duration embeddings|embedding"),
    Dialect(ollama.GENERATE, OLLAMAS, "prompt_eval_count|eval_count|eval_duration response", "message|embeddings|embedding"),
    Dialect(ollama.CHAT_OLLAMA, f"{OLLAMAS} {CHATS}", "prompt_eval_count|eval_count|eval_duration", "embeddings|embedding"),
    Dialect(mistral.OCR, "ocr", "usage_info.pages_processed"),
    Dialect(mistral.TRANSCRIPTION, HEARD, "usage.prompt_audio_seconds text", "choices"),
    Dialect(mistral.CHAT_MISTRAL, CHATS, "usage.connector_tokens|usage.connectors|usage.prompt_audio_seconds"),
    Dialect(compatible.GROQ, CHATS, "usage_breakdown.models|x_groq.usage_breakdown.models"),
    Dialect(compatible.PERPLEXITY, CHATS, f"usage.citation_tokens|usage.num_search_queries {PROMPT}"),
    Dialect(compatible.RERANK, "rerank", "usage.total_tokens results[].relevance_score|data[].relevance_score"),
    Dialect(openai_text.EMBEDDINGS, EMBEDS, "usage.total_tokens|usage.prompt_tokens data[].embedding|data[].data"),
    Dialect(compatible.MODERATION, "moderation moderations classify classifications", "usage.prompt_tokens results"),
    Dialect(mistral.CHAT_MISTRAL, CHATS, PROMPT, sellers="mistral"),
    Dialect(compatible.PERPLEXITY, CHATS, PROMPT, sellers="perplexity"),
    Dialect(compatible.OPENROUTER, CHATS, f"{PROMPT} usage.cost|usage.is_byok", "usage.cost.total_cost", "openrouter"),
    Dialect(compatible.LITELLM, CHATS, f"{PROMPT} {LITELLM_CACHE}"),
    Dialect(openai_text.COMPLETION, "completions textcompletion", f"{PROMPT} object=text_completion|choices[].text"),
    Dialect(openai_text.CHAT, CHATS, PROMPT),
    Dialect(openai_media.IMAGES, IMAGES, "data[].b64_json|data[].url|type=image_generation.completed|type=image_edit.completed"),
    Dialect(openai_media.SPEECH, "speech texttospeech tts", "-"),
    Dialect(openai_media.SPOKEN, "speech texttospeech tts", "type=speech.audio.done"),
    Dialect(openai_media.TRANSCRIPTION, HEARD, "usage.type=tokens|usage.type=duration|type=transcript.text.done|duration text"),
    Dialect(compatible.XAI_RESPONSES, "responses", "usage.server_side_tool_usage_details"),
    Dialect(compatible.PERPLEXITY_RESPONSES, "responses", f"usage.tool_calls_details|usage.cost.total_cost {INPUT}"),
    Dialect(openai_text.RESPONSES, "responses", "object=response|response.object=response|usage.input_tokens_details"),
    Dialect(MESSAGES, f"messages {INVOKES}", f"{INPUT}|usage.output_tokens|message.usage", OPENAI_ONLY, "anthropic bedrock"),
    Dialect(openai_text.RESPONSES, "responses", INPUT, ANTHROPIC_ONLY),
    Dialect(bedrock.INVOKED, INVOKES, METRICS, "usage|message.usage"),
    Dialect(bedrock.INVOKED, INVOKES, "-", sellers="bedrock"),
    Dialect(COMPLETE, "v1complete", "type=completion"),
    Dialect(openai_text.EMBEDDINGS, EMBEDS, f"{PROMPT}|usage.total_tokens", sellers="-"),
    Dialect(openai_media.IMAGES, IMAGES, INPUT, sellers="-"),
    Dialect(cohere.EMBED, EMBEDS, "meta.billed_units", sellers="-"),
)  # fmt: skip
"""The last three: an answer without its data. The mark "-" fits nothing: those are chosen by the name of the API alone."""
COST_HEADERS = {"x-litellm-response-cost": 10**15}
"""Headers in which a gateway states the cost of a plain answer → femto-USD per unit; those of a stream come too early."""
