"""Run by `benchmarks.prices` in an environment that has genai-prices and LiteLLM: import time and time of one look-up of each."""

from __future__ import annotations

import json
import time
import timeit
from typing import Any

CALLS = 300


def main() -> None:
    began = time.perf_counter()
    import genai_prices

    imported = time.perf_counter()
    usage = genai_prices.Usage(input_tokens=2000, output_tokens=500, cache_read_tokens=1500)
    genai = _best(lambda: genai_prices.calc_price(usage, "gpt-5.5", provider_id="openai"))
    between = time.perf_counter()
    import litellm
    from litellm.types.utils import PromptTokensDetailsWrapper
    from litellm.types.utils import Usage as Counts

    ready = time.perf_counter()
    details = PromptTokensDetailsWrapper(cached_tokens=1500)
    counts = Counts(prompt_tokens=2000, completion_tokens=500, total_tokens=2500, prompt_tokens_details=details)
    lite = _best(lambda: litellm.cost_per_token(model="gpt-5.5", custom_llm_provider="openai", usage_object=counts))
    rows = [
        ("genai-prices, one look-up", genai, "µs"),
        ("genai-prices, import", 1000 * (imported - began), "ms"),
        ("LiteLLM, one look-up", lite, "µs"),
        ("LiteLLM, import", 1000 * (ready - between), "ms"),
    ]
    print(json.dumps([{"what": what, "value": value, "unit": unit} for what, value, unit in rows]))


def _best(function: Any) -> float:
    return min(timeit.repeat(function, number=CALLS, repeat=5)) / CALLS * 1e6


if __name__ == "__main__":
    main()
