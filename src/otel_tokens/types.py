"""The nouns of the product: what a call used, what that costs, and the two things that live while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

FEMTO = 10**15
"""Money is an integer number of femto-USD inside; a float exists only where OpenTelemetry needs one."""

Outcome = Literal["completed", "failed", "abandoned"]
Status = Literal["exact", "estimated", "provider", "unpriced", "covered"]
CacheStatus = Literal["unknown", "none", "miss", "write", "partial", "hit"]

TTLS = ("5m", "30m", "1h", "12h")
_TTL_FIELDS = tuple((f"cache_write_{ttl}", f"cache_write_{ttl}_tokens") for ttl in TTLS)
_COUNTED = (
    ("input_video", "input_video_tokens"), ("output_video", "output_video_tokens"),
    ("web_search", "web_search_requests"), ("web_fetch", "web_fetch_requests"), ("file_search", "file_search_requests"),
    ("code_execution", "code_execution_requests"), ("request", "requests"), ("audio_ms", "audio_ms"),
    ("characters", "characters"), ("images", "images"), ("pages", "pages"), ("search_units", "search_units"),
)  # fmt: skip

LEAF_PART: Mapping[str, str] = {
    "input": "input", "cache_read": "cache_read", "cache_write": "cache_write",
    **{leaf: "cache_write" for leaf, _ in _TTL_FIELDS},
    "input_audio": "audio", "cache_read_audio": "audio", "output_audio": "audio", "audio_ms": "audio", "characters": "audio",
    "input_image": "image", "cache_read_image": "image", "output_image": "image", "images": "image",
    "input_video": "image", "output_video": "image",
    "output": "output", "reasoning": "reasoning",
    "web_search": "tool", "web_fetch": "tool", "file_search": "tool", "code_execution": "tool",
    "request": "request", "pages": "request", "search_units": "request",
}  # fmt: skip
"""Every disjoint leaf that can be priced, and the `otel_tokens.cost.*` part that it belongs to."""

TOKEN_LEAVES = frozenset(
    leaf for leaf in LEAF_PART
    if LEAF_PART[leaf] not in ("tool", "request") and leaf not in ("audio_ms", "characters", "images")
)  # fmt: skip
"""The leaves that count tokens (the others count requests, milliseconds, characters, images or pages)."""


class Usage(NamedTuple):
    """What one call (or one part of it) used. None = not reported; zero is a reported zero.

    `input_tokens` and `output_tokens` are inclusive totals; every other token count is a part inside one of them
    (`cache_read ≤ input`, `reasoning ≤ output`, `cache_read_audio` inside both `cache_read` and `input_audio`).
    `audio_ms` is milliseconds of audio, `characters` characters of speech input, the rest counts requests or items.
    A tuple because one is made for every call: a frozen dataclass of this size costs four times as much.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_30m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    cache_write_12h_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    cache_read_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None
    cache_read_image_tokens: int | None = None
    input_video_tokens: int | None = None
    output_video_tokens: int | None = None
    web_search_requests: int | None = None
    web_fetch_requests: int | None = None
    file_search_requests: int | None = None
    code_execution_requests: int | None = None
    requests: int | None = None
    audio_ms: int | None = None
    characters: int | None = None
    images: int | None = None
    pages: int | None = None
    search_units: int | None = None

    def __or__(self, later: Usage) -> Usage:
        """News of the SAME call: the larger of each count, so that order and repetition of events do not matter."""
        return Usage(*(b if a is None else a if b is None or b < a else b for a, b in zip(self, later, strict=True)))

    def __add__(self, other: Usage) -> Usage:  # pyright: ignore[reportIncompatibleMethodOverride]  # a sum, not a longer tuple
        """Two DIFFERENT calls together."""
        return Usage(*(b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)))

    def __bool__(self) -> bool:
        """Whether anything at all was reported."""
        return self != NOTHING

    def leaves(self) -> dict[str, int] | None:
        """The disjoint buckets that are priced (only those above zero); they sum to the totals.

        None when the report contradicts itself: a part larger than its whole.
        """
        read, thought = self.cache_read_tokens or 0, self.reasoning_tokens or 0
        buckets = _special(self) if any(self[_PLAIN:]) else {}
        fresh = (self.input_tokens or 0) - buckets.pop("within_input", 0) - read
        told = (self.output_tokens or 0) - buckets.pop("within_output", 0) - thought
        buckets["input"], buckets["output"] = fresh, told
        buckets["cache_read"] = read - buckets.get("cache_read_audio", 0) - buckets.get("cache_read_image", 0)
        buckets["reasoning"] = thought
        if min(buckets.values()) < 0:
            return None
        return {leaf: count for leaf, count in buckets.items() if count}


FIELDS = Usage._fields
NOTHING = Usage()
_PLAIN = FIELDS.index("cache_write_tokens")


def _special(usage: Usage) -> dict[str, int]:
    """The buckets that most calls lack, and how much of each total is in them."""
    buckets = {leaf: count for leaf, name in _TTL_FIELDS if (count := getattr(usage, name))}
    by_ttl = sum(buckets.values())
    written = max(usage.cache_write_tokens or 0, by_ttl)
    audio, image = usage.cache_read_audio_tokens or 0, usage.cache_read_image_tokens or 0
    heard, seen = (usage.input_audio_tokens or 0) - audio, (usage.input_image_tokens or 0) - image
    for leaf, name in _COUNTED:
        if count := getattr(usage, name):
            buckets[leaf] = count
    said, drawn = usage.output_audio_tokens or 0, usage.output_image_tokens or 0
    return {
        **buckets, "cache_write": written - by_ttl,
        "input_audio": heard, "cache_read_audio": audio, "input_image": seen, "cache_read_image": image,
        "output_audio": said, "output_image": drawn,
        "within_input": written + heard + seen + (usage.input_video_tokens or 0),
        "within_output": said + drawn + (usage.output_video_tokens or 0),
    }  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Threshold:
    """Rates that replace the card's for the whole request when its input (cache included) is above `tokens`."""

    tokens: int
    inclusive: bool
    rates: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Price:
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


@dataclass(slots=True)
class Payer:
    """Who pays: resolved from scope, then baggage, then resource; None = nobody said."""

    team: str | None = None
    feature: str | None = None
    customer: str | None = None
    workflow: str | None = None
    agent: str | None = None
    conversation: str | None = None


@dataclass(slots=True, weakref_slot=True, eq=False)
class Step:
    """An open workflow, agent or tool span, or a foreign local root, with its running totals (money in femto-USD)."""

    kind: str
    name: str
    span: Any
    parent: Step | None = None
    payer: Payer = field(default_factory=Payer)
    started: float = 0.0
    ended: bool = False
    run: bool = False
    outcome: str | None = None
    """success, failure, abandoned, unknown: said by the user or by how the step ended."""
    failed: bool | None = False
    """After the end: True = failed, None = abandoned."""
    local_root: bool = False
    direct_cost: int = 0
    direct_calls: int = 0
    cost: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    reasoning_tokens: int = 0
    calls: int = 0
    tools: int = 0
    max_depth: int = 0
    priced: int = 0
    estimated: int = 0
    unpriced: int = 0
    late: int = 0
    retries: int = 0
    wasted: int = 0
    carried: tuple[int, int] | None = None
    """Input and output tokens of the latest call directly in this step."""
    failures: dict[tuple[str, str | None], int] = field(default_factory=dict)
    """Failed calls of this step that a later attempt may repeat, by operation and model."""
    spent: dict[Any, int] = field(default_factory=dict)
    """Of a run: femto-USD by ledger key of the calls not yet counted as waste; a failed run wastes them all."""


class Request(NamedTuple):
    """What a seam could see of a request before it was sent."""

    body: Mapping[str, Any]
    host: str | None
    port: int | None


@dataclass(slots=True, weakref_slot=True, eq=False)
class Call:
    """One billable request: opened at a seam, fed with news of usage, settled exactly once."""

    provider: Any
    operation: Any
    settler: Callable[[Call, Outcome, BaseException | None], None]
    seller: str = ""
    hosting: str = "vendor"
    host: str | None = None
    port: int | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    conversation: str | None = None
    service_tier: str | None = None
    speed: str | None = None
    geo: str | None = None
    batch: bool = False
    background: bool = False
    hide_usage: bool = False
    usage: Usage | None = None
    parts: list[tuple[str | None, Usage]] | None = None
    """Priced one by one: server-side iterations on other models, the lines of a batch. None = (response model, usage)."""
    count: int = 1
    invalid: bool = False
    """A count was not a number that can be one."""
    reported: int | None = None
    """Femto-USD that the vendor stated."""
    attempts: int = 1
    terminal: bool = False
    """The answer was seen to be complete: leaving after this is not abandoning."""
    outcome: Outcome = "completed"
    error_type: str | None = None
    started: float = 0.0
    started_ns: int = 0
    last_ns: int = 0
    """When the latest chunk passed; the end time of a stream that was left."""
    seconds: float = 0.0
    span: Any = None
    context: Any = None
    owned: bool = True
    shadow: Any = None
    step: Step | None = None
    payer: Payer = field(default_factory=Payer)
    role: Literal["call", "poll", "results"] = "call"
    options: Any = None
    """The request to send instead of the user's, where usage had to be asked for."""
    request: Any = None
    """The request's body, for operations that are billed by it."""
    last: Any = None
    """The latest item of a stream."""
    _once: list[None] = field(default_factory=lambda: [None])

    def settle(self, outcome: Outcome, error: BaseException | None = None) -> None:
        """Ends the call; the first of an end, a close, a finaliser and a flush wins, whatever thread it runs in."""
        try:
            self._once.pop()
        except IndexError:
            return
        self.settler(self, outcome, error)

    @property
    def settled(self) -> bool:
        return not self._once
