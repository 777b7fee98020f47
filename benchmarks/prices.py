"""What a price costs: ours, and genai-prices and LiteLLM in an environment of theirs, one after the other in the same run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import timeit
from pathlib import Path
from typing import Any

from otel_tokens import price
from otel_tokens.price import book, cards, cost
from otel_tokens.types import Served, Usage
from tools import venvs

SCRIPT = Path(__file__).with_name("other_prices.py")
CALLS = 20_000


def figures() -> list[dict[str, Any]]:
    """Rows of what, value, unit, target."""
    return [*_ours(), *_first_use(), *_others()]


def _row(what: str, value: float, unit: str, target: str) -> dict[str, Any]:
    return {"what": f"price: {what}", "value": value, "unit": unit, "target": target}


def _ours() -> list[dict[str, Any]]:
    usage = Usage(input_tokens=2000, output_tokens=500, cache_read_tokens=1500, reasoning_tokens=100)
    served = Served("openai", "gpt-5.5", "api.openai.com", "default", at=1_795_000_000_000_000_000)
    card, leaves = cards.resolve(served), usage.leaves()

    def best(function: Any) -> float:
        return min(timeit.repeat(function, number=CALLS, repeat=9)) / CALLS * 1e6

    return [
        _row("the resolved card", best(lambda: cards.resolve(served)), "µs", "≤ 0.5"),
        _row("its four products, sum, saving and audit trail", best(lambda: cost.bill(leaves, 2000, card)), "µs", "–"),  # pyright: ignore[reportArgumentType]  # it is priced
        _row("a whole quote, from inclusive counts", best(lambda: price.quote(usage, served)), "µs", "–"),
    ]


def _first_use() -> list[dict[str, Any]]:
    took: dict[str, float] = {}
    for seller in book.index()["sellers"]:
        times: list[float] = []
        for _ in range(5):
            book.bundled.cache_clear()
            began = time.perf_counter()
            found = book.bundled(seller)
            if found:
                found.entry(next(iter(found)))
            times.append(1000 * (time.perf_counter() - began))
        took[seller] = min(times)
    worst = max(took, key=took.__getitem__)
    return [
        _row(f"first use of a seller, the median of {len(took)}", statistics.median(took.values()), "ms", "≤ 2"),
        _row(f"first use of the largest, {worst}", took[worst], "ms", "≤ 2"),
    ]


def _others() -> list[dict[str, Any]]:
    try:
        python = venvs.price_peers()
    except venvs.Unavailable as error:
        print(f"  genai-prices and LiteLLM left out: {error}", file=sys.stderr)
        return []
    environment = venvs.environment(LITELLM_LOCAL_MODEL_COST_MAP="True")
    said = subprocess.run([str(python), str(SCRIPT)], check=True, capture_output=True, text=True, env=environment).stdout
    return [_row(one["what"], one["value"], one["unit"], "theirs") for one in json.loads(said.splitlines()[-1])]
