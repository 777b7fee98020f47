"""What a person should look at: where the sources differ, what was left out and why, rates that look wrong."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

from otel_tokens.importers.model import Model


class Report:
    """Notes of one seller's build."""

    def __init__(self, seller: str) -> None:
        self.seller = seller
        self.differences: list[str] = []
        self.omitted: dict[str, str] = {}
        self.taken: dict[str, str] = {}
        self.odd: list[str] = []

    def differ(self, name: str, first: str, second: str) -> None:
        self.differences.append(f"{self.seller} {name}: genai-prices {first} | LiteLLM {second}")

    def left_out(self, name: str, why: str) -> None:
        self.omitted[name] = why

    def covered(self, name: str, by: str) -> None:
        """An id that is in the book without an entry of its own."""
        self.taken[name] = by

    def sweep(self, models: dict[str, Model]) -> None:
        """Notes rates that a person should doubt."""
        for name, model in models.items():
            for period in model["prices"]:
                for where, card in (("", period), *((f" {tier}", card) for tier, card in period["tiers"].items())):
                    self._doubt(f"{self.seller} {name}{where}", model.get("kind", ""), card["rates"], period["rates"])

    def _doubt(self, where: str, kind: str, rates: dict[str, Decimal], standard: dict[str, Decimal]) -> None:
        given, said = rates.get("input"), rates.get("output")
        if kind == "" and any(rate > 1000 for leaf, rate in rates.items() if leaf in ("input", "output")):
            self.odd.append(f"{where}: above 1000 dollars a million")
        if given and rates.get("cache_read", Decimal(0)) > given:
            self.odd.append(f"{where}: a cache read costs more than fresh input")
        if kind == "" and given and said and said * 10 < given:
            self.odd.append(f"{where}: output is below a tenth of input")
        if " batch" in where and any(rate > standard.get(leaf, rate) for leaf, rate in rates.items()):
            self.odd.append(f"{where}: batch costs more than standard")


def write(reports: list[Report], lines: list[str], out: Path) -> list[str]:
    """The whole report into a file; what of it belongs on the screen."""
    out.parent.mkdir(exist_ok=True)
    parts: list[tuple[str, list[str]]] = [
        ("The sources differ; genai-prices was taken", [each for report in reports for each in report.differences]),
        ("Odd", [each for report in reports for each in report.odd]),
        ("Left out", [f"{report.seller} {name}: {why}" for report in reports for name, why in sorted(report.omitted.items())]),
        ("Coverage", lines),
    ]
    out.write_text("".join(f"# {title}\n\n" + "".join(f"- {each}\n" for each in found) + "\n" for title, found in parts))
    why = Counter(reason for report in reports for reason in report.omitted.values())
    reasons = "  " + ", ".join(f"{reason}: {count}" for reason, count in why.most_common())
    return [*(f"{title}: {len(found)}" for title, found in parts[:3]), reasons, *lines, f"the whole report: {out}"]
