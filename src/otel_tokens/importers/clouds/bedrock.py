"""Bedrock: one model id is a list price by where it runs: in a region or geography, through `global.`, or in one region.

From Claude 4.5 on, and for OpenAI, Moonshot, xAI and Z.AI models, AWS publishes two lists: the global profile, and 10 % more
for a region or a geography. LiteLLM's bare ids carry the global rates there; genai-prices names the lists apart and is right.
"""

from __future__ import annotations

import re
from typing import Any

from otel_tokens.importers.clouds.gaps import alike, finished, merged, renamed_write, skipped, uncached, writes_are_input
from otel_tokens.importers.model import Model, copied
from otel_tokens.importers.report import Report

PROVIDERS = ("bedrock_converse", "bedrock", "bedrock_mantle")  # where two have an id, the first one's entry is read
GEO = re.compile(r"^(global|us-gov|us|eu|jp|au|apac|in)\.")
REGION = re.compile(r"^[a-z]{2}(?:-[a-z]+)+-\d$")
VERSION = re.compile(r"-v\d+(?::\d+)?$|:\d+$")
DATE = re.compile(r"-20\d{6}$")
Lists = dict[str, dict[str, Model]]  # stem → geography or region ("" = the bare id) → model


def build(
    genai: dict[str, dict[str, Model]], litellm: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    """Every model of the seller, by the id that the file has."""
    first, second = _first(genai["aws"], rulings), _second(litellm, rulings, report)
    models: dict[str, Model] = {}
    for name in sorted({*first, *second}):
        models.update(_family(name, first.get(name, {}), second.get(name, {}), rulings, report))
    for name, model in models.items():
        claude = "anthropic." in name or name.startswith("claude")
        renamed_write(model, "cache_write_5m" if claude else "cache_write_30m")
        finished(model)
        writes_are_input(model)
        uncached(model)
    return models


def stem(name: str, rulings: dict[str, Any]) -> str:
    """The id without the version and the date that change nothing; ids whose version is another model stay whole."""
    whole = rulings["whole"]
    if name in whole:
        return name
    less = DATE.sub("", VERSION.sub("", name))
    return rulings["rename"].get(less, less)


def _first(found: dict[str, Model], rulings: dict[str, Any]) -> Lists:
    lists: Lists = {}
    for name, model in found.items():
        geo, bare = ("global", name[7:]) if name.startswith("global.") else ("", name.removeprefix("regional."))
        lists.setdefault(stem(bare, rulings), {})[geo] = {**copied(model), "names": [bare]}
    return lists


def _second(litellm: dict[str, Model], rulings: dict[str, Any], report: Report) -> Lists:
    lists: Lists = {}
    for provider in PROVIDERS:
        for key, model in litellm.items():
            if model["provider"] != provider or skipped(key, rulings, report):
                continue
            name = key.removeprefix("bedrock/").removeprefix("bedrock_mantle/").removeprefix("invoke/")
            place, _, name = name.rpartition("/")
            geo = GEO.match(name)
            bare = name[geo.end() :] if geo else name
            if "." not in bare or (place and not REGION.match(place)):
                report.left_out(key, "no model id")
                continue
            where = place or (geo[1] if geo else "mantle" if provider == "bedrock_mantle" else "")
            entry = lists.setdefault(stem(bare, rulings), {}).setdefault(where, {**copied(model), "names": []})
            entry["names"].append(bare)
    return lists


def _family(
    name: str, first: dict[str, Model], second: dict[str, Model], rulings: dict[str, Any], report: Report
) -> dict[str, Model]:
    """All entries of one stem: the regional (or only) one, the global one, then whatever place has a list of its own."""
    day, regional = rulings["in_force"], first.get("")
    bare, mantle = second.get(""), second.get("mantle")
    geos = [second[geo] for geo in ("us", "in", "eu", "au", "jp", "apac") if geo in second]
    if bare and geos and _tenth(bare, geos[0]):
        second.setdefault("global", bare)  # LiteLLM's bare id is the global list under the wrong name
    world = first.get("global") or second.get("global")
    local = [each for each in (*geos[:1], mantle) if each]  # what is surely the regional list
    split = world is not None and any(not alike(world, each) for each in (*geos[:1], regional) if each)
    if bare and (not split or (not local and regional and alike(regional, bare))):
        local = [bare, *local]
    made: dict[str, Model] = {}
    names = sorted({each for found in (*first.values(), *second.values()) for each in found["names"]})
    if regional or local:
        made[name] = _joined(name, regional, local, day, report)
    if world is not None and split:
        made[f"global.{name}"] = merged(f"global.{name}", first.get("global"), second.get("global"), day, report)
    made.update(_places(name, made.get(name), second, rulings))
    return _named(name, made, names, (world is not None, split), rulings)


def _joined(name: str, regional: Model | None, local: list[Model], day: str, report: Report) -> Model:
    """The first list, completed by every other that says the same: Mantle's has tiers that the other one leaves out."""
    base = merged(name, regional, local[0] if local else None, day, report)
    for more in local[1:]:
        if alike(base, more):
            base = {**merged(name, base, more, day, report), "confidence": base["confidence"]}
    return base


def _tenth(bare: Model, geo: Model) -> bool:
    one, other = bare["prices"][0]["rates"], geo["prices"][0]["rates"]
    return "input" in one and one["input"] * 11 == other.get("input", 0) * 10


def _places(name: str, base: Model | None, second: dict[str, Model], rulings: dict[str, Any]) -> dict[str, Model]:
    """Geographies whose rates differ, and every region that has a list; then the bare id is an estimate elsewhere."""
    found: dict[str, Model] = {}
    for where, model in second.items():
        if where in ("", "mantle", "global") or (REGION.match(where) is None and base and alike(base, model)):
            continue
        mark = "/" if REGION.match(where) else "."
        found[f"{where}{mark}{name}"] = {**copied(model), "confidence": "single source"}
        if mark == "." and f"{where}.{name}" in rulings["disputed"]:
            found[f"{where}.{name}"]["unsure"] = {"*": "sources disagree about this geography"}
    gov = [model for key, model in found.items() if "-gov-" in key]
    if len(gov) > 1 and alike(*gov[:2]):  # the GovCloud profile spans both regions, which have one list
        found.setdefault(f"us-gov.{name}", copied(gov[0]))
    regions = [model for key, model in found.items() if "/" in key and "-gov-" not in key]
    if base and any(not alike(base, model) for model in regions):
        base["unsure"] = {**base.get("unsure", {}), "*": "price differs by region"}
    return found


def _named(
    name: str, made: dict[str, Model], names: list[str], lists: tuple[bool, bool], rulings: dict[str, Any]
) -> dict[str, Model]:
    """Gives each entry the ids that AWS uses for it, whole, so that an exact name is found before a shortened one."""
    only, (world, split) = rulings["profiles_only"].get(name), lists
    for key, model in list(made.items()):
        lead = key[: len(key) - len(name)]
        model["names"] = sorted({f"{lead}{each}" for each in names} - {key})
        model["dated"] = True
    if not split and world and name in made:  # the global profile of an older model costs the same
        made[name]["names"] += [f"global.{each}" for each in sorted({name, *names})]
    if name.startswith("anthropic.claude") and name in made:
        short = [each.removeprefix("anthropic.") for each in (name, *names)]
        if split:  # Claude's own answers name the model without the profile that served it
            made[short[0]] = {
                **copied(made[name]),
                "names": sorted({*short[1:]} - {short[0]}),
                "unsure": {"*": "inference profile not stated"},
            }
        else:
            made[name]["names"] += sorted({*short})
    if only and name in made:  # sold through these profiles only: the bare id is nobody's
        model = made.pop(name)
        made[f"{only[0]}.{name}"] = {**model, "names": [f"{geo}.{name}" for geo in only[1:]]}
    return made
