"""The nouns of the product: what a call used, what that costs, and the two things that live while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from otel_tokens.leaves import FIELDS, LEAF_PART, NOTHING, TOKEN_LEAVES, Usage

__all__ = [
    "FEMTO", "FIELDS", "LEAF_PART", "NOTHING", "PER_MILLION", "TOKEN_LEAVES", "CacheStatus", "Call", "Cost", "Outcome",
    "Payer", "Price", "Request", "Served", "Status", "Step", "Threshold", "Unpriced", "Usage", "Waste",
]  # fmt: skip

FEMTO = 10**15
"""Money is an integer number of femto-USD inside; a float exists only where OpenTelemetry needs one."""
PER_MILLION = FEMTO // 10**6
"""Femto-USD per unit → USD per million units."""

Outcome = Literal["completed", "failed", "abandoned"]
Status = Literal["exact", "estimated", "provider", "unpriced", "covered"]
CacheStatus = Literal["unknown", "none", "miss", "write", "partial", "hit"]


class Served(NamedTuple):
    """Everything besides the counts that decides the rate: who sold which model, how, where and when."""

    seller: str
    model: str
    host: str | None = None
    service_tier: str | None = None
    batch: bool = False
    speed: str | None = None
    geo: str | None = None
    at: int = 0
    """Unix time, nanoseconds, of the start of the call."""


class Threshold(NamedTuple):
    """Rates that replace the card's for the whole request when its input (cache included) is above `tokens`."""

    tokens: int
    inclusive: bool
    rates: Mapping[str, int]


class Price(NamedTuple):
    """The rate card that applied: femto-USD per unit of each leaf, and where it comes from. An audit trail in itself."""

    seller: str
    model: str
    service_tier: str
    rates: Mapping[str, int]
    above: tuple[Threshold, ...] = ()
    currency: str = "USD"
    valid_from: str | None = None
    valid_to: str | None = None
    source: str = ""
    version: str = ""
    origin: str = "bundled"
    """Which book it is from: bundled, refreshed or overlay."""


class Cost(NamedTuple):
    """Money for one call: femto-USD by disjoint leaf and in total.

    `saved` is what cache reads cost less than fresh input would have; `premium` what cache writes cost more.
    """

    total: int
    parts: Mapping[str, int]
    price: Price | None
    status: Status = "exact"
    reason: str | None = None
    saved: int = 0
    premium: int = 0
    list_total: int | None = None
    """Before a contract applied."""
    table_total: int | None = None
    """What the table says, where the vendor stated the cost."""
    leaves: Mapping[str, int] | None = None
    """The counts that were priced, by disjoint leaf."""


class Unpriced(NamedTuple):
    """No amount, and why: a reason that a person can act on."""

    reason: str


class Waste(NamedTuple):
    """Why a call's cost bought nothing, and the how-manieth attempt it was."""

    reason: str | None
    attempt: int


class Payer(NamedTuple):
    """Who pays: resolved from scope, then baggage, then resource; None = nobody said."""

    team: str | None = None
    feature: str | None = None
    customer: str | None = None
    workflow: str | None = None
    agent: str | None = None
    conversation: str | None = None
    session: str | None = None


NOBODY = Payer()


class Step:
    """An open workflow, agent or tool span, or a foreign local root, with its running totals (money in femto-USD).

    A plain class whose defaults are the class's: most totals of most steps stay zero.
    """

    ended = False
    adopted = False
    """Known from somebody else's span alone: no block of ours stands for it."""
    owned = True
    """Its span is ours to end."""
    outcome: str | None = None
    """success, failure, abandoned, unknown: said by the user or by how the step ended."""
    direct_cost = direct_calls = cost = calls = 0
    input_tokens = output_tokens = cache_read_tokens = reasoning_tokens = 0
    tools = max_depth = priced = estimated = unpriced = late = retries = wasted = 0
    carried: tuple[int, int] | None = None
    """Input and output tokens of the latest call directly in this step."""

    def __init__(
        self,
        kind: str,
        name: str,
        span: Any,
        parent: Step | None = None,
        payer: Payer = NOBODY,
        *,
        started: float = 0.0,
        local_root: bool = False,
        run: bool = False,
    ) -> None:
        self.kind, self.name, self.span, self.parent, self.payer, self.started = kind, name, span, parent, payer, started
        self.local_root, self.run = local_root, run
        self.failures: dict[tuple[str, str | None], int] = {}
        """Failed calls of this step that a later attempt may repeat, by operation and model."""
        self.spent: dict[Any, int] = {}
        """Of a run: femto-USD by ledger key of the calls not yet counted as waste; a failed run wastes them all."""


class Request(NamedTuple):
    """What a seam could see of a request before it was sent."""

    body: Mapping[str, Any]
    host: str | None
    port: int | None


class Call:
    """One billable request: opened at a seam, fed with news of usage, settled exactly once.

    A plain class whose defaults are the class's: one is made for every call, and most calls set few of these.
    """

    seller = ""
    hosting = "vendor"
    host: str | None = None
    port: int | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    conversation: str | None = None
    tier_source = "unknown"
    """Where the model's tier is from."""
    service_tier: str | None = None
    speed: str | None = None
    geo: str | None = None
    batch = False
    background = False
    hide_usage = False
    usage: Usage | None = None
    doubt: str | None = None
    """Why its usage may not be what was billed; its cost is an estimate then."""
    layer = ""
    """The scope of the span that it is known from; empty for a call that was seen at its client library."""
    parts: list[tuple[str | None, Usage]] | None = None
    """Priced one by one: server-side iterations on other models, the lines of a batch. None = (response model, usage)."""
    count = 1
    invalid = False
    """A count was not a number that can be one."""
    reported: int | None = None
    """Femto-USD that the vendor stated."""
    attempts = 1
    terminal = False
    """The answer was seen to be complete: leaving after this is not abandoning."""
    failed = False
    """The answer came, and says that it failed."""
    refused = False
    """The answer is an error status: nothing was served, nothing is billed."""
    outcome: Outcome = "completed"
    error_type: str | None = None
    started = seconds = 0.0
    started_ns = 0
    last_ns = 0
    """When the latest chunk passed; the end time of a stream that was left."""
    engine_seconds: float | None = None
    """How long the engine says that it worked on this call: loading, prompt and answer, not the wait before."""
    ticket: Any = None
    """Of a call to GPUs of one's own: how busy they were when it began."""
    span: Any = None
    context: Any = None
    owned = True
    in_memory = False
    """The whole body was there before the stream was read: its close never reaches the body."""
    shadow: Any = None
    step: Step | None = None
    payer: Payer = NOBODY
    role: Literal["call", "poll", "results"] = "call"
    options: Any = None
    """The request to send instead of the user's, where usage had to be asked for."""
    request: Any = None
    """The request's body, for operations that are billed by it."""
    last: Any = None
    """The latest item of a stream."""

    def __init__(self, provider: Any, operation: Any, settler: Settler) -> None:
        self.provider, self.operation, self.settler = provider, operation, settler
        self._once = [None]

    def settle(self, outcome: Outcome, error: BaseException | None = None) -> None:
        """Ends the call; the first of an end, a close, a finaliser and a flush wins, whatever thread it runs in."""
        try:
            self._once.pop()
        except IndexError:
            return
        self.settler(self, outcome, error)

    def left(self) -> None:
        """Ends the call because nobody reads on: completed if its end had been seen, else abandoned."""
        self.settle("completed" if self.terminal else "abandoned")

    @property
    def settled(self) -> bool:
        return not self._once


Settler = Callable[[Call, Outcome, BaseException | None], None]
