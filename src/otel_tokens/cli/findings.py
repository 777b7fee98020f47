"""What `doctor` looks at, one function a topic: each yields findings that say what is, and what to do where it is wrong."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.metadata import PackageNotFoundError, entry_points, version
from types import ModuleType
from typing import Literal

from packaging.specifiers import SpecifierSet

from otel_tokens import _pre, price
from otel_tokens.cli import runs
from otel_tokens.config import Config
from otel_tokens.keep import RUN
from otel_tokens.patch import seam
from otel_tokens.providers import PROVIDERS
from otel_tokens.report import words
from otel_tokens.report.fixes import fix
from otel_tokens.report.read import read
from otel_tokens.report.tree import forest, grand_total
from otel_tokens.spec import Provider

Level = Literal["ok", "note", "lost"]
OLD_DAYS = 60


@dataclass(frozen=True)
class Finding:
    """`lost` means that numbers will be missing or wrong; then `fix` says what to do."""

    topic: str
    level: Level
    text: str
    fix: str = ""


def everything() -> Iterator[Finding]:
    """All findings, in the order in which a person asks."""
    for check in (switches, settings, libraries, others, exporters, executors, prices, recorded):
        yield from check()


def installed(package: str) -> str | None:
    """The version of an installed distribution."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def switches() -> Iterator[Finding]:
    """Whether the environment turns everything off."""
    if _pre.disabled():
        names = ("OTEL_SDK_DISABLED", "OTEL_TOKENS_DISABLED", "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS")
        said = ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))
        yield Finding("switch", "lost", f"everything is off: {said}", "unset it, or take `otel_tokens` off the list")
    else:
        parts = ("otel-tokens", "opentelemetry-sdk", "opentelemetry-instrumentation", "wrapt")
        yield Finding("switch", "ok", "on: " + ", ".join(f"{name} {installed(name) or '?'}" for name in parts))


def settings() -> Iterator[Finding]:
    """Every `OTEL_TOKENS_*` variable that is set, and those that nobody understands."""
    config = Config.from_env()
    for problem in config.problems:
        yield Finding("settings", "lost", problem, "correct the value or unset it")
    known = {one.metadata.get("variable") for one in fields(Config)} | {runs.ROOT, runs.DAYS, RUN}
    for name in sorted(os.environ):
        if name.startswith("OTEL_TOKENS_") and name not in known:
            yield Finding(
                "settings", "lost", f"{name} is not a setting of otel-tokens", "correct its name: see the table in README.md"
            )
    said = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("OTEL_TOKENS_")]
    yield Finding("settings", "ok", ", ".join(said) or "all at their defaults")


def libraries() -> Iterator[Finding]:
    """Each client library: installed, in the tested range, every seam found."""
    found = [(provider, installed(provider.package)) for provider in PROVIDERS]
    if not any(has for _, has in found):
        names = " or ".join(provider.package for provider in PROVIDERS)
        yield Finding(
            "libraries",
            "lost",
            f"this Python ({sys.executable}) has neither {names}",
            "run doctor with the Python of your program",
        )
    for provider, has in found:
        if has is None:
            yield Finding("libraries", "note", f"{provider.package} is not installed")
            continue
        if has not in SpecifierSet(provider.versions, prereleases=True):
            yield Finding("libraries", "lost", f"{provider.package} {has} is outside of what is tested ({provider.versions})",
                          "compare its numbers with the vendor's console, or install a tested version")  # fmt: skip
        yield _seams(provider, has)


def _seams(provider: Provider, has: str) -> Finding:
    """Arms the engine in this process and looks at what is patched."""
    _pre.arm()
    try:
        module = import_module(provider.module)
    except ImportError as error:
        return Finding("libraries", "lost", f"{provider.package} {has} cannot be imported: {error}", "repair the installation")
    applied = set(seam.applied())
    wanted = [*provider.requests, *((path,) for path in provider.answers), *_declared(provider, module)]
    missing = [
        paths[0] for paths in wanted if not any(f"{module.__name__}:{path.partition('(')[0]}" in applied for path in paths)
    ]
    if missing and not _pre.disabled():
        text = f"{provider.package} {has}: no seam at {', '.join(missing)}"
        return Finding("libraries", "lost", text, f"its calls are not counted: report it, or install {provider.versions}")
    on = len(wanted) - len(missing)
    return Finding("libraries", "ok", f"{provider.package} {has}: {on} seams on ({provider.versions} is tested)")


def _declared(provider: Provider, module: ModuleType) -> list[tuple[str, ...]]:
    """The seams of a library of a shape of its own that this version has; all, where it has none."""
    found = dict.fromkeys(seam.find(module, *one.functions) for one in provider.seams)
    return [(path,) for path in found if path] or [one.functions for one in provider.seams]


def others() -> Iterator[Finding]:
    """Other instrumentations of the same libraries: who owns the spans."""
    ours = {provider.package for provider in PROVIDERS}
    names = sorted({entry.name for entry in entry_points(group="opentelemetry_instrumentor")} - {"otel_tokens"})
    same = [name for name in names if any(package in name for package in ours)]
    for name in same:
        yield Finding(
            "others",
            "note",
            f"{name} is instrumented by another package too: its spans stay its own and get our cost; nothing is counted twice",
        )
    if not same:
        count = (
            f"{len(names)} other instrumentations, none of an LLM library" if names else "no other instrumentation is installed"
        )
        yield Finding("others", "ok", f"{count}: the LLM spans are ours")


def exporters() -> Iterator[Finding]:
    """Where `opentelemetry-instrument` would send."""
    distro, otlp = installed("opentelemetry-distro"), installed("opentelemetry-exporter-otlp")
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    endpoint = next(
        (value for name, value in os.environ.items() if name.startswith("OTEL_EXPORTER_OTLP") and name.endswith("ENDPOINT")), None
    )
    if "otlp" in wanted and not (distro and otlp):
        level: Level = "lost" if endpoint else "note"
        yield Finding(
            "exporters",
            level,
            "opentelemetry-instrument has nothing to send with (`otel-tokens run` needs nothing)",
            'pip install "otel-tokens[otlp]"',
        )
    elif "otlp" in wanted and not endpoint:
        text = "opentelemetry-instrument sends to localhost"
        yield Finding(
            "exporters", "note", text, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 says where, if it is elsewhere"
        )
    elif "otlp" in wanted:
        yield Finding("exporters", "ok", f"opentelemetry-instrument sends to {endpoint}")
    else:
        yield Finding("exporters", "ok", f"OTEL_TRACES_EXPORTER={wanted}")
    sampler = os.environ.get("OTEL_TRACES_SAMPLER", "")
    if "ratio" in sampler:
        yield Finding(
            "exporters", "note", f"OTEL_TRACES_SAMPLER={sampler}: traces are a sample; the metrics still count every call"
        )


def executors() -> Iterator[Finding]:
    """Whether work in a thread pool finds its parent."""
    setting = Config.from_env().executors
    threading = installed("opentelemetry-instrumentation-threading")
    if setting == "leave" and not threading:
        text = "OTEL_TOKENS_EXECUTORS=leave: calls in a ThreadPoolExecutor are counted, but have no parent"
        yield Finding("executors", "note", text, "unset it, or install opentelemetry-instrumentation-threading")
    else:
        yield Finding(
            "executors",
            "ok",
            f"work in a ThreadPoolExecutor keeps its parent ({setting}{', threading instrumentation' if threading else ''})",
        )


def prices() -> Iterator[Finding]:
    """The price book's age."""
    config = Config.from_env()
    for problem in price.shelf.use(config.price_order, config.prices).problems:
        yield Finding("prices", "lost", problem, "repair the file: it is read again when it changes")
    for source, seconds in price.timestamps().items():
        if source != "bundled":
            yield Finding("prices", "ok", f"{source} prices of {time.strftime('%Y-%m-%d', time.gmtime(seconds))} come first")
    days = int((time.time() - price.timestamps()["bundled"]) / 86400)
    text = f"price book of {price.version()}, {words.plural(max(days, 0), 'day')} old"
    yield (
        Finding("prices", "note", text, "newer prices: pip install --upgrade otel-tokens")
        if days > OLD_DAYS
        else Finding("prices", "ok", text)
    )


def recorded() -> Iterator[Finding]:
    """What the newest run could not price."""
    run = runs.newest(demo=False)
    if run is None:
        yield Finding("newest run", "note", f"no run of a program is kept in {runs.root()}", "otel-tokens run -- python app.py")
        return
    total = grand_total(forest(read([run]).spans))
    for (at, model, reason), calls in total.unpriced.items():
        yield Finding("newest run", "lost", f"{model} at {at}: {calls} unpriced ({reason})", fix(reason, at))
    if not total.unpriced:
        yield Finding("newest run", "ok", f"{run}: every one of {total.calls} calls has a price")
