"""What a declaration may say: pure data about a client library, without a line of behaviour.

A *path* is dotted names from an object or a mapping, with `|` between alternatives: `"usage|x_groq.usage"`; `"."` is the
object itself. A *wide path* may also go into lists: `"candidates[].content"` is all that is there in any entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from otel_tokens.seams import Seam

Paths = Mapping[str, str]
NONE: Paths = MappingProxyType({})
NO_UNITS: Mapping[str, int] = MappingProxyType({})


class Tally(NamedTuple):
    """A list whose entries are fees: entry → its kind → the `Usage` field that counts it.

    An entry with one of the words of `free` at its path `detail` costs nothing.
    """

    entries: str
    kind: str
    fields: Paths
    detail: str = ""
    free: frozenset[str] = frozenset()


class Fold(NamedTuple):
    """A list below the usage object whose entries are a kind and a count: the count is added to the `Usage` fields of its kind.

    Kinds are compared in lower case, `kind` "" means that all entries are of the kind "". Fields stand in one text with
    spaces between; one with `-` before it is made smaller: a part that a vendor counts twice.
    """

    entries: str
    kind: str
    number: str
    fields: Paths


class Breakdown(NamedTuple):
    """Usages that name their own models. They replace the headline numbers, or with `besides` are billed on top of them."""

    entries: str
    """Path from the answer to a list of entries, or to the only one."""
    model: str
    """Wide path to the model, from the entry, or with `besides` from the answer where the entry names none."""
    usage: str
    operation: Operation
    """How the usage of an entry is read."""
    besides: bool = False


class Turn(NamedTuple):
    """One kind of bill within a session: how it is read, and the wide path in an earlier event to the model that it is for."""

    operation: Operation
    model: str


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
    plus: Paths = NONE
    """`Usage` field → path below the usage object, of what the vendor leaves out of the count in `counts`: it is added."""
    folds: tuple[Fold, ...] = ()
    total: str = ""
    """Path below the usage object to the stated total: if it is input + output + reasoning, the output leaves the reasoning
    out; if it is the input alone, an output that is not stated is none (some vendors omit a zero)."""
    usage: str = "usage"
    exclusive: bool = False
    """The vendor's input count leaves the cached tokens out."""
    has_output: bool = True
    """A complete answer states an output count; without one the cost is an estimate."""
    model: str = "model"
    id: str = "id"
    service_tier: str = "service_tier"
    facts: Paths = NONE
    """`Call` attribute (speed, geo) → wide path from the answer."""
    reported: Mapping[str, int] = NO_UNITS
    """Path below the usage object of a cost that the vendor states → femto-USD per unit."""
    own_key: str = ""
    """Where the answer says that somebody else bills the tokens: then a stated cost of zero is believed."""
    reads: Paths = NONE
    """`Usage` field → path from the answer, for answers without a usage object: `len:PATH`, `ms:PATH` (seconds)."""
    request_reads: Paths = NONE
    """The same from the request body, where the answer says nothing: `len:PATH`."""
    beside: Paths = NONE
    """`Usage` field → path from the answer of what is billed besides the usage object, and known better there: `count:PATH`,
    `ms:PATH`; of a wide path `set:PATH` (how many different texts) or `any:PATH` (1 if anything is there)."""
    once: tuple[str, str] | None = None
    """A `Usage` field, and the models (a regular expression) that are billed for it once a request, however often it was."""
    only: Paths = NONE
    """`Usage` field → the models (a regular expression) that are billed by it; it is dropped for the others."""
    engine: tuple[str, ...] = ()
    """Paths to how long the engine worked on the answer, in nanoseconds; they are added."""
    headers: Paths = NONE
    """`Call` attribute → response header that says it."""
    header_counts: Paths = NONE
    """`Usage` field → response header, where the body says nothing."""
    turns: Mapping[str, Turn] | None = None
    """A session: event type → how that bill is read; `""` = every event. Its bills are added, never merged."""
    events: Mapping[str, str] | None = None
    """Streams of typed events: the types that carry news → where in the event the answer is ("" = the event itself)."""
    terminal: frozenset[str] = frozenset()
    """The event types after which the answer is complete."""
    last: str = ""
    """Wide path that leads somewhere true in the last chunk of a stream."""
    error: str = ""
    """Wide path that leads somewhere in an answer, or a chunk, that says it failed."""
    sentinel: bytes = b""
    """What a complete raw stream contains near its end."""
    tally: Tally | None = None
    iterations: Iterations | None = None
    breakdown: Breakdown | None = None
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


class Cloud(NamedTuple):
    """A cloud whose client library sends the requests of all its services through one function."""

    service: str
    """The service that sells models."""
    seller: str
    api: str
    """What the dialects of the bodies of many makers go by (see `Dialect.apis`)."""
    model: str
    """Regular expression over the URL's path; group 1 is the model, quoted."""
    unknown: Operation
    """Of `Provider.routes`: the operation whose bodies are the maker's own; its headers and `usage` are the cloud's own count."""
    makers: Mapping[Operation, str]
    """What an operation on a model is, until its body shows it → regular expression over the model."""
    chunk: str
    """The event of a stream that has a chunk of a maker's body in it."""
    last: str
    """The event that ends a stream in the cloud's own dialect, with the usage."""


class Provider(NamedTuple):
    """One client library: which functions to watch, which requests cost money."""

    name: str
    """The `gen_ai.provider.name` and seller where the host says nothing else."""
    package: str
    versions: str
    """Tested range, as a version specifier."""
    module: str
    """Patched when this module is imported, never before."""
    routes: Mapping[str, Operation]
    """URL path of a POST → operation; with a seam of its own, what that finds in the URL."""
    seams: tuple[Seam, ...] = ()
    """The request functions of a library of a shape of its own."""
    requests: tuple[tuple[str, ...], ...] = ()
    """The request functions of a library of the generated kind, each as alternatives in order of preference:
    `Class.attribute`, or `Class.attribute(parameter)` for a function that counts only if it takes that parameter."""
    answers: tuple[str, ...] = ()
    """The functions in which the HTTP response is still in hand."""
    attempts: tuple[str, ...] = ()
    """The functions that run once for every attempt."""
    polls: tuple[Poll, ...] = ()
    results: tuple[Results, ...] = ()
    headers: Paths = NONE
    """`Call` attribute → response header."""
    reported: Mapping[str, int] = NO_UNITS
    """Response header that states a cost → femto-USD per unit."""
    cloud: Cloud | None = None
    """Then `routes` are the names of the service's operations."""


class Dialect(NamedTuple):
    """One way to say what was used, and how an answer that speaks it is known without having seen its request."""

    operation: Operation
    apis: str
    """What people call the API, in small letters without anything between: `chatcompletions generatecontent`."""
    marks: str
    """Wide paths (`PATH=TEXT`: with that text there), all of which must be in the answer or in some event of a stream."""
    lacks: str = ""
    """Wide paths of which none may be there."""
    sellers: str = ""
    """Parts of the names of the sellers that speak it; empty = many do."""
