"""One declarative file per client library; this list is what gets watched."""

from otel_tokens.providers.anthropic import ANTHROPIC
from otel_tokens.providers.botocore import AIOBOTOCORE, BOTOCORE
from otel_tokens.providers.google_genai import GOOGLE_GENAI
from otel_tokens.providers.ollama_client import OLLAMA
from otel_tokens.providers.openai import OPENAI
from otel_tokens.spec import Provider

PROVIDERS: tuple[Provider, ...] = (OPENAI, ANTHROPIC, BOTOCORE, AIOBOTOCORE, GOOGLE_GENAI, OLLAMA)
