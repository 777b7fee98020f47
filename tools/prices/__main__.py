"""Writes src/otel_tokens/price/prices/*.json: imported figures, cross-checked, under the rulings in rulings/.

`make prices` runs it in a venv with `genai-prices`, with the wheel (or the JSON) of LiteLLM as its argument:

    python -m tools.prices litellm-*.whl [SELLER …]

Only figures are taken, never code or sentences; nothing here runs in a user's process. With sellers named, only their files
are written. The report with every disagreement goes to build/prices.md, its figures to the screen.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.prices import clouds, coverage, families, long_tail, merge, rulings, sources, write
from tools.prices.model import Model
from tools.prices.report import Report
from tools.prices.report import write as write_report

ROOT = Path(__file__).parents[2]
OUT = ROOT / "src/otel_tokens/price/prices"


def main(litellm: Path, only: set[str]) -> None:
    found = sources.read(litellm)
    config = rulings.load("sellers")
    reports: list[Report] = []
    books: dict[str, dict[str, Model]] = {}
    for seller, where in config["sellers"].items():
        if only and seller not in only:
            continue
        report = Report(seller)
        models = build(seller, where, found, report)
        if models is None:
            print(f"{seller}: no module in clouds/ yet, its file stays")
            continue
        if not models:
            (OUT / f"{seller}.json").unlink(missing_ok=True)  # a name that no price is known for
            continue
        report.sweep(models)
        head = {"version": config["version"], "source": where["source"], "verified_on": config["verified_on"]}
        text = write.text(write.book(seller, models, rulings.load(seller), head))
        (OUT / f"{seller}.json").write_text(text, "utf-8")
        reports.append(report)
        books[seller] = models
    _index(config)
    write_report(reports, [] if only else coverage.lines(found, config, OUT), ROOT / "build/prices.md")
    size = sum(path.stat().st_size for path in OUT.glob("*.json"))
    print(f"{len(books)} files, {sum(map(len, books.values()))} models; all files {size / 1e6:.2f} MB")


def build(seller: str, where: dict[str, Any], found: sources.Sources, report: Report) -> dict[str, Model] | None:
    """One seller's models, rulings, families and tiers included."""
    ruling = rulings.load(seller)
    if module := clouds.module(seller):
        models = module.build(found.genai, found.litellm, ruling, report)
    elif seller in clouds.MODULES:
        return None
    else:
        models = merge.merged(*long_tail.named(where, found, report), ruling, report)
    models = rulings.apply(models, ruling)
    families.place(models, ruling)
    return models


def _index(config: dict[str, Any]) -> None:
    digests = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(OUT.glob("*.json"))
        if path.name != "index.json"
    }
    version = config["version"]
    priced = {seller: where for seller, where in config["sellers"].items() if seller in digests}
    names = {name: seller for seller, where in priced.items() for name in coverage.names(seller, where)}
    head = {
        "generated_by": write.GENERATED.format("sellers"), "version": version,
        "timestamp": datetime.fromisoformat(version).replace(tzinfo=UTC).timestamp(),
    }  # fmt: skip
    data = {**head, "names": dict(sorted(names.items())), "hosts": [list(pair) for pair in config["hosts"]], "sellers": digests}
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in data.items()]
    (OUT / "index.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _lines(value: Any) -> str:
    """Each name, host and digest on a line of its own."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items()) + "\n}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in value) + "\n]"
    return json.dumps(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
