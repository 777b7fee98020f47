"""Spans and wrappers of others around ours: their span waits for the answer, and theirs never hides ours."""

import gc
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import wrapt
from opentelemetry import trace
from opentelemetry.trace import Span

from otel_tokens import semconv
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor

ASK: dict[str, Any] = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}]}
STREAM: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
        yield client


def foreign_span(seen: Captured) -> Span:
    return seen.tracer_provider.get_tracer("somebody.else").start_span("chat", attributes={semconv.OPERATION: "chat"})


def said(span: Any) -> tuple[str, Any, Any]:
    attributes = span.attributes or {}
    return span.instrumentation_scope.name, attributes.get(semconv.COST_STATUS), attributes.get(semconv.COST)


def test_a_foreign_span_that_ends_before_its_stream_is_read_waits_for_the_cost(oai: openai.OpenAI, seen: Captured) -> None:
    with trace.use_span(foreign_span(seen), end_on_exit=True) as span:
        raw = oai.chat.completions.with_raw_response.create(**ASK, **STREAM)
    assert seen.spans == []
    assert span.is_recording()
    list(raw.parse())
    ((scope, status, cost),) = map(said, seen.spans)
    assert (scope, status) == ("somebody.else", "exact")
    assert cost > 0


def test_a_foreign_span_that_its_owner_drops_without_an_end_is_not_lost(oai: openai.OpenAI, seen: Captured) -> None:
    with trace.use_span(foreign_span(seen)):
        oai.chat.completions.create(**ASK)
    gc.collect()
    assert seen.spans == []
    seen.tracer_provider.force_flush()
    (span,) = seen.spans
    assert said(span)[:2] == ("somebody.else", "exact")
    oai.chat.completions.create(**ASK)
    assert len(seen.spans) == 2


@pytest.mark.needs("openai.resources.responses:Responses.create(background)")
def test_a_background_answer_does_not_keep_the_foreign_span_waiting(oai: openai.OpenAI, seen: Captured) -> None:
    with trace.use_span(foreign_span(seen), end_on_exit=True):
        accepted = oai.responses.create(model="gpt-4.1", input="hello", background=True)
    assert [said(span) for span in seen.spans] == [("somebody.else", "covered", None)]
    assert [oai.responses.retrieve(accepted.id).status for _ in range(3)] == ["in_progress", "completed", "completed"]
    foreign, ours = seen.spans
    assert said(ours)[:2] == ("otel_tokens", "exact")
    assert ours.parent is not None
    assert ours.parent.span_id == foreign.context.span_id
    assert ours.start_time < foreign.end_time  # its own span begins where the call began


def test_a_wrapper_that_others_put_on_a_subclass_first_does_not_hide_ours(oai: openai.OpenAI, vendor: Vendor) -> None:
    original, passed = openai._base_client.SyncAPIClient.__dict__["request"], []

    def theirs(wrapped: Any, _client: Any, args: Any, kwargs: Any) -> Any:
        passed.append(1)
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(openai, "OpenAI.request", theirs)
    try:
        wrapper = vars(openai.OpenAI)["request"]
        with capture(sellers={vendor.url.removeprefix("http://"): "openai"}) as seen:
            oai.chat.completions.create(**ASK)
            assert (len(passed), len(seen.calls)) == (1, 1)
        assert wrapper.__wrapped__ is original
        assert vars(openai.OpenAI)["request"] is wrapper
    finally:
        del openai.OpenAI.request
