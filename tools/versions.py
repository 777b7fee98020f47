"""Which versions `make matrix` tries, in pairs of one openai and one anthropic to halve the environments, and why these."""

from typing import NamedTuple

TESTED_WITH = ("pytest==9.2.0",)
NEWEST_OTEL = ("opentelemetry-sdk==1.45.2", "opentelemetry-instrumentation==0.66b2")
LOWEST_OTEL = ("opentelemetry-api==1.37.0", "opentelemetry-sdk==1.37.0", "opentelemetry-instrumentation==0.58b0")


class Also(NamedTuple):
    """A library that is tried in an environment besides, and what its version stands for."""

    package: str
    version: str
    why: str


# anthropic reads the streams of its Bedrock client with botocore. aiobotocore allows few versions of botocore.
BOTO_NEWEST = (Also("botocore", "1.44.5", "newest"), Also("boto3", "1.44.5", "newest"))
BOTO_OLDEST = (Also("botocore", "1.34.162", "that of aiobotocore 2.13"), Also("aiobotocore", "2.13.3", "oldest, with wrapt 1"))
BOTO_OLD = (Also("botocore", "1.35.99", "drops what was cached"),)
BOTO_ASYNC = (Also("botocore", "1.43.117", "that of aiobotocore 3.10"), Also("aiobotocore", "3.10.0", "newest"))
GENAI_OLDEST = (Also("google-genai", "1.16.1", "oldest, prunes what it returned"), Also("ollama", "0.6.3", "newest"))
GENAI_FIRST = (Also("google-genai", "2.0.0", "first 2.x"), Also("ollama", "0.6.3", "newest"))
GENAI_NEWEST = (Also("google-genai", "3.4.0", "newest"), Also("ollama", "0.6.3", "newest"))
NEWEST = (*BOTO_NEWEST, *GENAI_NEWEST)
OLLAMA_OLDEST = (Also("ollama", "0.3.3", "oldest"),)  # its httpx is too old for any google-genai


class Pair(NamedTuple):
    """One environment; `why` says what each version stands for. `short` pairs are the ends of the major lines."""

    openai: str
    anthropic: str
    more: tuple[str, ...]
    why_openai: str
    why_anthropic: str
    short: bool = False
    also: tuple[Also, ...] = NEWEST

    @property
    def tried(self) -> dict[str, Also]:
        """Package → what is tried of it here."""
        pair = (Also("openai", self.openai, self.why_openai), Also("anthropic", self.anthropic, self.why_anthropic))
        return {one.package: one for one in (*pair, *self.also)}

    @property
    def name(self) -> str:
        return f"openai-{self.openai}-anthropic-{self.anthropic}"

    @property
    def requirements(self) -> tuple[str, ...]:
        return (*(f"{one.package}=={one.version}" for one in self.tried.values()), *TESTED_WITH, *self.more)


PAIRS = (
    Pair("1.48.0", "0.43.0", (*LOWEST_OTEL, "wrapt==1.17.3", "httpx==0.27.2"), "oldest", "oldest", short=True,
         also=(*BOTO_OLDEST, *OLLAMA_OLDEST)),
    Pair("1.109.1", "0.125.0", NEWEST_OTEL, "last 1.x", "last 0.x", short=True, also=(*BOTO_OLD, *GENAI_OLDEST)),
    Pair("2.0.0", "1.0.0", NEWEST_OTEL, "first 2.x", "first 1.x", short=True, also=(*BOTO_NEWEST, *GENAI_FIRST)),
    Pair("2.54.0", "1.17.0", NEWEST_OTEL, "last 2.x", "last 1.x", short=True),
    Pair("3.0.0", "2.0.0", (*NEWEST_OTEL, "httpx==0.28.1"), "first 3.x", "first 2.x", short=True,
         also=(*BOTO_ASYNC, *GENAI_NEWEST)),
    Pair("3.54.0", "2.12.0", NEWEST_OTEL, "newest", "newest", short=True),
    Pair("2.54.0", "1.13.0", NEWEST_OTEL, "last 2.x", "last without spans of its own"),
    Pair("3.54.0", "1.14.0", NEWEST_OTEL, "newest", "first with spans of its own"),
)  # fmt: skip
