"""Spans of any number of processes as one tree of steps and calls, with direct and inclusive totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from otel_tokens import semconv
from otel_tokens.report.read import Span
from otel_tokens.report.totals import Totals, model, of_call

KINDS = {semconv.INVOKE_WORKFLOW: "workflow", semconv.INVOKE_AGENT: "agent", semconv.EXECUTE_TOOL: "tool"}
NAMES = {"workflow": semconv.WORKFLOW_NAME, "agent": semconv.AGENT, "tool": semconv.TOOL}
STEPS = frozenset(NAMES)


@dataclass(slots=True)
class Node:
    """A line of the tree: `workflow`, `agent`, `tool`, `call`, `span` (somebody else's) or `missing` (not recorded)."""

    kind: str
    name: str
    span: Span | None = None
    count: int = 1
    own: Totals = field(default_factory=Totals)
    """Of a call: its self cost. Of others: nothing."""
    total: Totals = field(default_factory=Totals)
    """Inclusive: everything below, in whatever process."""
    direct: Totals = field(default_factory=Totals)
    """Of a step: the calls whose nearest step this is."""
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    children: list[Node] = field(default_factory=list["Node"])
    start: int = 0

    def said(self, name: str) -> Any:
        """An attribute of the (first) span behind this line."""
        return self.span.attributes.get(name) if self.span is not None else None


def forest(spans: Iterable[Span], *, collapse: bool = True) -> list[Node]:
    """The trees that have a call or a step in them, oldest first; equal siblings as one line."""
    spans = sorted(spans, key=lambda span: (span.start, span.id))
    nodes = {(span.trace, span.id): _node(span) for span in spans}
    roots: list[Node] = []
    missing: dict[tuple[str, str], Node] = {}
    for span in spans:
        node = nodes[span.trace, span.id]
        above = nodes.get((span.trace, span.parent))
        if above is None and span.parent:
            key = (span.trace, span.parent)
            above = missing.get(key)
            if above is None:
                above = missing[key] = Node("missing", "not recorded", start=span.start)
                roots.append(above)
        (roots if above is None else above.children).append(node)
    kept = [one for root in roots for one in _prune(root, root=True)]
    for root in kept:
        _add_up(root)
    return _collapse(kept) if collapse else kept


def _node(span: Span) -> Node:
    kind = kind_of(span)
    name = str(span.attributes.get(NAMES[kind]) or span.name) if kind in NAMES else model(span) if kind == "call" else span.name
    node = Node(kind, name, span, start=span.start)
    outcome = span.attributes.get(semconv.RUN_OUTCOME)
    if outcome:
        node.outcomes[str(outcome)] = 1
    elif span.failed and kind in STEPS:
        node.outcomes["failure"] = 1
    return node


def kind_of(span: Span) -> str:
    """What a span stands for. A layer's LLM span whose call is another span is no call (`covered`)."""
    operation = span.attributes.get(semconv.OPERATION)
    if operation in KINDS:
        return KINDS[operation]
    status = span.attributes.get(semconv.COST_STATUS)
    if status is not None and status != "covered":
        return "call"
    return "call" if status is None and operation in semconv.INFERENCE else "span"


def _prune(node: Node, *, root: bool) -> list[Node]:
    """Without what has neither a call nor a step below it; a foreign span in between stays only where paths part."""
    node.children = [kept for child in node.children for kept in _prune(child, root=False)]
    if node.kind == "call" and node.children and semconv.COST_STATUS not in (node.span.attributes if node.span else ()):
        node.kind = "span"  # an LLM span of a layer: the calls below it are the ones that cost
    if node.kind in ("span", "missing"):
        if not node.children or not (root or len(node.children) > 1):
            return node.children
        if root and node.kind == "missing" and len(node.children) == 1 and node.children[0].kind in STEPS:
            return node.children
    return [node]


def _add_up(node: Node) -> None:
    """Self cost is summed over calls alone; roll-ups that processes wrote are not looked at."""
    if node.kind == "call" and node.span is not None:
        node.own = of_call(node.span)
        node.total += node.own
    for child in node.children:
        _add_up(child)
        node.total += child.total
        if child.kind == "call":
            node.direct += child.own
        if child.kind not in STEPS:
            node.direct += child.direct
    if {"failure", "abandoned"} & node.outcomes.keys() and node.said(semconv.RUN_OUTCOME):
        node.total.wasted = node.total.cost


def _collapse(nodes: list[Node]) -> list[Node]:
    """Siblings of the same shape as one, in the place of the first."""
    merged: dict[Any, Node] = {}
    for node in nodes:
        shape = _shape(node)
        first = merged.get(shape)
        if first is None:
            merged[shape] = node
            continue
        first.count += node.count
        first.own += node.own
        first.total += node.total
        first.direct += node.direct
        for outcome, times in node.outcomes.items():
            first.outcomes[outcome] = first.outcomes.get(outcome, 0) + times
        first.children += node.children
    for node in merged.values():
        node.children = _collapse(sorted(node.children, key=lambda child: child.start))
    return list(merged.values())


def _shape(node: Node) -> Any:
    tell = (semconv.OPERATION, semconv.SELLER, semconv.SERVICE_TIER, semconv.COST_REASON) if node.kind == "call" else ()
    return node.kind, node.name, *(node.said(name) for name in tell), frozenset(_shape(child) for child in node.children)


def grand_total(roots: Iterable[Node]) -> Totals:
    """Everything, once."""
    total = Totals()
    for root in roots:
        total += root.total
    return total
