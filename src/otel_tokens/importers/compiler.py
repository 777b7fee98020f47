"""Both sources into a folder of price files: for every seller its models, rulings laid over them, or the file that it has."""

from __future__ import annotations

import shutil
from collections.abc import Container
from pathlib import Path
from typing import Any, NamedTuple

from otel_tokens.importers import clouds, families, index, long_tail, merge, rulings, write
from otel_tokens.importers.model import Model
from otel_tokens.importers.report import Report
from otel_tokens.importers.sources import Sources
from otel_tokens.importers.trouble import UNREADABLE, Trouble
from otel_tokens.price.book import INDEX


class Job(NamedTuple):
    """What to write, and where."""

    out: Path
    version: str
    """The day of the sources."""
    sources: dict[str, str]
    """What they are, with their releases."""
    sellers: frozenset[str] = frozenset()
    """Only these; none: all."""
    by: str = write.GENERATED
    """Who writes it, as every file says."""
    keep: Path | None = None
    """Where the files are from that are not compiled anew. None: those in `out` stay."""


class Made(NamedTuple):
    """What came out."""

    reports: list[Report]
    models: dict[str, int]
    """How many models each compiled seller has."""
    kept: dict[str, str]
    """Sellers that should have been compiled and could not, and why."""


def run(job: Job, found: Sources, trouble: Trouble) -> Made:
    """Writes the folder. Trouble with one seller keeps that seller's file, unless trouble is strict."""
    config, made = rulings.load("sellers"), Made([], {}, {})
    wanted = [seller for seller in config["sellers"] if not job.sellers or seller in job.sellers]
    _keep(job, without=wanted)
    for seller in wanted:
        report = Report(seller)
        try:
            models = _seller(job, found, trouble, report)
        except UNREADABLE as error:
            trouble.note(f"{seller} stays as it was", error)
            made.kept[seller] = trouble.notes[-1]
            _keep(job, without=config["sellers"].keys() - {seller})
            continue
        if models:
            made.models[seller] = models
            made.reports.append(report)
        else:
            (job.out / f"{seller}.json").unlink(missing_ok=True)  # a name that no price is known for
    said = {"generated_by": job.by.format("sellers"), "version": job.version, "sources": job.sources}
    index.save(job.out, config, said)
    return made


def _keep(job: Job, without: Container[str]) -> None:
    for file in sorted(job.keep.glob("*.json")) if job.keep else ():
        if file.name != INDEX and file.stem not in without and not (job.out / file.name).exists():
            shutil.copyfile(file, job.out / file.name)


def _seller(job: Job, found: Sources, trouble: Trouble, report: Report) -> int:
    """Writes one seller's file; how many models it has."""
    config, seller = rulings.load("sellers"), report.seller
    where = config["sellers"][seller]
    models = build(seller, where, found, report, trouble)
    if models:
        report.sweep(models)
        said = {"generated_by": job.by.format(seller), "seller": seller, "version": job.version}
        head = {**said, "source": where["source"], "verified_on": config["verified_on"]}
        text = write.text(write.book(models, rulings.load(seller), head))
        (job.out / f"{seller}.json").write_text(text, "utf-8")
    return len(models)


def build(seller: str, where: dict[str, Any], found: Sources, report: Report, trouble: Trouble) -> dict[str, Model]:
    """One seller's models, rulings, families and tiers included."""
    ruling = rulings.load(seller)
    if module := clouds.module(seller):
        models = module.build(found.genai, found.litellm, ruling, report)
    else:
        models = merge.merged(*long_tail.named(where, found, report), ruling, report)
    models = rulings.apply(models, ruling, trouble)
    families.place(models, ruling)
    return models
