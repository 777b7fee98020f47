"""An explanation of a price, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otel_tokens.cli.prices import card, exact

JSON = dict[str, Any]


def explained(found: JSON, console: Console) -> None:
    """The arithmetic line by line, then why; or why not, and what to do."""
    if found["status"] == "unpriced":
        unpriced(found, console)
        return
    about = found["price"]
    since = f"{exact.day(about.get('valid_from'), 'the beginning')} → {exact.day(about.get('valid_to'), 'open')}"
    asked = found["asked"]
    console.print(Text.assemble((found["model"], "bold"), f"  {found['seller']} · {found['service_tier']} · {asked['at']}"))
    console.print()
    console.print(_table(found))
    console.print()
    for note in found["notes"]:
        console.print(Text(f"• {note}", style="yellow" if note.startswith("estimated") else ""))
    console.print(f"• price in force {since}")
    console.print(Text("not in it: " + "; ".join(found["not_in_it"]), style="dim"))
    console.print(Text(card.source(about), style="dim"))


def unpriced(found: JSON, console: Console) -> None:
    """Why there is no price, what to do, and names to look at."""
    asked = found.get("asked", found)
    console.print(Text.assemble((f"{asked['model']} at {asked['seller']} has no price: ", "bold"), (found["reason"], "bold red")))
    console.print(f"→ {found['fix']}")
    near: JSON = found.get("suggestions") or {}
    if near.get("names"):
        console.print(f"names like it, which are other models: {', '.join(near['names'])}")
    if near.get("sellers"):
        console.print(f"sold under this name by: {', '.join(near['sellers'])}")


def _table(found: JSON) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_footer=True)
    mark = "~ " if found["status"] == "estimated" else ""
    table.add_column("", Text("total", style="bold"))
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("× rate", justify="right", no_wrap=True)
    table.add_column("per", style="dim", no_wrap=True)
    table.add_column(f"= {found['currency']}", Text(f"{mark}{found['amount']}", style="bold"), justify="right", no_wrap=True)
    for line in found["lines"]:
        count = "" if line["count"] is None else f"{line['count']:,}"
        table.add_row(line["leaf"].replace("_", " "), count, line["rate"] or "", line["unit"], line["amount"])
    return table
