"""What a declaration may say: pure data about a client library, without a line of behaviour.

A *path* is dotted names from an object or a mapping, with `|` between alternatives: `"usage|x_groq.usage"`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Paths = Mapping[str, str]
NONE: Paths = MappingProxyType({})
NO_UNITS: Mapping[str, int] = MappingProxyType({})


class Tally(NamedTuple):
    """A list whose entries are fees: entry → its kind → the `Usage` field that counts it."""

    entries: str
    kind: str
    fields: Paths


class Iterations(NamedTuple):
    """A list of usages that are billed one by one, some on other models; it replaces the headline numbers.

    `foreign` kinds name their own model. `served_by` marks a fallback: then the entries without a model ran on the requested one.
    """

    entries: str
    kind: str
    model: str
    served_by: str


class Operation(NamedTuple):
    """One billable operation: its name, and where an answer or a stream event says what was used."""

    name: str
    counts: Paths = NONE
    """`Usage` field → path below the usage object."""
    usage: str = "usage"
    exclusive: bool = False
    """The vendor's input count leaves the cached tokens out."""
    has_output: bool = True
    """A complete answer states an output count; without one the cost is an estimate."""
    model: str = "model"
    id: str = "id"
    service_tier: str = "service_tier"
    facts: Paths = NONE
    """`Call` attribute (speed, geo) → path from the answer."""
    reported: Mapping[str, int] = NO_UNITS
    """Name, in the usage object, of a cost that the vendor states → femto-USD per unit."""
    reads: Paths = NONE
    """`Usage` field → path from the answer, for answers without a usage object: `len:PATH`, `ms:PATH` (seconds)."""
    request_reads: Paths = NONE
    """The same from the request body, where the answer says nothing: `len:PATH`."""
    events: Mapping[str, str] | None = None
    """Streams of typed events: the types that carry news → where in the event the answer is ("" = the event itself)."""
    terminal: frozenset[str] = frozenset()
    """The event types after which the answer is complete."""
    sentinel: bytes = b""
    """What a complete raw stream contains near its end."""
    tally: Tally | None = None
    iterations: Iterations | None = None
    status: str = ""
    """Path to the state of a background answer; `pending` states are settled by a later poll."""
    pending: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    """The states of an answer that say it failed, though the request did not."""
    batch: str = ""
    """Path from a line of a results file to the answer in it: every line is a call at batch rate."""
    ask_usage: tuple[str, str] | None = None
    """The request option, and its key, that makes a stream state its usage."""

    def __eq__(self, other: object) -> bool:
        """An operation is itself: tables are kept by it."""
        return self is other

    __hash__ = object.__hash__


class Poll(NamedTuple):
    """A request that reads an earlier answer again: never a call of its own."""

    method: str
    path: str
    """Regular expression over the URL's path; group 1 is the id."""
    operation: Operation


class Results(NamedTuple):
    """A request that reads the results of a batch: its lines are the calls."""

    path: str
    operation: Operation
    kinds: Mapping[str, Operation]
    """The `object` of the answer in a line → how to read it; `""` = any."""


class Provider(NamedTuple):
    """One client library: which functions to watch, which requests cost money."""

    name: str
    """The `gen_ai.provider.name` and seller where the host says nothing else."""
    package: str
    versions: str
    """Tested range, as a version specifier."""
    module: str
    """Patched when this module is imported, never before."""
    requests: tuple[tuple[str, ...], ...]
    """The request functions, each as alternatives in order of preference: `Class.attribute`, or `Class.attribute(parameter)`
    for a function that counts only if it takes that parameter."""
    answers: tuple[str, ...]
    """The functions in which the HTTP response is still in hand."""
    routes: Mapping[str, Operation]
    """URL path of a POST → operation."""
    polls: tuple[Poll, ...] = ()
    results: tuple[Results, ...] = ()
    headers: Paths = NONE
    """`Call` attribute → response header."""
    reported: Mapping[str, int] = NO_UNITS
    """Response header that states a cost → femto-USD per unit."""
