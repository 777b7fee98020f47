"""The cost tree in a terminal: one line for each step and call, aligned, in 80 columns and more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from otel_tokens import semconv
from otel_tokens.report import words
from otel_tokens.report.fixes import fix
from otel_tokens.report.totals import REJECTED, Totals, where
from otel_tokens.report.tree import STEPS, Node, grand_total

STYLES = {"workflow": "bold magenta", "agent": "bold cyan", "tool": "yellow", "span": "dim", "missing": "dim italic", "call": ""}
NARROW, WIDE = 96, 116
"""Below the first `direct`, sellers and model tiers are left out, below the second how much of the output was reasoning."""
MOST_FIXES = 8
PLAIN_TIERS = ("standard", "default", "auto")


def tree(roots: list[Node], width: int) -> RenderableType:
    """The whole answer: the tree, the total and what to do about calls without a price."""
    return Group(table(roots, width), Text(), *summary(grand_total(roots)))


def table(roots: list[Node], width: int) -> Table:
    """The tree alone. Columns that say nothing are not there."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    rows = [(guide, node) for root in roots for guide, node in _walk(root, "", "")]
    direct = width >= NARROW and any(_has_direct(node) for _, node in rows)
    shown.add_column("", overflow="ellipsis", no_wrap=True)
    for name in ("cost", *(("direct",) if direct else ()), "in", "out", "cached"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("", overflow="fold")
    for guide, node in rows:
        money = [_cost(node), _direct(node)] if direct else [_cost(node)]
        shown.add_row(_title(guide, node), *money, *_tokens(node.total), _notes(node, width))
    return shown


def _walk(node: Node, guide: str, below: str) -> Iterator[tuple[str, Node]]:
    yield guide, node
    for child in node.children:
        last = child is node.children[-1]
        yield from _walk(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))


def _title(guide: str, node: Node) -> Text:
    title = Text(guide, style="dim")
    if node.kind in STEPS:
        title.append(f"{node.kind} ")
    title.append(node.name, style=f"not dim {STYLES[node.kind]}")
    if node.count > 1:
        title.append(f" × {node.count}", style="not dim bold")
    return title


def _cost(node: Node) -> Text:
    totals = node.total
    if totals.status == "unpriced":
        return Text("?", style="bold red")
    if not totals.calls:
        return Text("–", style="dim")
    return Text(words.cost(totals), style="bold" if node.kind in STEPS else "")


def _has_direct(node: Node) -> bool:
    """Only where it says something: a step with calls of its own beside steps with calls."""
    return node.kind in STEPS and 0 < node.direct.calls < node.total.calls


def _direct(node: Node) -> Text:
    return Text(words.cost(node.direct) if _has_direct(node) else "", style="dim")


def _tokens(totals: Totals) -> list[Text]:
    if not totals.input and not totals.output:
        return [Text(""), Text(""), Text("")]
    cached = Text(words.share(totals.cache_share), style="green" if totals.cached else "dim")
    return [Text(words.number(totals.input)), Text(words.number(totals.output)), cached]


def _notes(node: Node, width: int) -> Text:
    notes = Text()
    for remark, style in (*_about(node, width), *_remarks(node, width)):
        notes.append(" · " if notes else "", style="dim")
        notes.append(remark, style=style)
    return notes


def _about(node: Node, width: int) -> Iterator[tuple[str, str]]:
    """What kind of call, and what is special about how it was served."""
    if node.kind == "missing":
        yield "never ended, or recorded elsewhere", "dim"
    if node.kind != "call":
        return
    operation, tier = str(node.said(semconv.OPERATION) or ""), str(node.said(semconv.MODEL_TIER) or "")
    kinds = [
        where(node.span) if node.span else "",
        tier if tier != semconv.UNKNOWN else "",
        operation if operation != "chat" else "",
    ]
    if width >= NARROW:
        yield " ".join(kind for kind in kinds if kind), "dim"
    served = str(node.said(semconv.SERVICE_TIER) or "")
    if served and served not in PLAIN_TIERS:
        yield served, "cyan"
    if node.total.reasoning and width >= WIDE:
        yield f"{words.number(node.total.reasoning)} reasoning", "dim"


def _remarks(node: Node, width: int) -> Iterator[tuple[str, str]]:
    """What went wrong, here or (waste) below."""
    totals = node.total
    if node.kind == "call":
        for _, _, reason in totals.unpriced:
            yield f"unpriced: {reason}" if width >= NARROW else "unpriced", "red"
        if totals.estimated:
            yield f"estimated: {node.said(semconv.COST_REASON) or 'in part'}", "yellow"
        if totals.failed:
            yield _failed(node), "red"
        if totals.abandoned:
            yield "left early", "yellow"
        if totals.retries:
            yield words.plural(totals.retries, "retry", "retries"), "yellow"
    elif node.outcomes.get("failure"):
        yield "failed", "red"
    elif node.outcomes.get("abandoned"):
        yield "abandoned", "yellow"
    if totals.wasted:
        yield f"{words.money(totals.wasted)} wasted", "yellow"


def _failed(node: Node) -> str:
    error = str(node.said(semconv.ERROR_TYPE) or "failed").rpartition(".")[2]
    return f"{error}, not billed" if node.said(semconv.COST_REASON) == REJECTED else error


def summary(totals: Totals) -> Iterable[Text]:
    """The last lines: the total, and one for each kind of call that has no price, with what to do about it."""
    line = Text("total ", style="bold")
    line.append(words.cost(totals), style="bold green" if totals.status != "unpriced" else "bold red")
    parts = [
        words.plural(totals.calls, "call"),
        f"{words.number(totals.input)} in, {words.number(totals.output)} out",
    ]
    if totals.cached:
        net = totals.saved - totals.premium
        parts.append(f"{words.share(totals.cache_share)} cached, {'saved' if net >= 0 else 'lost'} {words.money(abs(net))}")
    if totals.retries:
        parts.append(words.plural(totals.retries, "retry", "retries"))
    if totals.wasted:
        parts.append(f"{words.money(totals.wasted)} wasted")
    line.append("".join(f" · {part}" for part in parts))
    missing = sum(totals.unpriced.values())
    if missing:
        line.append(" · ")
        line.append(f"{missing} unpriced", style="bold red")
    yield line
    for (at, model, reason), times in totals.unpriced.most_common(MOST_FIXES):
        yield Text.assemble(("  unpriced ", "red"), (model, "bold"), f" at {at} ({words.plural(times, 'call')}): {reason}")
        yield Text.assemble(("    → ", "red"), fix(reason, at))
    if len(totals.unpriced) > MOST_FIXES:
        yield Text(f"  and {len(totals.unpriced) - MOST_FIXES} more; --json lists them all", style="dim")
