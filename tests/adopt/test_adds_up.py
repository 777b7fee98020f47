"""Every call once, and every amount on exactly one local root, whichever layers saw which calls, over any nesting of them."""

from __future__ import annotations

import itertools
import random
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.trace import get_current_span, set_span_in_context

from otel_tokens import agent, ledger, rollup, semconv, workflow
from otel_tokens.pipeline import Pipeline
from otel_tokens.providers.openai import CHAT, OPENAI
from otel_tokens.testing import Captured, capture
from otel_tokens.types import Request, Usage
from tests.adopt import spoken
from tests.providers.kit import total

EACH = 11_250_000_000  # femto-USD for one token in and one out: $1.25 and $10 per million


@dataclass
class Call:
    """A call of so many tokens, the layers that make a span around it (outermost first), and whether we see it at its client."""

    tokens: int
    layers: list[str]
    seen: bool
    beside: bool
    """One more layer tells of it when it is over, and knows its response id."""

    @property
    def known(self) -> bool:
        """Whether anybody before that knows its response id."""
        return self.seen or any(layer != "openinference" for layer in self.layers)

    @property
    def told_again(self) -> bool:
        return self.beside and (self.known or not self.layers)

    @property
    def counted(self) -> bool:
        return self.seen or bool(self.layers) or self.beside


@dataclass
class Step:
    """An agent or tool of theirs, a step of ours, or a span that is neither, with what happens inside."""

    kind: str
    inside: list[Any]


LAYERS = ("semconv", "openinference", "openllmetry", "pydantic-ai", "openlit")
KINDS = ("theirs", "openinference", "openllmetry", "their tool", "workflow", "agent", "plain", "late")
CALLS = st.builds(
    Call, st.integers(1, 5_000), st.lists(st.sampled_from(LAYERS), max_size=4, unique=True), st.booleans(), st.booleans()
)
TREES: st.SearchStrategy[Any] = st.recursive(
    CALLS, lambda inner: st.builds(Step, st.sampled_from(KINDS), st.lists(inner, max_size=4)), max_leaves=12
)
IN = {"openinference": ("llm.token_count.prompt", "llm.token_count.completion")}


class World:
    """Plays a tree: our seam, their spans, and the steps of both."""

    def __init__(self, seen: Captured, chance: random.Random) -> None:
        self.seen, self.chance = seen, chance
        self.pipeline = Pipeline(seen.tracer_provider.get_tracer("otel_tokens"), draft_cost=False)
        self.ids = itertools.count(1)
        self.due = self.calls = 0
        self.ended: list[Any] = []
        rollup.on_end.append(self.ended.append)

    def span(self, scope: str, name: str, **attributes: Any) -> AbstractContextManager[Any]:
        return self.seen.tracer_provider.get_tracer(scope).start_as_current_span(name, attributes=attributes)

    def play(self, node: Any) -> None:
        if isinstance(node, Call):
            if node.counted:
                self.due += node.tokens * EACH
                self.calls += 1
            ident = f"resp-{next(self.ids)}"
            self.call(node, node.layers, ident)
            if node.told_again:
                self.layer("openllmetry", node, ident, scope="one.more")
            return
        with self.block(node.kind) as span:
            for one in node.inside:
                self.play(one)
            if node.kind == "late":
                span.set_attributes(spoken.AGENTS["semconv"][1])

    def block(self, kind: str) -> AbstractContextManager[Any]:
        if kind in ("workflow", "agent"):
            return {"workflow": workflow, "agent": agent}[kind](kind)
        scope, attributes = {
            "theirs": spoken.AGENTS["semconv"], "openinference": spoken.AGENTS["openinference"],
            "openllmetry": spoken.AGENTS["openllmetry"], "their tool": spoken.TOOLS["semconv"], "plain": ("app", {}),
            "late": ("gcp.vertex.agent", {}),
        }[kind]  # fmt: skip
        return self.span(scope, kind, **attributes)

    def call(self, node: Call, layers: list[str], ident: str) -> None:
        if layers:
            scope, _ = spoken.CALLS[layers[0]]
            with self.span(scope, "layer", **self.start(layers[0])) as span:
                self.call(node, layers[1:], ident)
                span.set_attributes(self.said(layers[0], node, ident))
        elif node.seen:
            call = self.pipeline.open(OPENAI, CHAT, Request({"model": "gpt-5"}, "api.openai.com", 443))
            call.usage = Usage(input_tokens=node.tokens, output_tokens=node.tokens)
            call.response_id = ident
            call.settle("completed")
            if call.shadow is not None:
                call.shadow.release()

    def layer(self, dialect: str, node: Call, ident: str, scope: str) -> None:
        span = self.seen.tracer_provider.get_tracer(scope).start_span("beside", set_span_in_context(get_current_span()))
        span.set_attributes(self.said(dialect, node, ident))
        span.end()

    def start(self, dialect: str) -> dict[str, Any]:
        """Some layers say at once what they stand for, some only at the end."""
        marks = ("gen_ai.operation.name", "openinference.span.kind", "llm.request.type")
        attributes = spoken.CALLS[dialect][1]
        return {mark: attributes[mark] for mark in marks if mark in attributes} if self.chance.random() < 0.5 else {}

    def said(self, dialect: str, node: Call, ident: str) -> dict[str, Any]:
        attributes = spoken.CALLS[dialect][1]
        told = {name: value for name, value in attributes.items() if "cache" not in name and "reasoning" not in name}
        for name, out in (IN.get(dialect, ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")),):
            told |= {name: node.tokens, out: node.tokens}
        return told | ({"gen_ai.response.id": ident} if "gen_ai.response.id" in told else {})


@settings(max_examples=100, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_every_call_once_and_every_amount_on_one_root(trees: list[Any], chance: random.Random) -> None:
    """Σ inclusive over local roots + late + parentless = Σ of all calls = the plain sum over spans, once each."""
    with capture() as seen:
        world = World(seen, chance)
        for tree in trees:
            world.play(tree)
        roots = sum(step.cost for step in world.ended if step.local_root)
        alone = sum(
            int((span.attributes or {})[semconv.ROLLUP_COST_NANO])  # type: ignore[arg-type]
            for span in seen.calls
            if semconv.ROLLUP_ROOT in (span.attributes or {}) and span.instrumentation_scope is not None
            and span.instrumentation_scope.name == "otel_tokens"
        )  # fmt: skip
        assert roots + alone * 10**6 + sum(ledger.unrooted.values()) == ledger.total() == world.due
        assert abs(seen.cost - world.due / 1e15) < 1e-12
        assert total(seen, "otel_tokens.calls") == world.calls
        assert {(span.attributes or {})[semconv.COST_STATUS] for span in seen.calls} <= {"exact", "covered"}


@settings(max_examples=40, deadline=None)
@given(TREES, st.randoms(use_true_random=False))
def test_a_step_is_what_is_direct_plus_what_is_below(tree: Any, chance: random.Random) -> None:
    with capture() as seen:
        world = World(seen, chance)
        world.play(tree)
        below: dict[int, int] = {}
        for step in world.ended:
            assert step.cost == step.direct_cost + below.get(id(step), 0)
            if step.parent is not None:
                below[id(step.parent)] = below.get(id(step.parent), 0) + step.cost
