"""What is google-genai's own: several billed requests in one public call, lazy generators, two vendors, tiers, old versions."""

import asyncio
import gc
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from otel_tokens import semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from tests.providers.conftest import there
from tests.providers.google_genai import bodies, case
from tests.providers.google_genai.case import genai
from tests.providers.kit import total

pytestmark = pytest.mark.needs("google.genai:Client")
FLASH: dict[str, Any] = {"model": "gemini-2.5-flash", "contents": "weather in Rome?"}
COST = case.CHAT.cost


@pytest.fixture
def gemini(vendor: Vendor) -> Iterator[Any]:
    client = case.client(vendor.url, False)
    yield client
    case.close(client)


def watch(vendor: Vendor, seller: str = "gcp.gemini") -> Any:
    return capture(sellers={vendor.url.removeprefix("http://"): seller})


def said(seen: Captured, at: int = -1) -> dict[str, Any]:
    return dict(seen.calls[at].attributes or {})


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


TOOLS: Any = {"tools": [weather]}


def test_a_function_that_the_sdk_calls_makes_two_calls(vendor: Vendor, gemini: Any) -> None:
    """The public method is called once and shows the usage of the last request alone; two were sent, and two are billed."""
    vendor.reply(json=bodies.calling("weather", city="Rome"))
    vendor.reply(json=bodies.ANSWER)
    with watch(vendor) as seen:
        gemini.models.generate_content(**FLASH, config=TOOLS)
        assert len(vendor.requests) == len(seen.calls) == 2
        assert total(seen, semconv.COST_TOTAL.name) == pytest.approx(2 * COST)


def test_a_stream_whose_function_the_sdk_calls_makes_two_calls(vendor: Vendor, gemini: Any) -> None:
    vendor.reply(sse=[bodies.calling("weather", city="Rome")])
    vendor.reply(sse=bodies.EVENTS)
    with watch(vendor) as seen:
        assert list(gemini.models.generate_content_stream(**FLASH, config=TOOLS))
        assert len(vendor.requests) == len(seen.calls) == 2
        assert total(seen, semconv.COST_TOTAL.name) == pytest.approx(2 * COST)


def test_an_async_function_call_makes_two_calls(vendor: Vendor) -> None:
    vendor.reply(json=bodies.calling("weather", city="Rome"))
    vendor.reply(json=bodies.ANSWER)

    async def ask() -> None:
        client = case.client(vendor.url, True)
        await client.models.generate_content(**FLASH, config=TOOLS)
        closed = case.close(client)
        if inspect.isawaitable(closed):
            await closed

    with watch(vendor) as seen:
        asyncio.run(ask())
        assert len(vendor.requests) == len(seen.calls) == 2


def test_an_answer_that_goes_on_is_as_many_calls_as_requests(vendor: Vendor, gemini: Any) -> None:
    """Some versions send the request again when the answer says that it goes on, and add the usages up themselves."""
    token = {"continuationToken": "dG9r", "finishReason": "CONTINUATION"}
    vendor.reply(json={**bodies.ANSWER, "candidates": bodies.candidate("4", **token)})
    vendor.reply(json=bodies.ANSWER)
    with watch(vendor) as seen:
        gemini.models.generate_content(**FLASH)
        assert len(seen.calls) == len(vendor.requests)
        assert total(seen, semconv.COST_TOTAL.name) == pytest.approx(len(vendor.requests) * COST)


def test_every_turn_of_a_chat_is_a_call(vendor: Vendor, gemini: Any) -> None:
    vendor.reply(json=bodies.ANSWER, times=2)
    vendor.reply(sse=bodies.EVENTS)
    with watch(vendor) as seen:
        chat = gemini.chats.create(model="gemini-2.5-flash")
        chat.send_message("a")
        chat.send_message("b")
        assert list(chat.send_message_stream("c"))
        assert [span.name for span in seen.calls] == ["chat gemini-2.5-flash"] * 3
        assert total(seen, semconv.COST_TOTAL.name) == pytest.approx(3 * COST)


def test_what_is_not_billed_is_no_call(vendor: Vendor, gemini: Any) -> None:
    """Tokens that are only counted, caches, files, models."""
    vendor.reply(json={"totalTokens": 9})
    kept = {"name": "cachedContents/abc", "model": "models/gemini-2.5-flash", "usageMetadata": {"totalTokenCount": 4096}}
    vendor.reply(json=kept, times=2)
    vendor.reply(json={"models": []})
    with watch(vendor) as seen:
        gemini.models.count_tokens(**FLASH)
        gemini.caches.create(model="gemini-2.5-flash", config={"contents": [{"role": "user", "parts": [{"text": "long"}]}]})
        gemini.caches.get(name="cachedContents/abc")
        list(gemini.models.list(config={"query_base": True}))
        assert (len(vendor.requests), seen.spans) == (4, [])


def test_a_stream_that_is_never_started_is_no_call(vendor: Vendor, gemini: Any) -> None:
    with watch(vendor) as seen:
        stream = gemini.models.generate_content_stream(**FLASH)
        assert inspect.isgenerator(stream)
        del stream
        gc.collect()
        assert (vendor.requests, seen.spans) == ([], [])


def test_a_stream_begun_while_we_were_on_and_started_after_is_silent(vendor: Vendor, gemini: Any) -> None:
    api = gemini._api_client
    with watch(vendor) as seen:
        stream = api.request_streamed("post", "models/gemini-2.5-flash:streamGenerateContent?alt=sse", {}, None)
    vendor.reply(sse=bodies.EVENTS)
    assert len(list(stream)) == 5
    assert seen.spans == []


def test_embeddings_are_read_from_both_vendors(vendor: Vendor, gemini: Any) -> None:
    vendor.reply(json=bodies.EMBEDDED)
    with watch(vendor) as seen:
        gemini.models.embed_content(model="gemini-embedding-001", contents="hi")
        assert (said(seen)[semconv.OPERATION], said(seen)[semconv.INPUT_TOKENS]) == ("embeddings", 7)
        assert said(seen)[semconv.COST] == pytest.approx(7 * 0.15e-6)  # https://ai.google.dev/gemini-api/docs/pricing
    vendor.reply(json=bodies.PREDICTED)
    with watch(vendor, "gcp.vertex_ai") as seen:
        client = vertex(vendor)
        client.models.embed_content(model="text-embedding-005", contents=["hi", "ho"])
        assert (said(seen)[semconv.OPERATION], said(seen)[semconv.INPUT_TOKENS]) == ("embeddings", 11)


def vertex(vendor: Vendor) -> Any:
    from google.oauth2.credentials import Credentials

    token: Any = Credentials
    return case.client(
        vendor.url, False, api_key=None, vertexai=True, project="p", location="us-central1", credentials=token("token")
    )


def test_vertex_is_asked_by_another_path_and_says_how_it_was_served(vendor: Vendor) -> None:
    """2000 + 61 in of which 1536 cached, 517 out at half price: $0.15, $0.03 cached and $1.25 per million."""
    body = {**bodies.ANSWER, "usageMetadata": {**bodies.USAGE, "trafficType": "ON_DEMAND_FLEX"}}
    vendor.reply(json=body)
    with watch(vendor, "gcp.vertex_ai") as seen:
        client = vertex(vendor)
        client.models.generate_content(**FLASH)
    assert "/publishers/google/models/gemini-2.5-flash:generateContent" in vendor.requests[0].path
    found = said(seen)
    assert (found[semconv.SELLER], found[semconv.REQUEST_MODEL]) == ("gcp.vertex_ai", "gemini-2.5-flash")
    assert found[semconv.INPUT_TOKENS] == 2061
    assert "flex" in found[semconv.SERVICE_TIER].lower()


@pytest.mark.parametrize(
    ("host", "seller"),
    [
        ("https://generativelanguage.googleapis.com/", "gcp.gemini"),
        ("https://us-central1-aiplatform.googleapis.com/", "gcp.vertex_ai"),
        ("https://aiplatform.googleapis.com/", "gcp.vertex_ai"),
        ("https://aiplatform.us.rep.googleapis.com/", "gcp.vertex_ai"),
    ],
)
def test_the_host_decides_who_bills(host: str, seller: str) -> None:
    from otel_tokens.patch.requests import host_of
    from otel_tokens.price import seller_of

    assert seller_of("gcp.gemini", *host_of(host)).name == seller


@pytest.mark.needs("google.genai._api_client:BaseApiClient._request_once")  # before it, headers do not come this far
@pytest.mark.parametrize("streamed", [False, True])
def test_the_tier_that_served_is_in_a_header(vendor: Vendor, gemini: Any, streamed: bool) -> None:
    """Flex is half of 157.5 and of 1292.5 millionths; what is cached costs the same."""
    headers = {"x-gemini-service-tier": "flex"}
    with watch(vendor) as seen:
        if streamed:
            vendor.reply(sse=bodies.EVENTS, headers=headers)
            list(gemini.models.generate_content_stream(**FLASH))
        else:
            vendor.reply(json=bodies.ANSWER, headers=headers)
            gemini.models.generate_content(**FLASH)
        assert said(seen)[semconv.SERVICE_TIER] == "flex"
        assert said(seen)[semconv.COST] == pytest.approx((78.75 + 46.08 + 646.25) / 1e6)


def test_an_error_in_a_stream_fails_the_call_even_where_the_sdk_does_not_raise(vendor: Vendor, gemini: Any) -> None:
    """1.x hands the user an empty chunk."""
    vendor.reply(sse=[*bodies.EVENTS[:2], bodies.ERROR])
    with watch(vendor) as seen:
        try:
            items = len(list(gemini.models.generate_content_stream(**FLASH)))
        except genai.errors.APIError:
            items = 0
        assert items == (0 if there("google.genai._api_client:BaseApiClient._request_once") else 3)
        assert said(seen)[semconv.OUTCOME] == "failed"
        assert said(seen)[semconv.COST] == case.CHAT.partial


def test_what_an_old_sdk_does_not_know_is_read_all_the_same(vendor: Vendor, gemini: Any) -> None:
    """Thoughts, tool use and cached parts are read off the wire; 1.x cuts what it does not know out of the very dict."""
    vendor.reply(json={**bodies.ANSWER, "futureField": 1, "usageMetadata": {**bodies.USAGE, "futureTokenCount": 5}})
    with watch(vendor) as seen:
        gemini.models.generate_content(**FLASH)
        assert said(seen)[semconv.COST] == COST
        assert said(seen)[semconv.REASONING_TOKENS] == 300


def test_a_client_made_before_us_is_seen_and_subclasses_stay_theirs(vendor: Vendor, gemini: Any) -> None:
    before = list(vars(genai._api_client.BaseApiClient).items())
    vendor.reply(json=bodies.ANSWER)
    with watch(vendor) as seen:
        gemini.models.generate_content(**FLASH)
        assert len(seen.calls) == 1
    assert all(a is b for (_, a), (_, b) in zip(before, vars(genai._api_client.BaseApiClient).items(), strict=True))


def test_a_request_sent_by_keywords_is_seen(vendor: Vendor, gemini: Any) -> None:
    vendor.reply(json=bodies.ANSWER)
    with watch(vendor) as seen:
        path = "models/gemini-2.5-flash:generateContent"
        gemini._api_client.request(http_method="post", path=path, request_dict={}, http_options=None)
        assert said(seen)[semconv.COST] == COST


@pytest.mark.filterwarnings("ignore:The generate_images")
def test_images_are_counted_and_not_taken_for_embeddings(vendor: Vendor, gemini: Any) -> None:
    drawn = [{"mimeType": "image/png", "bytesBase64Encoded": text} for text in ("aGk=", "aG8=")]
    vendor.reply(json={"predictions": [*drawn, {"raiFilteredReason": "no"}]})
    client = vertex(vendor)
    with watch(vendor, "gcp.vertex_ai") as seen:
        client.models.generate_images(model="imagen-4.0-generate-001", prompt="hi")
        assert said(seen)[semconv.OPERATION] == "image_generation"
        assert said(seen)[semconv.COST_REASON] != "no usage"
