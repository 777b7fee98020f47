"""Which versions `make matrix` tries, in pairs of one openai and one anthropic to halve the environments, and why these."""

from typing import NamedTuple

TESTED_WITH = ("pytest==9.2.0", "botocore==1.44.5")  # botocore: anthropic reads the streams of its Bedrock client with it
NEWEST_OTEL = ("opentelemetry-sdk==1.45.2", "opentelemetry-instrumentation==0.66b2")
LOWEST_OTEL = ("opentelemetry-api==1.37.0", "opentelemetry-sdk==1.37.0", "opentelemetry-instrumentation==0.58b0")


class Pair(NamedTuple):
    """One environment; `why` says what each version stands for. `short` pairs are the ends of the major lines."""

    openai: str
    anthropic: str
    more: tuple[str, ...]
    why_openai: str
    why_anthropic: str
    short: bool = False

    @property
    def name(self) -> str:
        return f"openai-{self.openai}-anthropic-{self.anthropic}"

    @property
    def requirements(self) -> tuple[str, ...]:
        return (f"openai=={self.openai}", f"anthropic=={self.anthropic}", *TESTED_WITH, *self.more)


PAIRS = (
    Pair("1.48.0", "0.43.0", (*LOWEST_OTEL, "wrapt==1.17.3", "httpx==0.27.2"), "oldest", "oldest", short=True),
    Pair("1.109.1", "0.125.0", NEWEST_OTEL, "last 1.x", "last 0.x", short=True),
    Pair("2.0.0", "1.0.0", NEWEST_OTEL, "first 2.x", "first 1.x", short=True),
    Pair("2.54.0", "1.17.0", NEWEST_OTEL, "last 2.x", "last 1.x", short=True),
    Pair("3.0.0", "2.0.0", NEWEST_OTEL, "first 3.x", "first 2.x", short=True),
    Pair("3.54.0", "2.12.0", NEWEST_OTEL, "newest", "newest", short=True),
    Pair("2.54.0", "1.13.0", NEWEST_OTEL, "last 2.x", "last without spans of its own"),
    Pair("3.54.0", "1.14.0", NEWEST_OTEL, "newest", "first with spans of its own"),
)
