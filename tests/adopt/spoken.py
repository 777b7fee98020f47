"""One call, one agent and one tool as each project writes them on its spans: attributes by hand, from its documentation."""

from typing import Any

Attributes = dict[str, Any]

GENAI: Attributes = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2025-08-07", "gen_ai.response.id": "chatcmpl-1", "server.address": "api.openai.com",
    "server.port": 443, "openai.response.service_tier": "default", "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200, "gen_ai.usage.cache_read.input_tokens": 400, "gen_ai.usage.reasoning.output_tokens": 50,
}  # fmt: skip
OLDER: Attributes = {
    "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5", "gen_ai.response.model": "gpt-5-2025-08-07",
    "gen_ai.usage.prompt_tokens": 1000, "gen_ai.usage.completion_tokens": 200,
}  # fmt: skip
OPENINFERENCE: Attributes = {
    "openinference.span.kind": "LLM", "llm.model_name": "gpt-5-2025-08-07", "llm.provider": "openai", "llm.system": "openai",
    "llm.token_count.prompt": 1000, "llm.token_count.completion": 200, "llm.token_count.total": 1200,
    "llm.token_count.prompt_details.cache_read": 400, "llm.token_count.completion_details.reasoning": 50,
}  # fmt: skip
OPENLLMETRY: Attributes = {
    "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2025-08-07", "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.openai.api_base": "https://api.openai.com/v1/", "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200, "llm.usage.total_tokens": 1200, "gen_ai.usage.cache_read_input_tokens": 400,
    "gen_ai.usage.reasoning_tokens": 50,
}  # fmt: skip
PYDANTIC_AI: Attributes = {
    "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5",
    "server.address": "api.openai.com", "gen_ai.response.model": "gpt-5-2025-08-07", "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.agent.name": "analyst",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200, "gen_ai.usage.details.cache_read_tokens": 400,
    "gen_ai.usage.details.reasoning_tokens": 50, "operation.cost": 99.0,
}  # fmt: skip
OPENLIT: Attributes = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2025-08-07", "gen_ai.response.id": "chatcmpl-1", "server.address": "api.openai.com",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200, "gen_ai.usage.cache_read.input_tokens": 400,
    "gen_ai.usage.reasoning.output_tokens": 50, "gen_ai.usage.cost": 99.0,
}  # fmt: skip
ANTHROPIC: Attributes = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "claude-sonnet-4-5-20250929", "gen_ai.response.id": "msg_1", "server.address": "api.anthropic.com",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200, "gen_ai.usage.cache_read.input_tokens": 400,
    "gen_ai.usage.cache_write.input_tokens": 100, "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 0,
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 100, "anthropic.response.service_tier": "standard",
}  # fmt: skip

CALLS: dict[str, tuple[str, Attributes]] = {
    "semconv": ("opentelemetry.instrumentation.genai.openai", GENAI),
    "older semconv": ("my.app", OLDER),
    "openinference": ("openinference.instrumentation.openai", OPENINFERENCE),
    "openllmetry": ("opentelemetry.instrumentation.openai.v1", OPENLLMETRY),
    "pydantic-ai": ("pydantic-ai", PYDANTIC_AI),
    "openlit": ("openlit.instrumentation.openai", OPENLIT),
    "anthropic": ("com.anthropic.sdk.python", ANTHROPIC),
}
"""Dialect → scope and attributes."""

AGENTS: dict[str, tuple[str, Attributes]] = {
    "semconv": (
        "opentelemetry.instrumentation.genai.langchain",
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "analyst", "gen_ai.usage.input_tokens": 7},
    ),
    "openinference": (
        "openinference.instrumentation.openai_agents", {"openinference.span.kind": "AGENT", "agent.name": "analyst"},
    ),
    "openllmetry": ("traceloop.tracer", {"traceloop.span.kind": "agent", "traceloop.entity.name": "analyst"}),
    "pydantic-ai": ("pydantic-ai", {"agent_name": "analyst", "gen_ai.usage.input_tokens": 7, "model_name": "gpt-5"}),
}  # fmt: skip
TOOLS: dict[str, tuple[str, Attributes]] = {
    "semconv": ("mcp-python-sdk", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}),
    "openinference": ("openinference.instrumentation.langchain", {"openinference.span.kind": "TOOL", "tool.name": "lookup"}),
    "openllmetry": ("traceloop.tracer", {"traceloop.span.kind": "tool", "traceloop.entity.name": "lookup"}),
    "pydantic-ai": ("pydantic-ai", {"gen_ai.tool.name": "lookup", "gen_ai.tool.call.id": "c1"}),
}
OTHERS: tuple[tuple[str, Attributes], ...] = (
    ("", {}),
    ("app", {"http.request.method": "GET"}),
    ("opentelemetry.instrumentation.httpx", {"http.request.method": "POST", "gen_ai.request.model": "gpt-5"}),
    ("openinference.instrumentation.langchain", {"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 5}),
    ("opentelemetry.instrumentation.genai.openai", GENAI | {"gen_ai.operation.name": "fetch_response"}),
    ("traceloop.tracer", {"traceloop.span.kind": "task", "gen_ai.system": "crewai", "gen_ai.request.model": "gpt-5"}),
    ("app", {"gen_ai.operation.name": "chat"}),
)
"""What is neither a call nor a step: HTTP below a call, chains, polls, tasks, and a chat of no model with no usage."""
