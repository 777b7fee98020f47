"""How each project writes a call to a model, an agent and a tool onto its spans: one table per dialect, nothing but data.

Names are those of the projects' own documentation. The input count of a dialect holds the cached tokens, unless it is said
to be `exclusive`. A cost that a dialect states comes from the price table of whoever made the span: it is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from otel_tokens.semconv import EXECUTE_TOOL, INVOKE_AGENT, INVOKE_WORKFLOW

CALL = "call"
ANY = "*"
Kinds = Mapping[str, str]
OPERATIONS: Kinds = {
    "chat": CALL, "generate_content": CALL, "text_completion": CALL, "embeddings": CALL,
    INVOKE_WORKFLOW: INVOKE_WORKFLOW, INVOKE_AGENT: INVOKE_AGENT, EXECUTE_TOOL: EXECUTE_TOOL,
}  # fmt: skip
NAMES: Kinds = MappingProxyType({
    INVOKE_WORKFLOW: "gen_ai.workflow.name", INVOKE_AGENT: "gen_ai.agent.name", EXECUTE_TOOL: "gen_ai.tool.name",
})  # fmt: skip
NONE: Kinds = MappingProxyType({})


class Dialect(NamedTuple):
    """Where a dialect says what. In every text, the names after a `|` are asked where the one before it is absent."""

    name: str
    marks: tuple[tuple[str, Kinds], ...]
    """Attribute → its value (`*` = any) → what the span stands for. The first attribute that is there decides, if it knows
    the value; else the next dialect is asked."""
    scopes: tuple[str, ...] = ()
    """Beginnings of the scopes that speak it and nothing else; a span of any other scope is known by its marks."""
    request_model: str = "gen_ai.request.model"
    response_model: str = "gen_ai.response.model"
    provider: str = "gen_ai.provider.name|gen_ai.system"
    host: str = "server.address|gen_ai.openai.api_base"
    port: str = "server.port"
    id: str = "gen_ai.response.id"
    service_tier: str = "openai.response.service_tier|gen_ai.openai.response.service_tier"
    operation: str = "gen_ai.operation.name"
    conversation: str = "gen_ai.conversation.id"
    names: Kinds = NAMES
    """Kind of step → what names it; the span's own name where nothing does."""
    counts: Kinds = NONE
    """`Usage` field → the attribute that counts it."""
    exclusive: tuple[str, ...] = ()
    """Parts of the scopes and providers whose input count leaves the cached tokens out."""
    unclear: str | None = None
    """Why a cost from these counts is an estimate."""


GEN_AI: Kinds = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens|gen_ai.usage.cache_creation.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "input_audio_tokens": "gen_ai.usage.audio.input_tokens",
    "output_audio_tokens": "gen_ai.usage.audio.output_tokens",
    "cache_read_audio_tokens": "gen_ai.usage.audio.cache_read.input_tokens",
    "input_image_tokens": "gen_ai.usage.image.input_tokens",
    "output_image_tokens": "gen_ai.usage.image.output_tokens",
    "cache_read_image_tokens": "gen_ai.usage.image.cache_read.input_tokens",
}
OLDER: Kinds = GEN_AI | {
    "input_tokens": "gen_ai.usage.input_tokens|gen_ai.usage.prompt_tokens|llm.usage.prompt_tokens",
    "output_tokens": "gen_ai.usage.output_tokens|gen_ai.usage.completion_tokens|llm.usage.completion_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens|gen_ai.usage.cache_read_input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens|gen_ai.usage.cache_creation.input_tokens"
    "|gen_ai.usage.cache_creation_input_tokens|gen_ai.usage.cache_write_input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens|gen_ai.usage.reasoning_tokens|llm.usage.reasoning_tokens",
}

SEMCONV = Dialect(
    "semconv",
    marks=(("gen_ai.operation.name", OPERATIONS),),
    counts=OLDER,
    exclusive=("instrumentation.genai.bedrock", "instrumentation.botocore", "instrumentation.bedrock"),
)
ANTHROPIC = SEMCONV._replace(
    name="anthropic",
    scopes=("com.anthropic.sdk.",),
    service_tier="anthropic.response.service_tier",
    counts=GEN_AI
    | {
        "cache_write_5m_tokens": "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
        "cache_write_1h_tokens": "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    },
)
PYDANTIC_AI = Dialect(
    "pydantic-ai",
    marks=(
        ("gen_ai.operation.name", OPERATIONS),
        ("gen_ai.tool.name", {ANY: EXECUTE_TOOL}),
        ("agent_name", {ANY: INVOKE_AGENT}),
        ("gen_ai.system", {ANY: CALL}),
    ),
    scopes=("pydantic-ai", "logfire.openai", "logfire.anthropic"),
    names={**NAMES, INVOKE_AGENT: "gen_ai.agent.name|agent_name"},
    counts=GEN_AI
    | {
        "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens|gen_ai.usage.details.cache_read_tokens"
        "|gen_ai.usage.details.cached_tokens|gen_ai.usage.details.cache_read_input_tokens",
        "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens|gen_ai.usage.cache_creation.input_tokens"
        "|gen_ai.usage.details.cache_write_tokens|gen_ai.usage.details.cache_creation_input_tokens",
        "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens|gen_ai.usage.details.reasoning_tokens",
    },
)
OPENLIT = SEMCONV._replace(
    name="openlit",
    scopes=("openlit.",),
    exclusive=("openlit.instrumentation.anthropic", "openlit.instrumentation.bedrock"),
)
OPENLLMETRY = SEMCONV._replace(
    name="openllmetry",
    marks=(
        ("traceloop.span.kind", {"workflow": INVOKE_WORKFLOW, "agent": INVOKE_AGENT, "tool": EXECUTE_TOOL}),
        ("llm.request.type", {"chat": CALL, "completion": CALL, "embedding": CALL}),
    ),
    operation="gen_ai.operation.name|llm.request.type",
    names={
        INVOKE_WORKFLOW: "gen_ai.workflow.name|traceloop.entity.name",
        INVOKE_AGENT: "gen_ai.agent.name|traceloop.entity.name",
        EXECUTE_TOOL: "gen_ai.tool.name|traceloop.entity.name",
    },
)
OPENINFERENCE = Dialect(
    "openinference",
    marks=(("openinference.span.kind", {"LLM": CALL, "EMBEDDING": CALL, "AGENT": INVOKE_AGENT, "TOOL": EXECUTE_TOOL}),),
    request_model="llm.model_name|embedding.model_name",
    response_model="gen_ai.response.model",
    provider="llm.provider|llm.system",
    operation="openinference.span.kind",
    conversation="session.id",
    names={INVOKE_AGENT: "agent.name", EXECUTE_TOOL: "tool.name"},
    counts={
        "input_tokens": "llm.token_count.prompt",
        "output_tokens": "llm.token_count.completion",
        "cache_read_tokens": "llm.token_count.prompt_details.cache_read|llm.token_count.prompt_details.cache_input",
        "cache_write_tokens": "llm.token_count.prompt_details.cache_write",
        "reasoning_tokens": "llm.token_count.completion_details.reasoning",
        "input_audio_tokens": "llm.token_count.prompt_details.audio",
        "output_audio_tokens": "llm.token_count.completion_details.audio",
    },
)
OLDER_SEMCONV = Dialect(
    "older semconv",
    marks=(
        *((newer, {}) for newer in ("gen_ai.operation.name", "traceloop.span.kind", "openinference.span.kind")),
        ("gen_ai.usage.prompt_tokens", {ANY: CALL}),
        ("gen_ai.system", {ANY: CALL}),
    ),
    counts=OLDER,
    unclear="older attributes: cached tokens are not told apart",
)

DIALECTS = (ANTHROPIC, PYDANTIC_AI, OPENLIT, OPENLLMETRY, SEMCONV, OPENINFERENCE, OLDER_SEMCONV)
"""In the order in which they are asked."""
MARKS = ("gen_ai.", "openinference.", "traceloop.", "llm.")
"""Beginnings of attribute names: a span that has none of them speaks no dialect."""
EMBEDDINGS = frozenset({"embeddings", "embedding", "EMBEDDING"})
LATE = ("gcp.vertex.agent", "opentelemetry.instrumentation.langchain", "openinference.instrumentation.langchain")
"""Beginnings of the scopes whose spans say only after their first call, or at their end, what they stand for."""
