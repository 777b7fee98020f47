"""Calls of the real client to GPUs of one's own: what their spans and the metrics say, while the window runs and after it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from otel_tokens import semconv
from otel_tokens.price import pools, shelf
from otel_tokens.testing import Captured, capture
from otel_tokens.testing.server import Vendor
from otel_tokens.types import FEMTO
from tests.providers.kit import total
from tests.providers.openai import bodies, case

HELLO: list[Any] = [{"role": "user", "content": "hello"}]
BY_THE_HOUR = 'usd_per_gpu_hour = "3.6"\ngpus = 2\nk = 150\nemit = true\n'
LABELS = {use: frozenset({("pool", "hall"), ("use", use)}) for use in ("allocated", "idle")}


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with case.client(vendor.url, False) as client:
        yield client


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "prices.toml"
    monkeypatch.setenv("OTEL_TOKENS_PRICES", str(path))
    yield path
    shelf.use()


def stated(file: Path, vendor: Vendor, toml: str) -> Any:
    host = vendor.url.removeprefix("http://")
    file.write_text(f'[pools.hall]\nhosts = ["{host}"]\n{toml}')
    return capture()


def ask(oai: openai.OpenAI, vendor: Vendor, **travel: Any) -> Any:
    vendor.reply(json={**bodies.CHAT, "model": "llama"}, **travel)
    return oai.chat.completions.create(model="llama", messages=HELLO)


def settle() -> pools.Meter:
    meter = pools.meters["hall"]
    meter.end = time.perf_counter_ns()
    meter.advance(meter.end)
    return meter


def said(seen: Captured) -> dict[str, Any]:
    return dict(seen.calls[-1].attributes or {})


def test_a_call_costs_what_the_last_settled_window_says(vendor: Vendor, oai: openai.OpenAI, file: Path) -> None:
    """2061 in of which 1536 cached, 517 out: 525 + r × 517 tokens at the window's rate, r = 1 + 150 / 1."""
    with stated(file, vendor, BY_THE_HOUR) as seen:
        ask(oai, vendor)
        first = said(seen)
        assert (first[semconv.COST_STATUS], first[semconv.COST_REASON]) == ("unpriced", "pool has no settled window yet")
        assert semconv.COST not in first
        assert (first[semconv.SELLER], first[semconv.HOSTING]) == ("hall", "own")
        meter = settle()
        ask(oai, vendor)
        found = said(seen)
        assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("estimated", "pool: window rate, provisional")
        assert found[semconv.PRICE_SOURCE] == "pool hall"
        assert found[semconv.PRICE_OUTPUT] / found[semconv.PRICE_INPUT] == pytest.approx(151, rel=1e-4)
        assert found[semconv.COST] == pytest.approx(525e-6 * found[semconv.PRICE_INPUT] + 517e-6 * found[semconv.PRICE_OUTPUT])
        assert found[semconv.COST] == pytest.approx(meter.allocated / FEMTO, rel=1e-4), (
            "the same call as the only one of that window"
        )
        metrics = seen.metrics()
        capacity = metrics[semconv.CAPACITY.name]
        assert capacity == {LABELS["allocated"]: meter.allocated / FEMTO, LABELS["idle"]: meter.idle / FEMTO}
        assert total(seen, semconv.COST_TOTAL.name) == found[semconv.COST]


def test_calls_at_once_never_cost_more_than_the_pool(vendor: Vendor, oai: openai.OpenAI, file: Path) -> None:
    """Eight calls that last as long as one: each costs an eighth, not each the whole."""
    with stated(file, vendor, BY_THE_HOUR) as seen:
        vendor.reply(json=bodies.CHAT, delay=0.2, times=8)
        threads = [
            threading.Thread(target=oai.chat.completions.create, kwargs={"model": "llama", "messages": HELLO}) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        meter = settle()
        ask(oai, vendor)
        one = said(seen)[semconv.COST]
    assert 8 * one <= (meter.allocated + meter.idle) / FEMTO
    assert 8 * one == pytest.approx(meter.allocated / FEMTO, rel=1e-4)


def test_a_call_that_fails_or_is_left_runs_no_longer(vendor: Vendor, oai: openai.OpenAI, file: Path) -> None:
    with stated(file, vendor, BY_THE_HOUR) as seen:
        ask(oai, vendor)
        settle()
        vendor.fail(400)
        with pytest.raises(openai.BadRequestError):
            oai.chat.completions.create(model="llama", messages=HELLO)
        vendor.reply(sse=bodies.CHAT_EVENTS)
        with oai.chat.completions.create(model="llama", messages=HELLO, stream=True) as stream:
            next(iter(stream))
        assert pools.meters["hall"].running == 0
        failed, left = (dict(call.attributes or {}) for call in seen.calls[1:])
    assert (failed[semconv.OUTCOME], failed[semconv.COST_STATUS]) == ("failed", "unpriced")
    assert (left[semconv.OUTCOME], semconv.COST in left) == ("abandoned", False)


def test_a_pool_that_costs_nothing_more_is_unpriced(vendor: Vendor, oai: openai.OpenAI, file: Path) -> None:
    """Its calls have no cost; the pool's capacity does."""
    with stated(file, vendor, BY_THE_HOUR + "zero_marginal = true") as seen:
        ask(oai, vendor)
        found = said(seen)
        settle()
        assert total(seen, semconv.CAPACITY.name) > 0
        assert total(seen, semconv.COST_TOTAL.name) == 0
    assert found[semconv.COST_STATUS] == "unpriced"
    assert found[semconv.COST_REASON] == "pool without marginal cost: see otel_tokens.capacity.cost"
    assert semconv.COST not in found


def test_a_static_card_prices_from_the_first_call(vendor: Vendor, oai: openai.OpenAI, file: Path) -> None:
    """525 × $1 + 1536 × $0.10 + 517 × $4 per million, thinking as output; nothing is said of capacity without a price."""
    rates = 'rates = { input = 1, cache_read = "0.1", output = 4 }\nemit = true'
    with stated(file, vendor, rates) as seen:
        ask(oai, vendor)
        found = said(seen)
        assert semconv.CAPACITY.name not in seen.metrics()
    assert found[semconv.COST] == pytest.approx((525 + 153.6 + 2068) / 1e6)
    assert (found[semconv.COST_STATUS], found[semconv.COST_REASON]) == ("estimated", "pool: static rate card")
