"""One declarative file per agent framework; this list is what gets watched."""

from otel_tokens.frameworks.langchain import LANGCHAIN_TOOLS, LANGGRAPH
from otel_tokens.frameworks.openai_agents import OPENAI_AGENTS
from otel_tokens.frameworks.spec import Framework

FRAMEWORKS: tuple[Framework, ...] = (OPENAI_AGENTS, LANGGRAPH, LANGCHAIN_TOOLS)
