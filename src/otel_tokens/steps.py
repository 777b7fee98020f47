"""The public API for code without a framework: workflow, agent, tool, scope; with-blocks and decorators alike."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import StatusCode, Tracer, get_current_span, set_span_in_context

from otel_tokens import ledger, record, rollup, scope as scopes, semconv
from otel_tokens.guard import shield
from otel_tokens.types import Step

P = ParamSpec("P")
R = TypeVar("R")


class _Settings:
    """Set by the engine; without a tracer every step is a plain block."""

    tracer: Tracer | None = None


settings = _Settings()


class Block:
    """A with-block, or a decorator for functions, coroutines, generators and async generators; each call opens it anew."""

    def __init__(self) -> None:
        self._entered: list[tuple[Any, Context | None, Any]] = []

    def opened(self) -> tuple[Any, Context | None]:
        """What was opened (a Step or nothing), and the context inside it (None = unchanged)."""
        raise NotImplementedError

    def closed(self, what: Any, error: BaseException | None) -> None:
        """The block ended."""

    def __enter__(self) -> Self:
        what, context = shield("step")(self.opened)() or (None, None)
        self._entered.append((what, context, otel.attach(context) if context is not None else None))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        what, context, token = self._entered.pop()
        if context is not None and otel.get_current() is context:
            otel.detach(token)  # else a generator was closed somewhere else: the token is not valid here
        shield("step")(self.closed)(what, error)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isasyncgenfunction(function):
            return self._around_async_generator(function)
        if inspect.isgeneratorfunction(function):
            return self._around_generator(function)
        if inspect.iscoroutinefunction(function):
            return self._around_coroutine(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.fresh():
                return function(*args, **kwargs)

        return call

    def fresh(self) -> Block:
        """The same block for one more call: a decorated function may run many times at once."""
        again = cast("Block", object.__new__(type(self)))
        again.__dict__.update(self.__dict__, _entered=[])
        return again

    def _around_coroutine(self, function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> Any:
            with self.fresh():
                return await function(*args, **kwargs)

        return call

    def _around_generator(self, function: Callable[..., Generator[Any, Any, Any]]) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            run = _Turns(self.fresh())
            inner = function(*args, **kwargs)
            step: Callable[[], Any] = lambda: next(inner)
            with run:
                while True:
                    try:
                        with run.turn():
                            item = step()
                    except StopIteration as end:
                        return end.value
                    try:
                        sent = yield item
                        step = functools.partial(inner.send, sent)
                    except GeneratorExit:
                        with run.turn():
                            inner.close()
                        raise
                    except BaseException as error:
                        step = functools.partial(inner.throw, error)

        return call

    def _around_async_generator(self, function: Callable[..., AsyncGenerator[Any, Any]]) -> Any:
        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            run = _Turns(self.fresh())
            inner = function(*args, **kwargs)
            step: Callable[[], Any] = inner.__anext__
            with run:
                while True:
                    try:
                        with run.turn():
                            item = await step()
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield item
                        step = functools.partial(inner.asend, sent)
                    except GeneratorExit:
                        with run.turn():
                            await inner.aclose()
                        raise
                    except BaseException as error:
                        step = functools.partial(inner.athrow, error)

        return call


class _Turns:
    """A block around a generator: open from the first item to the last, its context attached only while its code runs."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.what: Any = None
        self.context: Context | None = None
        self.token: Any = None

    def __enter__(self) -> None:
        self.what, self.context = shield("step")(self.block.opened)() or (None, None)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shield("step")(self.block.closed)(self.what, error)

    def turn(self) -> _Turn:
        return _Turn(self.context)


class _Turn:
    def __init__(self, context: Context | None) -> None:
        self.context = context

    def __enter__(self) -> None:
        self.token = otel.attach(self.context) if self.context is not None else None

    def __exit__(self, *_: object) -> None:
        if self.token is not None:
            otel.detach(self.token)


class Open(Block):
    """A workflow, agent or tool: a span of its own, with the cost of everything below it at its end."""

    def __init__(self, kind: str, attribute: str, name: str, conversation: str | None = None) -> None:
        super().__init__()
        self.kind, self.attribute, self.name, self.conversation = kind, attribute, name, conversation

    def opened(self) -> tuple[Step | None, Context | None]:
        if settings.tracer is None:
            return None, None
        context = otel.get_current()
        above = get_current_span(context)
        outside = scopes.resolve(context)
        payer = scopes.derive(
            context,
            workflow=self.name if self.kind == semconv.INVOKE_WORKFLOW and outside.workflow is None else None,
            agent=self.name if self.kind == semconv.INVOKE_AGENT else None,
            conversation=self.conversation,
        )
        afar = scopes.entered_from_afar(context)
        parent = rollup.step_above(context, above, outside, may_run=not afar)
        names = {semconv.OPERATION: self.kind, self.attribute: self.name} | record.payer_attributes(payer)
        if self.kind == semconv.EXECUTE_TOOL and payer.agent:
            names[semconv.AGENT] = payer.agent
        span = settings.tracer.start_span(f"{self.kind} {self.name}", context, attributes=names)
        spot = above.get_span_context()
        root = not spot.is_valid or spot.is_remote
        run = not afar and (root or self.kind != semconv.EXECUTE_TOOL) and not rollup.within_run(parent)
        step = rollup.open_step(self.kind, self.name, span, parent, payer, local_root=root, run=run)
        inside = otel.set_value(rollup.STEP, step, set_span_in_context(span, scopes.enter(context, payer)))
        return step, inside

    def closed(self, what: Step | None, error: BaseException | None) -> None:
        if what is None:
            return
        if error is None:
            rollup.finish(what, "success")
        else:
            left = isinstance(error, GeneratorExit) or type(error).__name__ == "CancelledError"
            rollup.finish(what, "abandoned" if left else "failure")
            if not left:
                what.span.set_status(StatusCode.ERROR)
            what.span.set_attribute(semconv.ERROR_TYPE, f"{type(error).__module__}.{type(error).__qualname__}")
        what.span.end()


class scope(Block):  # noqa: N801  # reads as a function: `with scope(team="search"):`
    """Who pays for what happens inside: `with scope(team="search", customer="acme", feature="answers"):`.

    Values become span attributes and metric labels (capped), and travel in baggage when `OTEL_TOKENS_BAGGAGE` lists them.
    """

    def __init__(
        self,
        *,
        team: str | None = None,
        customer: str | None = None,
        feature: str | None = None,
        workflow: str | None = None,
        conversation: str | None = None,
    ) -> None:
        super().__init__()
        self.fields = {"team": team, "customer": customer, "feature": feature, "workflow": workflow, "conversation": conversation}

    def opened(self) -> tuple[None, Context]:
        context = otel.get_current()
        return None, scopes.enter(context, scopes.derive(context, **self.fields))


def workflow(name: str, *, conversation: str | None = None) -> Block:
    """`with workflow("research"):` or `@workflow("research")`: an `invoke_workflow` span with the cost of all inside it.

    `name` must be of low cardinality. The outermost workflow names what every call inside it is counted under.
    """
    return Open(semconv.INVOKE_WORKFLOW, semconv.WORKFLOW_NAME, name, conversation)


def agent(name: str, *, conversation: str | None = None) -> Block:
    """`with agent("writer"):` or `@agent("writer")`: an `invoke_agent` span with direct and inclusive cost."""
    return Open(semconv.INVOKE_AGENT, semconv.AGENT, name, conversation)


def tool(name: str) -> Block:
    """`with tool("search"):` or `@tool("search")`: an `execute_tool` span; the calls inside it are the tool's cost."""
    return Open(semconv.EXECUTE_TOOL, semconv.TOOL, name)


@shield("outcome")
def outcome(verdict: str, *, workflow: str | None = None) -> None:
    """What became of a run: `success` or `failure`. Inside a run it is the run's; after it, name the workflow, and it is counted."""
    step = cast("Step | None", otel.get_value(rollup.STEP))
    while step is not None and not step.run:
        step = step.parent
    if step is not None and workflow is None:
        step.outcome = verdict
        return
    with ledger.lock:
        ledger.outcomes[workflow or semconv.UNATTRIBUTED, verdict] += 1
