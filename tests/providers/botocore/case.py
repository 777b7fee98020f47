"""Bedrock's runtime, asked through Converse and through InvokeModel with the body of Claude, by botocore and by aiobotocore."""

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from otel_tokens import semconv
from tests.providers.botocore import bodies
from tests.providers.kit import Case, Kit

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
KEYS = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}


@cache
def session(library: str) -> Any:
    return importlib.import_module(f"{library}.session").get_session()


def options(url: str, library: str, attempts: int = 2, config: str = "Config") -> dict[str, Any]:
    kind = getattr(importlib.import_module(f"{library}.config"), config)
    return {**KEYS, "endpoint_url": url, "config": kind(retries={"mode": "standard", "total_max_attempts": attempts})}


def client(url: str, attempts: int = 2, service: str = "bedrock-runtime") -> Any:
    return session("botocore").create_client(service, **options(url, "botocore", attempts))


class Waiting:
    """An aiobotocore client, which is opened when it is first asked, as `async with` does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.context: Any = None
        self.opened: Any = None

    async def get(self) -> Any:
        if self.opened is None:
            given = options(self.url, "aiobotocore", config="AioConfig")
            self.context = session("aiobotocore").create_client("bedrock-runtime", **given)
            self.opened = await self.context.__aenter__()
        return self.opened

    async def close(self) -> None:
        if self.opened is not None:
            await self.context.__aexit__(None, None, None)


class Converse:
    """What the promises call `create`: Converse, or ConverseStream."""

    plain, streamed, part = "converse", "converse_stream", "stream"

    def __init__(self, held: Any) -> None:
        self.held = held

    @property
    def create(self) -> Callable[..., Any]:
        return self.asynchronous if isinstance(self.held, Waiting) else self.sync

    def sync(self, *, stream: bool = False, **ask: Any) -> Any:
        said = getattr(self.held, self.streamed if stream else self.plain)(**ask)
        return said[self.part] if stream else self.whole(said)

    async def asynchronous(self, *, stream: bool = False, **ask: Any) -> Any:
        said = await getattr(await self.held.get(), self.streamed if stream else self.plain)(**ask)
        return (
            said[self.part] if stream else self.whole(said) if self.plain == "converse" else json.loads(await said["body"].read())
        )

    def whole(self, said: Any) -> Any:
        return {name: value for name, value in said.items() if name != "ResponseMetadata"}


class Invoke(Converse):
    """The same of InvokeModel."""

    plain, streamed, part = "invoke_model", "invoke_model_with_response_stream", "body"

    def whole(self, said: Any) -> Any:
        return json.loads(said["body"].read())


class AwsKit(Kit):
    """botocore has no spans of its own to be turned off."""

    def turn_native_spans_off(self) -> None:
        """Nothing to do."""


# https://aws.amazon.com/bedrock/pricing/: Haiku 4.5 in a region or a `us.` profile is $1.10 in, $0.11 read, $1.375 and $2.20
# written for 5 minutes and an hour, $5.50 out per million. 266 × 1.1 + 1536 × 0.11 + 200 × 1.375 + 59 × 2.2 + 517 × 5.5 =
# 292.6 + 168.96 + 275 + 129.8 + 2843.5 = 3709.86 millionths. Claude's first event states the same input and 1 out: 871.86.
SHOWN: dict[str, Any] = {
    semconv.INPUT_TOKENS: 2061, semconv.CACHE_READ_TOKENS: 1536, semconv.CACHE_WRITE_TOKENS: 259, semconv.OUTPUT_TOKENS: 517,
    semconv.SELLER: "aws.bedrock", semconv.REQUEST_MODEL: HAIKU, semconv.CACHE_STATUS: "partial",
}  # fmt: skip
SAME: dict[str, Any] = {
    "seller": "aws.bedrock", "cost": 0.00370986, "client": lambda url, is_async: Waiting(url) if is_async else client(url),
    "streamed": {"stream": True}, "finals": (), "iterated": (), "error_event": bodies.ERROR,
}  # fmt: skip
ASK = {"modelId": HAIKU, "messages": [{"role": "user", "content": [{"text": "2+2?"}]}]}
BOTOCORE, AIOBOTOCORE = SimpleNamespace(__name__="botocore"), SimpleNamespace(__name__="aiobotocore")
CONVERSE = Case(
    name="converse", library=BOTOCORE, resource=Converse, ask=ASK, body=bodies.CONVERSE, events=bodies.EVENTS,
    count="inputTokens", contradiction={}, last=lambda event: "metadata" in event, shown=SHOWN, partial=None, **SAME,
)  # fmt: skip
INVOKE = Case(
    name="invoke", library=BOTOCORE, resource=Invoke, body=bodies.CLAUDE, events=bodies.CLAUDE_EVENTS, count="input_tokens",
    ask={"modelId": HAIKU, "body": json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": []})},
    contradiction={**bodies.NO_TIER, "output_tokens_details": {"thinking_tokens": 518}},
    last=lambda event: b"invocationMetrics" in event["chunk"]["bytes"], partial=0.00087186,
    shown={**SHOWN, semconv.REASONING_TOKENS: 300, semconv.RESPONSE_MODEL: "claude-haiku-4-5-20251001"}, **SAME,
)  # fmt: skip
NEEDS = {"": "aiobotocore.session:get_session"}
CASES = (CONVERSE, INVOKE)
ASYNC_CASES = tuple(replace(case, library=AIOBOTOCORE, needs=NEEDS) for case in CASES)
