"""Beside the official instrumentations of the same frameworks: no step has two spans, and the cost is whole."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import agents
import pytest
from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor
from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor

from otel_tokens import semconv
from otel_tokens.testing import Captured
from otel_tokens.testing.server import Vendor
from tests.frameworks.desk import SUPPORT, Desk
from tests.frameworks.graphs import FLOW, START_STATE, Lab
from tests.frameworks.kit import adds_up, named, tree


@pytest.fixture
def theirs(seen: Captured) -> Iterator[None]:
    agents.set_trace_processors([])
    instrumentors = (OpenAIAgentsInstrumentor(), LangChainInstrumentor())
    for instrumentor in instrumentors:
        instrumentor.instrument(tracer_provider=seen.tracer_provider)
    yield
    for instrumentor in reversed(instrumentors):
        instrumentor.uninstrument()


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("streamed", [False, True])
def test_the_spans_of_openai_agents_get_our_totals(seen: Captured, vendor: Vendor, *, streamed: bool) -> None:
    asyncio.run(Desk(vendor, "responses").ask(streamed=streamed))
    assert tree(seen) == SUPPORT
    scopes = {span.instrumentation_scope.name for span in seen.steps if span.instrumentation_scope}
    assert scopes == {"opentelemetry.instrumentation.genai.openai_agents"}
    assert named(seen, "invoke_workflow support")[semconv.RUN_OUTCOME] == "success"
    adds_up(seen, vendor, 9)


@pytest.mark.usefixtures("theirs")
def test_the_spans_of_a_graph_are_theirs_alone(seen: Captured, vendor: Vendor) -> None:
    with ExitStack() as stack:
        Lab(vendor, stack).flow().invoke(START_STATE)
    scopes = {span.instrumentation_scope.name for span in seen.steps if span.instrumentation_scope}
    assert scopes == {"opentelemetry.instrumentation.genai.langchain"}
    assert tree(seen) == FLOW
    adds_up(seen, vendor, 7)
