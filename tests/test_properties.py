"""Laws that hold for every input: how usage joins, how it falls into leaves, and that no cost is lost over any tree of steps."""

import contextlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from opentelemetry.trace import Tracer

from otel_tokens import agent, ledger, rollup, semconv, tool, workflow
from otel_tokens.pipeline import Pipeline
from otel_tokens.providers.openai import CHAT, OPENAI
from otel_tokens.testing import Captured, capture
from otel_tokens.types import FIELDS, LEAF_PART, TOKEN_LEAVES, Call, Request, Usage
from otel_tokens.usage import reader
from tests.providers.kit import total

# ------------------------------------------------------------------------------------------------ usage

USAGES = st.builds(Usage, **{name: st.none() | st.integers(0, 1 << 40) for name in FIELDS})


@given(USAGES, USAGES)
def test_news_of_one_call_may_come_in_any_order(a: Usage, b: Usage) -> None:
    assert a | b == b | a


@given(USAGES, USAGES, USAGES)
def test_news_of_one_call_may_come_in_any_grouping(a: Usage, b: Usage, c: Usage) -> None:
    assert (a | b) | c == a | (b | c)


@given(USAGES, USAGES)
def test_news_of_one_call_may_be_repeated(a: Usage, b: Usage) -> None:
    assert a | a == a
    assert (a | b) | b == a | b
    assert a | Usage() == a


@given(st.lists(USAGES, min_size=1, max_size=6), st.randoms())
def test_any_order_of_any_events_is_the_same_usage(events: list[Usage], chance: random.Random) -> None:
    whole, shuffled = Usage(), [*events, *events]
    for event in events:
        whole = whole | event
    chance.shuffle(shuffled)
    again = Usage()
    for event in shuffled:
        again = again | event
    assert again == whole
    assert all(
        getattr(whole, name) is None or getattr(whole, name) >= (getattr(event, name) or 0) for name in FIELDS for event in events
    )


@given(USAGES, USAGES, USAGES)
def test_different_calls_add_up(a: Usage, b: Usage, c: Usage) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Usage() == a


@st.composite
def consistent(draw: st.DrawFn) -> Usage:
    """A report in which every part is inside its whole."""
    part = st.integers(0, 10_000)
    read, audio, image, fresh, written = (draw(part) for _ in range(5))
    ttls = draw(st.lists(part, min_size=4, max_size=4))
    heard, seen = draw(st.integers(0, read)), 0
    seen = draw(st.integers(0, read - heard))
    thought, said, drawn, told = (draw(part) for _ in range(4))
    return Usage(
        input_tokens=fresh + read + audio + image + written + sum(ttls),
        output_tokens=thought + said + drawn + told,
        cache_read_tokens=read,
        reasoning_tokens=thought,
        cache_write_tokens=written + sum(ttls),
        cache_write_5m_tokens=ttls[0],
        cache_write_30m_tokens=ttls[1],
        cache_write_1h_tokens=ttls[2],
        cache_write_12h_tokens=ttls[3],
        input_audio_tokens=audio + heard,
        output_audio_tokens=said,
        cache_read_audio_tokens=heard,
        input_image_tokens=image + seen,
        output_image_tokens=drawn,
        cache_read_image_tokens=seen,
        web_search_requests=draw(st.integers(0, 9)),
    )


@given(consistent())
def test_leaves_are_disjoint_and_sum_to_the_totals(usage: Usage) -> None:
    leaves = usage.leaves()
    assert leaves is not None
    assert min(leaves.values(), default=1) > 0
    assert leaves.keys() <= LEAF_PART.keys()
    tokens = sum(count for leaf, count in leaves.items() if leaf in TOKEN_LEAVES)
    assert tokens == (usage.input_tokens or 0) + (usage.output_tokens or 0)


@given(USAGES)
def test_no_leaf_is_ever_negative(usage: Usage) -> None:
    leaves = usage.leaves()
    assert leaves is None or min(leaves.values(), default=1) > 0


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "prompt_tokens", "usage"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    JSON, JSON, st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_tokens_details", "cost"]), JSON)
)
def test_no_answer_whatever_makes_the_reader_stumble(answer: Any, model: Any, usage: Any) -> None:
    for value in (answer, {"usage": answer}, {"usage": usage, "model": model, "id": model, "service_tier": model}):
        call = Call(OPENAI, CHAT, lambda *_: None)
        reader(CHAT).see(call, value)
        assert call.usage is None or all(n is None or (type(n) is int and 0 <= n <= 1 << 40) for n in call.usage)
        assert call.response_model is None or type(call.response_model) is str
        assert call.reported is None or call.reported > 0


# ------------------------------------------------------------------------------------------------ conservation


@dataclass
class Ask:
    """A call: what it used, how it ends, and whether that is known only after everything above it has ended."""

    tokens: int
    outcome: Any
    late: bool


@dataclass
class Within:
    """A step of ours or a span of somebody else's, with what happens inside, where, and whether it then fails."""

    kind: str
    inside: list[Any]
    where: str
    fails: bool


class Boom(Exception):
    """Somebody's step failed."""


CALLS = st.builds(Ask, st.integers(0, 5_000), st.sampled_from(["completed", "failed", "abandoned"]), st.booleans())
KINDS = ("workflow", "agent", "tool", "foreign", "foreign llm")
TREES: st.SearchStrategy[Any] = st.recursive(
    CALLS,
    lambda inner: st.builds(
        Within, st.sampled_from(KINDS), st.lists(inner, max_size=4), st.sampled_from(["here", "pool", "thread"]), st.booleans()
    ),
    max_leaves=14,
)


class World:
    """Plays a tree through the pipeline; what is late is settled at the end, in any order."""

    def __init__(self, seen: Captured) -> None:
        self.pipeline = Pipeline(seen.tracer_provider.get_tracer("otel_tokens"), draft_cost=False)
        self.others: Tracer = seen.tracer_provider.get_tracer("somebody")
        self.late: list[tuple[Call, Any]] = []
        self.expected = 0
        self.ended: list[Any] = []
        rollup.on_end.append(self.ended.append)

    def play(self, node: Any) -> None:
        if isinstance(node, Ask):
            self.ask(node)
            return
        with contextlib.suppress(Boom), self.block(node.kind):
            for one in node.inside:
                self.elsewhere(node.where, one)
            if node.fails:
                raise Boom

    def elsewhere(self, where: str, node: Any) -> None:
        if where == "here":
            self.play(node)
        elif where == "pool":
            with ThreadPoolExecutor(1) as pool:
                pool.submit(self.play, node).result()
        else:
            thread = threading.Thread(target=self.play, args=(node,))
            thread.start()
            thread.join()

    def block(self, kind: str) -> AbstractContextManager[Any]:
        if kind == "foreign":
            return self.others.start_as_current_span("GET /")
        if kind == "foreign llm":
            return self.others.start_as_current_span("chat", attributes={semconv.OPERATION: "chat"})
        return {"workflow": workflow, "agent": agent, "tool": tool}[kind](kind)

    def ask(self, node: Ask) -> None:
        call = self.pipeline.open(OPENAI, CHAT, Request({"model": "gpt-5"}, "api.openai.com", 443))
        if node.tokens:
            call.usage = Usage(input_tokens=node.tokens, output_tokens=node.tokens)
            self.expected += node.tokens * 11_250_000_000  # femto-USD: $1.25 and $10 per million
        if node.late:
            self.late.append((call, node.outcome))
        else:
            call.settle(node.outcome)
            release(call)

    def finish(self, chance: random.Random) -> None:
        chance.shuffle(self.late)
        for call, outcome in self.late:
            call.settle(outcome)
            call.settle("failed")
            release(call)


def release(call: Call) -> None:
    if call.shadow is not None:
        call.shadow.release()


@settings(max_examples=120, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_no_cost_is_lost_or_counted_twice_over_any_tree(trees: list[Any], chance: random.Random) -> None:
    """Σ inclusive over local roots + late + parentless = Σ of all calls, exactly; and so is the plain sum over spans."""
    with capture() as seen:
        world = World(seen)
        for tree in trees:
            world.play(tree)
        world.finish(chance)
        roots = sum(step.cost for step in world.ended if step.local_root)
        bare = [
            span
            for span in seen.calls
            if semconv.ROLLUP_ROOT in (span.attributes or {}) and semconv.ROLLUP_COST_NANO in (span.attributes or {})
        ]
        bare = [span for span in bare if span.instrumentation_scope and span.instrumentation_scope.name == "otel_tokens"]
        alone = sum(int((span.attributes or {})[semconv.ROLLUP_COST_NANO]) for span in bare) * 10**6  # type: ignore[arg-type]
        assert roots + alone + sum(ledger.unrooted.values()) == ledger.total() == world.expected
        assert abs(seen.cost - world.expected / 1e15) < 1e-12
        assert abs(total(seen, "otel_tokens.cost") - world.expected / 1e15) < 1e-12
        assert total(seen, "otel_tokens.calls") == count(trees)


def count(nodes: list[Any]) -> int:
    return sum(1 if isinstance(node, Ask) else count(node.inside) for node in nodes)


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_a_step_is_what_is_direct_plus_what_is_below(tree: Any) -> None:
    assume(isinstance(tree, Within))
    with capture() as seen:
        world = World(seen)
        world.play(tree)
        below: dict[int, int] = {}
        for step in world.ended:
            assert step.cost >= step.direct_cost >= 0
            assert step.cost == step.direct_cost + below.get(id(step), 0) or world.late
            if step.parent is not None:
                below[id(step.parent)] = below.get(id(step.parent), 0) + step.cost
        world.finish(random.Random(0))


@settings(max_examples=25, deadline=None)
@given(st.lists(CALLS, min_size=1, max_size=30), st.integers(1, 6))
def test_calls_of_many_threads_add_up(calls: list[Ask], threads: int) -> None:
    with capture() as seen:
        world = World(seen)
        with workflow("busy"), ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(world.ask, Ask(one.tokens, one.outcome, False)) for one in calls]:
                done.result()
        (step,) = world.ended
        assert step.cost == ledger.total() == 11_250_000_000 * sum(one.tokens for one in calls)
        assert step.calls == len(calls) == total(seen, "otel_tokens.calls")
