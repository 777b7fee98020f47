"""A model's whole rate card: every period it had, has and is announced to have."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otel_tokens import price
from otel_tokens.cli.prices import arithmetic, exact, rows
from otel_tokens.price import shelf
from otel_tokens.price.periods import FOREVER, instant
from otel_tokens.report.fixes import fix
from otel_tokens.types import LEAF_PART, Price, Served

JSON = dict[str, Any]
STATES = {"in force": "bold green", "announced": "bold yellow", "ended": "dim"}


def document(served: Served) -> JSON:
    """The card as data, or why there is none."""
    found = arithmetic.find(served)
    head: JSON = {"version": 1, "seller": served.seller, "model": served.model}
    if found is None:
        books = price.books(served.seller)
        asked = shelf.named(served)
        reason = next((str(book.find(asked.model, asked.host)) for book in books), "seller not in the price book")
        why = {"status": "unpriced", "reason": reason, "fix": fix(reason, served.seller)}
        return {**head, **why, "suggestions": arithmetic.near(served)}
    book, entry = found.book, found.entry
    return {
        **head,
        "model": entry["id"],
        "status": "listed",
        "aliases": sorted(alias for alias, of in book.aliases.items() if of == entry["id"]),
        "kind": entry.get("kind", rows.CHAT),
        "tier": entry.get("tier", "unknown"),
        "family": entry.get("family"),
        "released": entry.get("released"),
        "price": about(found),
        "periods": [_period(found, period) for period in entry["prices"]],
        "fees": dict(book.header.get("fees", {})),
        "uplifts": book.header.get("uplifts", []) if entry.get("uplift") else [],
    }


def about(found: arithmetic.Found, card: Price | None = None) -> JSON:
    """Where a price is from and how sure it is."""
    header, entry = found.book.header, found.entry
    return {
        "valid_from": card.valid_from if card else None,
        "valid_to": card.valid_to if card else None,
        "source": entry.get("source") or header.get("source"),
        "verified_on": header.get("verified_on"),
        "confidence": entry.get("confidence"),
        "version": header["version"],
        "origin": found.book.origin,
        "currency": header.get("currency", "USD"),
    }


def _period(found: arithmetic.Found, period: JSON) -> JSON:
    now = time.time_ns()
    start, end = instant(period.get("from"), 0), instant(period.get("to"), FOREVER)
    fees = found.book.header.get("fees", {}).keys() - period["rates"].keys()
    state = "ended" if end <= now else "announced" if start > now else "in force"
    cards = [
        {
            "service_tier": row.service_tier, "over": row.over if row.over >= 0 else None, "hours": row.window,
            "rates": {leaf: rows.shown(row, leaf) for leaf in LEAF_PART if leaf in row.rates and leaf in row.stated - fees},
            "unsure": {leaf: why for leaf, why in row.unsure.items() if leaf in row.stated},
        }
        for row in rows.of_period(found.book, found.entry, period)
    ]  # fmt: skip
    return {"from": period.get("from"), "to": period.get("to"), "state": state, "cards": cards}


def show(found: JSON, console: Console) -> None:
    """The card for people."""
    facts = [found["seller"], found["kind"], found["tier"], f"released {found['released']}" if found["released"] else ""]
    console.print(Text.assemble((found["model"], "bold"), "  ", " · ".join(fact for fact in facts if fact)))
    if found["aliases"]:
        console.print(Text(f"also {', '.join(found['aliases'])}", style="dim"))
    for period in reversed(found["periods"]):
        span = f"{exact.day(period['from'], 'the beginning')} → {exact.day(period['to'], 'open')}"
        console.print()
        console.print(Text.assemble(("▸ ", "dim"), span, "  ", (period["state"], STATES[period["state"]])))
        console.print(_table(period["cards"]))
        for why in sorted({f"{leaf}: {why}" for card in period["cards"] for leaf, why in card["unsure"].items()}):
            console.print(Text(f"  estimated · {why}", style="yellow"))
    console.print()
    for leaf, fee in found["fees"].items():
        console.print(f"fee · {leaf.replace('_', ' ')} {fee} each")
    for rule in found["uplifts"]:
        places = ", ".join(rule.get("hosts", rule.get("geos", ())))
        console.print(f"× {rule['times']} on tokens · {places}")
    console.print(Text(source(found["price"]), style="dim"))


def source(about: JSON) -> str:
    """One line: where from, when looked at, how sure."""
    seen = f"verified on {about['verified_on']}" if about.get("verified_on") else ""
    parts = (about["source"], seen, about["confidence"], f"book {about['version']} ({about['origin']})")
    return "source " + " · ".join(part for part in parts if part)


def _table(cards: list[JSON]) -> Table:
    leaves = [leaf for leaf in LEAF_PART if any(leaf in card["rates"] for card in cards)]
    long, hours = any(card["over"] is not None for card in cards), any(card["hours"] != rows.ALWAYS for card in cards)
    table = Table(box=None, padding=(0, 1, 0, 2), pad_edge=True)
    for title in ("tier", *(("input above",) if long else ()), *(("hours",) if hours else ())):
        table.add_column(title, overflow="fold")
    for leaf in leaves:
        table.add_column(f"{leaf}\n/ {exact.unit(leaf)}", justify="right", no_wrap=True)
    for card in cards:
        said = [card["service_tier"], *([f"{card['over']:,}" if card["over"] is not None else ""] if long else ())]
        said += [card["hours"]] if hours else []
        table.add_row(*said, *(card["rates"].get(leaf, "–") for leaf in leaves))
    return table
