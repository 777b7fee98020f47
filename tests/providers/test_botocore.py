"""What only a cloud must keep: any way to read a body or none, makers, profiles and regions, frames, refusals, other services."""

import gc
import inspect
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import anthropic
import botocore.awsrequest
import botocore.client
import botocore.eventstream
import botocore.response
import botocore.stub
import pytest
import urllib3
import wrapt

from otel_tokens import TokensInstrumentor, guard, semconv
from otel_tokens.patch import aws_answer
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.botocore import bodies
from tests.providers.botocore.case import ASK, CONVERSE, HAIKU, INVOKE, KEYS, client, session
from tests.providers.kit import total

# Without us too, botocore leaves the socket of a stream that is dropped to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
COST = CONVERSE.cost
BODY = json.dumps(bodies.CLAUDE).encode()
NINE = {"body": b"{}"}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def bedrock(vendor: Vendor) -> Iterator[Any]:
    """A client that was made before we are put on."""
    with closing(client(vendor.url)) as made:
        yield made
    gc.collect()


@pytest.fixture
def seen(vendor: Vendor, bedrock: Any) -> Iterator[Captured]:
    with watch(vendor) as seen:
        yield seen


def watch(vendor: Vendor) -> Any:
    return capture(sellers={vendor.url.removeprefix("http://"): "aws.bedrock"})


def said(seen: Captured, n: int = 1) -> dict[str, Any]:
    """What the last of `n` calls says; there is no other span."""
    gc.collect()
    assert (len(seen.calls), len(seen.spans), total(seen, "otel_tokens.calls")) == (n, n, n), [span.name for span in seen.spans]
    return dict(seen.calls[-1].attributes or {})


def invoked(vendor: Vendor, bedrock: Any, **travel: Any) -> Any:
    """The body of an InvokeModel answer, unread."""
    vendor.reply(json=bodies.CLAUDE, **travel)
    return bedrock.invoke_model(**INVOKE.ask)["body"]


# ------------------------------------------------------------------------------------------------ bodies


def _with(body: Any) -> bytes:
    with body as raw:
        assert isinstance(raw, urllib3.HTTPResponse)
        return raw.read()


def _into(body: Any) -> bytes:
    kept = bytearray(1 << 16)
    return bytes(kept[: body.readinto(kept)])


READS: dict[str, Callable[[Any], bytes]] = {
    "read": lambda body: body.read(),
    "read a little": lambda body: b"".join(iter(lambda: body.read(10), b"")),
    "read its length": lambda body: body.read(len(BODY)),
    "next": lambda body: b"".join(iter(body)),
    "chunks": lambda body: b"".join(body.iter_chunks(7)),
    "lines": lambda body: b"\n".join(body.iter_lines()),
    "readlines": lambda body: b"".join(body.readlines()),
    "with": _with,
    "json": lambda body: json.dumps(json.load(body)).encode(),
    "below": lambda body: b"".join(body._raw_stream.stream(16)),
    "lines below": lambda body: b"".join(body._raw_stream),
    "buffered": lambda body: io.BufferedReader(body._raw_stream).read(),
    "text": lambda body: io.TextIOWrapper(io.BufferedReader(body._raw_stream)).read().encode(),
}


@pytest.mark.parametrize("how", READS)
def test_a_body_is_seen_however_it_is_read(how: str, vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """The user's reads are ours: the body says what the headers cannot, how long the cache was written for."""
    body = invoked(vendor, bedrock)
    assert type(body) is botocore.response.StreamingBody
    assert READS[how](body) == BODY
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.COST]) == ("completed", COST)
    assert found[semconv.RESPONSE_MODEL] == "claude-haiku-4-5-20251001"
    body.close()


@pytest.mark.needs("botocore.response:StreamingBody.readinto")
def test_a_body_may_be_read_into_a_buffer(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    assert _into(invoked(vendor, bedrock)) == BODY
    assert said(seen)[semconv.COST] == COST


@pytest.mark.parametrize("leave", [lambda body: None, lambda body: body.close(), lambda body: (body.read(9), body.close())])
def test_a_body_that_is_not_read_is_settled_by_its_headers(
    leave: Callable[[Any], Any], vendor: Vendor, bedrock: Any, seen: Captured
) -> None:
    body = invoked(vendor, bedrock, headers={**bodies.HEADERS, "x-amzn-bedrock-service-tier": "default"})
    assert seen.calls == []
    leave(body)
    del body
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS]) == ("completed", 9, 5)
    assert found[semconv.COST_STATUS] == "exact"


def test_a_body_that_is_not_read_and_has_no_headers_is_abandoned(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    invoked(vendor, bedrock).close()
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.COST_STATUS]) == ("abandoned", "unpriced")


def test_what_the_body_says_wins_over_the_headers(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    invoked(vendor, bedrock, headers=bodies.HEADERS).read()
    assert said(seen)[semconv.COST] == COST


def test_a_body_that_breaks_off_has_failed(vendor: Vendor, bedrock: Any) -> None:
    def read() -> BaseException:
        body = invoked(vendor, bedrock, cut_after=1)
        with pytest.raises(Exception, match=r".+") as raised:
            body.read()
        return raised.value

    bare = read()
    with watch(vendor) as seen:
        error = read()
        found = said(seen)
    assert (type(error), str(error)) == (type(bare), str(bare))
    assert found[semconv.OUTCOME] in ("failed", "abandoned")


@pytest.mark.parametrize("headed", [True, False], ids=["headers", "bare"])
@pytest.mark.parametrize("maker", bodies.OTHERS)
def test_every_maker_is_read(maker: str, headed: bool, vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """A body that states no usage (Mistral, Cohere) is counted by Bedrock's headers, or is unpriced."""
    model, body, _ = bodies.OTHERS[maker]
    vendor.reply(json=body, headers=bodies.HEADERS if headed else {})
    assert json.load(bedrock.invoke_model(modelId=model, **NINE)["body"]) == body
    found = said(seen)
    if headed or maker not in ("mistral", "cohere"):
        assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS], found[semconv.REQUEST_MODEL]) == (9, 5, model)
        assert found.get(semconv.COST_REASON) in (None, "unknown model")
    else:
        assert found[semconv.COST_REASON] == "no usage"


@pytest.mark.parametrize("maker", bodies.OTHERS)
def test_every_maker_is_read_as_a_stream(maker: str, vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    model, _, chunks = bodies.OTHERS[maker]
    vendor.reply(sse=bodies.measured(chunks))
    stream = bedrock.invoke_model_with_response_stream(modelId=model, **NINE)["body"]
    assert type(stream) is botocore.eventstream.EventStream
    assert [json.loads(event["chunk"]["bytes"]) for event in stream] == bodies.measured(chunks)
    found = said(seen)
    assert (found[semconv.INPUT_TOKENS], found[semconv.OUTPUT_TOKENS], found[semconv.OUTCOME]) == (9, 5, "completed")


@pytest.mark.parametrize("model", ["amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"])
def test_an_embedding_has_no_output(model: str, vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    stated = {"inputTextTokenCount": 9} if "titan" in model else {}
    vendor.reply(json={"embedding": [0.1], **stated}, headers={"x-amzn-bedrock-input-token-count": "9"})
    bedrock.invoke_model(modelId=model, **NINE)["body"].read()
    found = said(seen)
    assert (found[semconv.OPERATION], found[semconv.INPUT_TOKENS], found[semconv.COST_STATUS]) == ("embeddings", 9, "exact")


# ------------------------------------------------------------------------------------------------ who, where, how

MODELS = (
    HAIKU,
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
)


@pytest.mark.parametrize("model", MODELS)
def test_a_profile_is_priced_as_it_was_asked_for(model: str, vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """The answer names the model alone; whether it was asked for in a region or anywhere decides a tenth of the price."""
    for ask in ({"modelId": model, "messages": ASK["messages"]}, {"modelId": model, **NINE}):
        vendor.reply(json=bodies.CONVERSE if "messages" in ask else bodies.CLAUDE)
        if "messages" in ask:
            bedrock.converse(**ask)
        else:
            bedrock.invoke_model(**ask)["body"].read()
    for call in seen.calls:
        assert (call.attributes or {})[semconv.REQUEST_MODEL] == model
        assert (call.attributes or {})[semconv.PRICE_INPUT] == (1.0 if "global" in model else 1.1)
    said(seen, 2)


def test_an_application_profile_is_priced_by_what_answered_and_says_so(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    model = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
    vendor.reply(json=bodies.CLAUDE)
    bedrock.invoke_model(modelId=model, **NINE)["body"].read()
    found = said(seen)
    assert (found[semconv.REQUEST_MODEL], found[semconv.COST_STATUS]) == (model, "estimated")
    assert "application inference profile" in found[semconv.COST_REASON]
    vendor.reply(json=bodies.CONVERSE)  # which names no model at all
    bedrock.converse(modelId=model, messages=ASK["messages"])
    assert said(seen, 2)[semconv.COST_STATUS] == "unpriced"


class Moto(io.BytesIO):
    """A file in place of urllib3's response."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.mark.parametrize("file", [io.BytesIO, Moto], ids=["file", "moto"])
@pytest.mark.parametrize(("region", "price"), [("us-east-1", 1.1), ("us-gov-west-1", 1.2)])
def test_the_region_is_in_the_host(region: str, price: float, file: Any) -> None:
    """No answer is fetched: botocore lets a handler give it, as moto does, with a raw body that is a plain file."""
    with (
        capture() as seen,
        closing(session("botocore").create_client("bedrock-runtime", **{**KEYS, "region_name": region})) as one,
    ):

        def answer(request: Any, **_: Any) -> Any:
            body = json.dumps(bodies.CONVERSE if request.url.endswith("converse") else bodies.CLAUDE).encode()
            raw = Moto(body) if request.url.endswith("converse") else file(body)
            return botocore.awsrequest.AWSResponse(request.url, 200, {"content-length": str(len(body))}, raw)

        one.meta.events.register("before-send.bedrock-runtime.*", answer)
        model = HAIKU.removeprefix("us.")
        one.converse(modelId=model, messages=ASK["messages"])
        assert said(seen)[semconv.COST] is not None
        assert json.load(one.invoke_model(modelId=model, **NINE)["body"]) == bodies.CLAUDE
        found = said(seen, 2)
    for call in seen.calls:
        assert (call.attributes or {})[semconv.PRICE_INPUT] == price
    assert (found[semconv.SERVER_ADDRESS], found[semconv.SELLER]) == (f"bedrock-runtime.{region}.amazonaws.com", "aws.bedrock")


def test_the_tier_that_served_is_in_the_answer_or_its_headers(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    nova, body, _ = bodies.OTHERS["nova"]
    vendor.reply(json={**bodies.CONVERSE, "serviceTier": {"type": "flex"}})
    bedrock.converse(modelId=nova, messages=ASK["messages"])
    assert said(seen)[semconv.SERVICE_TIER] == "flex"
    vendor.reply(json=body, headers={"X-Amzn-Bedrock-Service-Tier": "priority"})
    bedrock.invoke_model(modelId=nova, **NINE)["body"].read()
    assert said(seen, 2)[semconv.SERVICE_TIER] == "priority"


def test_a_latency_that_has_its_own_price_is_not_priced_as_any_other(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    nova, body, _ = bodies.OTHERS["nova"]
    for latency in ("standard", "optimized"):
        vendor.reply(json={**body, "performanceConfig": {"latency": latency}})
        bedrock.converse(modelId=nova, messages=ASK["messages"])
        vendor.reply(json=body, headers={"X-Amzn-Bedrock-PerformanceConfig-Latency": latency})
        bedrock.invoke_model(modelId=nova, **NINE)["body"].read()
    reasons = [(call.attributes or {}).get(semconv.COST_REASON) for call in seen.calls]
    assert reasons == [None, None, "no rate for this speed", "no rate for this speed"]


def test_a_lifetime_of_the_only_kind_has_the_only_rate(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """Nova Lite is $0.06 in and written, $0.015 read, $0.24 out: 266 × 0.06 + 1536 × 0.015 + 259 × 0.06 + 517 × 0.24 = 178.62."""
    usage = {**bodies.USAGE, "cacheDetails": [{"ttl": "5m", "inputTokens": 259}]}
    vendor.reply(json={**bodies.CONVERSE, "usage": usage})
    bedrock.converse(modelId="amazon.nova-lite-v1:0", messages=ASK["messages"])
    found = said(seen)
    assert (found[semconv.COST], found[semconv.COST_STATUS]) == (0.00017862, "exact")


def test_a_prompt_router_says_which_model_answered(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    router = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1"
    invoked = {"promptRouter": {"invokedModelId": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{HAIKU}"}}
    vendor.reply(json={**bodies.CONVERSE, "trace": invoked})
    bedrock.converse(modelId=router, messages=ASK["messages"])
    found = said(seen)
    assert (found[semconv.COST], found[semconv.COST_STATUS]) == (COST, "estimated")
    assert "prompt router" in found[semconv.COST_REASON]


@pytest.mark.needs("boto3:client")  # anthropic signs with it
def test_claude_through_its_own_client_is_counted_once(vendor: Vendor) -> None:
    """Anthropic's client for Bedrock does not go through botocore's: nobody sees it twice."""
    with watch(vendor) as seen:
        http = anthropic.DefaultHttpxClient(verify=False, trust_env=False)
        keys = {"aws_region": "us-east-1", "aws_access_key": "k", "aws_secret_key": "s"}
        with anthropic.AnthropicBedrock(base_url=vendor.url, http_client=http, **keys) as claude:
            for streams in (False, True):
                answer: Any = claude.messages.create(
                    model=HAIKU, max_tokens=9, messages=[{"role": "user", "content": "2+2?"}], stream=streams
                )
                list(answer)
        assert said(seen, 2)[semconv.PRICE_INPUT] == 1.1


@pytest.mark.needs("boto3:client")
def test_boto3_is_botocore(vendor: Vendor) -> None:
    import boto3

    with watch(vendor) as seen, closing(boto3.client("bedrock-runtime", endpoint_url=vendor.url, **KEYS)) as one:
        vendor.reply(json=bodies.CONVERSE)
        one.converse(**ASK)
        assert said(seen)[semconv.COST] == COST


# ------------------------------------------------------------------------------------------------ errors


def test_a_refusal_passes_unchanged(vendor: Vendor, bedrock: Any) -> None:
    """The user's own exception, after every attempt; the call has failed, and is not billed."""

    def refused(status: int) -> Any:
        vendor.fail(status, times=2 if status == 429 else 1)
        with pytest.raises(bedrock.exceptions.ClientError) as raised:
            bedrock.converse(**ASK)
        return raised.value

    for status, attempts in ((400, 1), (429, 2)):
        bare = refused(status)
        with watch(vendor) as seen:
            error = refused(status)
            found = said(seen)
        assert (type(error), str(error), error.response["Error"]) == (type(bare), str(bare), bare.response["Error"])
        assert (found[semconv.OUTCOME], found[semconv.COST_REASON]) == ("failed", "rejected")
        assert found[semconv.ERROR_TYPE] == f"botocore.errorfactory.{type(bare).__name__}"
        assert found.get(semconv.ATTEMPTS, 1) == attempts
        assert "Scripted" not in seen.calls[0].to_json()


def test_a_broken_connection_passes_unchanged(vendor: Vendor, bedrock: Any) -> None:
    vendor.close()
    with pytest.raises(botocore.exceptions.EndpointConnectionError) as bare:
        bedrock.converse(**ASK)
    with watch(vendor) as seen:
        with pytest.raises(botocore.exceptions.EndpointConnectionError) as error:
            bedrock.converse(**ASK)
        found = said(seen)
    assert str(error.value) == str(bare.value)
    assert (found[semconv.OUTCOME], found[semconv.ERROR_TYPE]) == ("failed", "botocore.exceptions.EndpointConnectionError")


@pytest.mark.parametrize("case", [CONVERSE, INVOKE], ids=lambda case: case.name)
def test_a_stream_that_breaks_has_failed(case: Any, vendor: Vendor, bedrock: Any) -> None:
    def read() -> Any:
        vendor.reply(sse=case.events, cut_after=3)
        stream = case.resource(bedrock).create(**case.ask, stream=True)
        with pytest.raises(urllib3.exceptions.ProtocolError) as raised:
            list(stream)
        return raised.value

    bare = read()
    with watch(vendor) as seen:
        error = read()
        found = said(seen)
    assert (type(error), str(error)) == (type(bare), str(bare))
    assert (found[semconv.OUTCOME], found.get(semconv.COST)) == ("failed", case.partial)


def test_an_exception_in_a_stream_says_its_name(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    vendor.reply(sse=[*bodies.EVENTS[:2], bodies.ERROR])
    with pytest.raises(botocore.exceptions.EventStreamError):
        list(bedrock.converse_stream(**ASK)["stream"])
    found = said(seen)
    assert (found[semconv.OUTCOME], found[semconv.ERROR_TYPE]) == ("failed", "modelStreamErrorException")


# ------------------------------------------------------------------------------------------------ streams


def names(events: Iterable[Any]) -> list[list[str]]:
    """The kinds of events; an old botocore drops what it does not know of them."""
    return [list(event) for event in events]


def test_a_stream_may_be_left_and_resumed(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """`break` ends nothing: who goes on reading gets the rest, and one bill."""
    vendor.reply(sse=bodies.EVENTS)
    stream = bedrock.converse_stream(**ASK)["stream"]
    assert type(stream) is botocore.eventstream.EventStream
    first = next(iter(stream))
    gc.collect()
    assert seen.calls == []
    assert names([first, *stream]) == names(bodies.EVENTS)
    assert said(seen)[semconv.COST] == COST


def test_a_stream_that_was_dropped_ended_with_its_last_event(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    """A stream of botocore's is a reference cycle: it is freed whenever the collector runs, and did not last until then."""
    vendor.reply(sse=bodies.EVENTS)
    stream = bedrock.converse_stream(**ASK)["stream"]
    next(iter(stream))
    until = time.time_ns()
    time.sleep(0.05)
    del stream
    found = said(seen)
    assert found[semconv.OUTCOME] == "abandoned"
    assert (seen.calls[0].end_time or 0) <= until


def test_garbage_in_a_stream_hurts_nobody(vendor: Vendor, bedrock: Any) -> None:
    odd = [{"metadata": {"usage": {"inputTokens": "12"}}}, {"unheardOf": {"usage": 5}}, {"metadata": {}}]
    vendor.reply(sse=[*bodies.EVENTS[:2], *odd], times=2)
    bare = list(bedrock.converse_stream(**ASK)["stream"])
    with watch(vendor) as seen:
        assert list(bedrock.converse_stream(**ASK)["stream"]) == bare
        assert said(seen)[semconv.COST_STATUS] == "unpriced"


def test_a_failure_of_ours_costs_a_number(vendor: Vendor, bedrock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks in us, the user has the answer, and the call its span."""

    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    for name in ("headers", "see", "frame"):
        with watch(vendor) as seen, monkeypatch.context() as patch:
            patch.setattr(guard.mode, "strict", False)
            patch.setattr(aws_answer.Answer, name, guard.shield("test")(broken) if name == "frame" else broken)
            vendor.reply(json=bodies.CONVERSE)
            assert bedrock.converse(**ASK)["usage"]["inputTokens"] == 266
            vendor.reply(sse=bodies.EVENTS)
            assert names(bedrock.converse_stream(**ASK)["stream"]) == names(bodies.EVENTS)
            assert invoked(vendor, bedrock).read() == BODY
            said(seen, 3)
    guard.errors.clear()


# ------------------------------------------------------------------------------------------------ what is no call


def test_a_stubbed_answer_is_no_call(bedrock: Any, seen: Captured) -> None:
    with botocore.stub.Stubber(bedrock) as stubber:
        stubber.add_response("converse", {"output": {"message": bodies.MESSAGE}, "stopReason": "end_turn", "usage": {
            "inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 1}})  # fmt: skip
        bedrock.converse(**ASK)
    assert seen.spans == []


def test_other_services_are_not_seen(vendor: Vendor, seen: Captured) -> None:
    with closing(client(vendor.url, service="s3")) as s3, closing(client(vendor.url, service="dynamodb")) as dynamo:
        vendor.reply(body=b"0123456789")
        assert s3.get_object(Bucket="b", Key="k")["Body"].read() == b"0123456789"
        vendor.reply(json={"Item": {"k": {"S": "v"}}})
        assert dynamo.get_item(TableName="t", Key={"k": {"S": "v"}})["Item"] == {"k": {"S": "v"}}
    assert seen.spans == []


@pytest.mark.needs("botocore.session:get_session")
def test_what_counts_or_guards_is_not_billed_as_a_call(vendor: Vendor, bedrock: Any, seen: Captured) -> None:
    vendor.reply(json={"usage": {"topicPolicyUnits": 1}, "action": "NONE", "outputs": [], "assessments": []})
    guarded = {"guardrailIdentifier": "abcd", "guardrailVersion": "1", "source": "INPUT", "content": [{"text": {"text": "a"}}]}
    assert bedrock.apply_guardrail(**guarded)["action"] == "NONE"
    if hasattr(bedrock, "count_tokens"):
        vendor.reply(json={"inputTokens": 7})
        counted = bedrock.count_tokens(modelId=HAIKU, input={"converse": {"messages": ASK["messages"]}})
        assert counted["inputTokens"] == 7
    assert seen.spans == []


# ------------------------------------------------------------------------------------------------ on and off

HOLDER = botocore.client.BaseClient


def test_unpatching_restores_the_class_exactly(vendor: Vendor) -> None:
    before = list(vars(HOLDER).items())
    for _ in range(2):
        with watch(vendor):
            assert vars(HOLDER)["_make_request"] is not dict(before)["_make_request"]
    assert all(a[0] == b[0] and a[1] is b[1] for a, b in zip(before, vars(HOLDER).items(), strict=True))


def test_the_function_looks_as_it_did(vendor: Vendor) -> None:
    def look() -> list[object]:
        one = HOLDER._make_request
        return [
            inspect.signature(one), inspect.isfunction(one), inspect.iscoroutinefunction(one), one.__name__, one.__qualname__,
            one.__module__, one.__doc__,
        ]  # fmt: skip

    bare = look()
    with watch(vendor):
        assert look() == bare


def test_a_repeated_patch_is_one_patch(vendor: Vendor, bedrock: Any) -> None:
    before = dict(vars(HOLDER))
    with watch(vendor) as seen:
        TokensInstrumentor().instrument(tracer_provider=seen.tracer_provider, meter_provider=seen.meter_provider)
        vendor.reply(json=bodies.CONVERSE)
        bedrock.converse(**ASK)
        said(seen)
    assert dict(vars(HOLDER)) == before


def test_a_function_held_over_uninstrument_is_silent(vendor: Vendor, bedrock: Any) -> None:
    with watch(vendor) as seen:
        request, converse = bedrock._make_request, bedrock.converse
    vendor.reply(json=bodies.CONVERSE, times=3)
    converse(**ASK)
    bedrock._make_request = request  # somebody has kept ours
    converse(**ASK)
    assert seen.spans == []
    del bedrock._make_request
    with watch(vendor) as seen:
        converse(**ASK)
        said(seen)


def test_a_foreign_wrapper_over_ours_leaves_us_silent_when_off(vendor: Vendor, bedrock: Any) -> None:
    passed: list[str] = []

    def foreign(wrapped: Any, _client: Any, args: Any, kwargs: Any) -> Any:
        passed.append("foreign")
        return wrapped(*args, **kwargs)

    original = vars(HOLDER)["_make_request"]
    vendor.reply(json=bodies.CONVERSE, times=3)
    try:
        with watch(vendor) as seen:
            wrapt.wrap_function_wrapper(HOLDER, "_make_request", foreign)
            bedrock.converse(**ASK)
            said(seen)
        seen.clear()
        bedrock.converse(**ASK)
        assert (len(passed), seen.spans) == (2, [])
        with watch(vendor) as seen:
            bedrock.converse(**ASK)
            said(seen)
    finally:
        HOLDER._make_request = original  # type: ignore[method-assign]


def test_an_answer_is_as_bare(vendor: Vendor, bedrock: Any) -> None:
    """The answer, its metadata and the request that was sent are what they are without us."""
    vendor.reply(json=bodies.CONVERSE, times=2)
    bare = bedrock.converse(**ASK)
    with watch(vendor):
        assert bedrock.converse(**ASK) == bare
    one, two = vendor.requests
    changing = {"x-amz-date", "amz-sdk-invocation-id", "authorization"}
    assert (one.path, one.body) == (two.path, two.body)
    assert {k: v for k, v in one.headers.items() if k not in changing} == {
        k: v for k, v in two.headers.items() if k not in changing
    }
