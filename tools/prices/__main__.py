"""Writes src/otel_tokens/price/prices/*.json: imported figures, cross-checked, under the rulings of price_rulings.toml.

Run it in a venv with `genai-prices==0.2.3`, with the wheel (or the JSON) of `litellm==1.109.1` beside it:

    pip install genai-prices==0.2.3 && pip download --no-deps litellm==1.109.1
    python tools/build_prices.py litellm-*.whl

Only figures are taken, never code or sentences; nothing here runs in a user's process. It prints every disagreement.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import price_sources
from price_rows import plain, show, tidy, written

HERE = Path(__file__).parent
OUT = HERE.parent / "src/otel_tokens/price/prices"
RULINGS: dict[str, Any] = tomllib.loads((HERE / "price_rulings.toml").read_text())
AZURE = "azure.ai.openai"
KINDS = ("gpt-", "o1", "o3", "o4", "text-embedding", "codex", "whisper", "tts", "computer-use", "chat-latest")
FILLED = frozenset({  # what the second source may add to a card that the first one has
    "cache_read", "write", "cache_write_1h", "cache_write_12h", "input_audio", "output_audio", "cache_read_audio",
    "input_image", "output_image", "cache_read_image",
})  # fmt: skip


def main(litellm: Path) -> None:
    books = {}
    for seller in ("openai", "anthropic"):
        second = price_sources.litellm(litellm, seller)
        books[seller] = book(seller, imported(seller, price_sources.genai(seller), second))
    books[AZURE] = book(AZURE, azure(price_sources.litellm(litellm, "azure", "azure/"), books["openai"]["models"]))
    digests = {}
    for seller, data in books.items():
        text = written(data)
        (OUT / f"{seller}.json").write_text(text)
        digests[seller] = hashlib.sha256(text.encode()).hexdigest()
        print(f"{seller}: {len(data['models'])} models, {len(text)} bytes")
    day = datetime.fromisoformat(RULINGS["version"]).replace(tzinfo=UTC)
    index = {
        "generated_by": data["generated_by"],
        "version": RULINGS["version"],
        "timestamp": day.timestamp(),
        "sellers": digests,
    }
    (OUT / "index.json").write_text(json.dumps(index, indent=1) + "\n")


def book(seller: str, models: dict[str, Any]) -> dict[str, Any]:
    ruling = RULINGS[seller]
    fallbacks = [pair for each in ruling.get("fallbacks", ()) for pair in each["pairs"]]
    optional = {key: ruling[key] for key in ("speeds", "geos", "uplifts") if key in ruling}
    return {
        "generated_by": "tools/build_prices.py: change tools/price_rulings.toml, then run it again",
        "seller": seller, "version": RULINGS["version"], "source": ruling["source"], "verified_on": RULINGS["imported_on"],
        "service_tiers": ruling["service_tiers"], "fees": ruling["fees"], "unsure": ruling["unsure"], "fallbacks": fallbacks,
        **optional, "models": {name: models[name] for name in sorted(models)},
    }  # fmt: skip


def imported(seller: str, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """genai-prices, completed from LiteLLM where both agree on the base rates, then the rulings."""
    ruling, models = RULINGS[seller], {}
    for found, model in first.items():
        if found in ruling["skip"]:
            continue
        name = ruling.get("rename", {}).get(found, found)
        other = next((second[each] for each in (name, *model["names"], *sorted(second)) if fits(each, name, model, second)), None)
        models[name] = entry(seller, name, model, other)
    for name in ruling["also"]:
        lone = {"names": [], "dated": False, **deepcopy(second[name])}
        lone["prices"][0]["tiers"] = {}  # one source is enough for a base rate, not for a tier
        models[name] = entry(seller, name, lone, None)
    for name, special in RULINGS["models"][seller].items():
        if "like" in special:
            models[name] = {**deepcopy(models[special["like"]]), "aliases": []}
        elif "rates" in special:
            models[name] = ruled(special)
        finish(models[name], special)
    for name, model in models.items():
        model["dated"] = model["dated"] and name not in ruling.get("undated", ())
        if name in ruling["uplift"]:
            model["uplift"] = True
    return {name: row(seller, name, model) for name, model in models.items()}


def fits(other: str, name: str, model: dict[str, Any], second: dict[str, Any]) -> bool:
    return other in second and (other in (name, *model["names"]) or other.startswith((f"{name}-202",)))


def entry(seller: str, name: str, model: dict[str, Any], other: dict[str, Any] | None) -> dict[str, Any]:
    ruling, prices = RULINGS[seller], model["prices"]
    last = prices[-1]
    confidence = "single source"
    if other and agree(last["rates"], other["prices"][0]["rates"]):
        confidence = "sources agree"
        complete(last, other["prices"][0])
    elif other:
        print(f"  {seller} {name}: first {show(last['rates'])}, second {show(other['prices'][0]['rates'])}")
    for price in prices:
        if seller != "anthropic":
            long_writes(price)
        for tier in ("batch", "flex") if price is not last else ():
            if last["tiers"].get(tier) == scaled(last, Decimal("0.5")):
                price["tiers"].setdefault(tier, scaled(price, Decimal("0.5")))
        if ruling.get("batch_is_half") and "batch" not in price["tiers"]:
            price["tiers"]["batch"] = scaled(price, Decimal("0.5"))
    if "image" in name and "input_image" in last["rates"]:
        last["rates"]["images"] = Decimal(0)  # billed by its tokens
    always = ruling.get("all_dated", False) or name in ruling["dated"]
    days = [alias[-10:] for alias in model["names"] if alias[-10:-8] == "20" and alias[:-11] == name]
    return {
        "aliases": model["names"], "dated": model["dated"] or always or bool(days),
        "released": min(days, default=None), "uplift": model.get("uplift") or bool(other and other["uplift"]),
        "prices": prices, "confidence": confidence,
    }  # fmt: skip


def agree(first: price_sources.Rates, second: price_sources.Rates) -> bool:
    """Whether both state the same input and output; the second may call an output by its modality."""
    outputs = {second.get(leaf) for leaf in ("output", "output_audio", "output_image")}
    return first.get("input") == second.get("input") and first.get("output") in outputs


def complete(card: dict[str, Any], other: dict[str, Any]) -> None:
    """Adds what only the second source has to a card of the first, standard and tiers, short and long context."""
    for leaf in FILLED & other["rates"].keys():
        card["rates"].setdefault(leaf, other["rates"][leaf])
    for tokens, rates in card["above"].items():
        for leaf, rate in other["above"].get(tokens, {}).items():
            rates.setdefault(leaf, rate)
    for tier, found in other.get("tiers", {}).items():
        if tier in card["tiers"]:
            complete_tier(card["tiers"][tier], found)
        elif tier == "ultrafast":
            card["tiers"][tier] = deepcopy(found)


def complete_tier(card: dict[str, Any], other: dict[str, Any]) -> None:
    """A tier is completed by cache writes only: a cached rate that its table leaves out is a question, not a gap."""
    for leaf in ("write", "cache_write_1h", "cache_write_12h"):
        if leaf in other["rates"]:
            card["rates"].setdefault(leaf, other["rates"][leaf])
        for tokens, rates in card["above"].items():
            if rate := other["above"].get(tokens, {}).get(leaf):
                rates.setdefault(leaf, rate)


def long_writes(price: dict[str, Any]) -> None:
    """OpenAI's 12-hour write is documented as 2.5x of input where the 30-minute one is 1.25x; published rates come first."""
    for card in (price, *price["tiers"].values()):
        for rates in (card["rates"], *card["above"].values()):
            if "write" in rates and "cache_write_1h" not in rates:
                rates.setdefault("cache_write_12h", rates["write"] * 2)


def scaled(price: dict[str, Any], by: Decimal) -> dict[str, Any]:
    return {
        "rates": {leaf: rate * by for leaf, rate in price["rates"].items()},
        "above": {tokens: {leaf: rate * by for leaf, rate in rates.items()} for tokens, rates in price["above"].items()},
    }


def ruled(special: dict[str, Any]) -> dict[str, Any]:
    """A model that neither source has, written out in the rulings from the vendor's page."""
    tokens, *_ = above = dict(special.get("above", {})).values()
    rates = {leaf: Decimal(rate) for leaf, rate in special["rates"].items()}
    long = {leaf: Decimal(rate) for leaf, rate in special["above"].items() if leaf != "tokens"}
    prices = []
    for row in (special, *([special["then"]] if "then" in special else [])):
        card = {"from": row.get("from"), "rates": dict(rates), "above": {tokens: dict(long)} if above else {}}
        prices.append({**card, "tiers": {tier: scaled(card, Decimal(times)) for tier, times in row["times"].items()}})
    return {"aliases": [], "dated": True, "released": None, "prices": prices, "confidence": "vendor page"}


def finish(model: dict[str, Any], special: dict[str, Any]) -> None:
    """What a ruling says about one model, over whatever was imported."""
    for key in ("released", "source", "unsure", "confidence"):
        if key in special:
            model[key] = special[key]
    dropped = special.get("drop_aliases", ())
    model["aliases"] = [alias for alias in model["aliases"] if alias not in dropped] + special.get("aliases", [])
    last = model["prices"][-1]
    if "above" in special and "rates" not in special:
        last["above"] = {special["above"]["tokens"]: {k: Decimal(v) for k, v in special["above"].items() if k != "tokens"}}
        last["tiers"]["batch"] = scaled(last, Decimal("0.5"))
    if "flat_from" in special:
        flat = deepcopy(last) | {"from": special["flat_from"], "above": {}}
        for card in flat["tiers"].values():
            card["above"] = {}
        model["prices"].append(flat)
    if before := special.get("cache_read_before"):
        earlier = deepcopy(last)
        earlier["rates"]["cache_read"], earlier["tiers"]["batch"]["rates"]["cache_read"] = map(
            Decimal, (before["rate"], before["batch"])
        )
        last["from"] = before["until"]
        model["prices"].insert(0, earlier)


def row(seller: str, name: str, model: dict[str, Any]) -> dict[str, Any]:
    return tidy(name, model, RULINGS[seller]["write"], RULINGS["tiers"]["openai" if seller == AZURE else seller])


def azure(second: dict[str, Any], openai: dict[str, Any]) -> dict[str, Any]:
    """Azure's Global Standard list from LiteLLM, checked against OpenAI's own."""
    models: dict[str, Any] = {}
    snapshots: dict[str, list[str]] = {}
    for name, found in second.items():
        stem = name[:-11] if name[-11:-8] == "-20" else None
        if stem in second and found["prices"][0]["rates"] == second[stem]["prices"][0]["rates"]:
            snapshots.setdefault(stem, []).append(name)
        elif name.startswith(KINDS):
            models[name] = found
    return {name: azure_entry(name, found, snapshots.get(name, []), openai) for name, found in models.items()}


def azure_entry(name: str, found: dict[str, Any], snapshots: list[str], openai: dict[str, Any]) -> dict[str, Any]:
    price = deepcopy(found["prices"][0])
    if found["web_search"]:
        price["rates"]["web_search"] = Decimal(found["web_search"])
    long_writes(price)
    rates = plain(price["rates"], RULINGS[AZURE]["write"])
    own = openai.get(name, {"prices": [{"rates": {}}]})["prices"][-1]["rates"]
    same = all(rates.get(leaf) == own.get(leaf) for leaf in ("input", "output"))
    dated = name[-11:-8] != "-20" and name not in RULINGS[AZURE]["undated"]
    model = {"aliases": snapshots, "dated": dated, "prices": [price], "confidence": "sources agree" if same else "single source"}
    return row(AZURE, name, model)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
