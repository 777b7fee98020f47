"""GPUs of one's own: each method by hand, nothing lost between allocated and idle, and never a dollar more than the pool cost."""

import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_tokens import bill
from otel_tokens.price import pools, seller_of, shelf
from otel_tokens.price.overlay import Pool
from otel_tokens.price.windows import DEFAULT_K, Meter, Rates, Tokens, rates, worth
from otel_tokens.providers import PROVIDERS
from otel_tokens.types import FEMTO, LEAF_PART, Call, Cost, Served, Unpriced, Usage
from tests.price.calls import M, cost, reason

SECOND = 10**9
LLAMA = Served("gpu", "llama")
STATED = """
label = "hall 3"

[pools.gpu]
hosts = ["gpu.internal:8000"]
"""
BY_THE_HOUR = STATED + 'usd_per_gpu_hour = "3.6"\nwindow_seconds = 100\nk = 2\n'
LISTED = 'rates = { input = "0.10", cache_read = "0.01", output = "0.40" }\n'


def pool(**changes: object) -> Pool:
    """$3.60 an hour × 2 GPUs × half of them: a tenth of a cent a second, 10 cents a window; K = 2."""
    plain = Pool("gpu", (), (36, 10), 2, (5, 10), 100, 2, "separate", {}, (0, 1), zero_marginal=False, emit=False)
    return plain._replace(**changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_pools_after() -> Iterator[None]:
    yield
    shelf.use()


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


def use(file: Path, toml: str) -> Meter:
    file.write_text(toml)
    assert shelf.use(path=file).problems == ()
    return pools.meters["gpu"]


def ended(usage: Usage, *, engine: float | None = None, took: float = 0.0) -> Cost | Unpriced:
    """What a call of its own is told at its end."""
    ticket = pools.opened("gpu")
    assert ticket is not None
    time.sleep(took)
    found = pools.quote(ticket, usage, LLAMA, engine)
    pools.closed(ticket, usage)
    return found


def priced(usage: Usage, *, engine: float | None = None, took: float = 0.0) -> Cost:
    found = ended(usage, engine=engine, took=took)
    assert isinstance(found, Cost), found
    return found


def settle(meter: Meter) -> None:
    """The open window ends now instead of later."""
    meter.end = time.perf_counter_ns()
    meter.advance(meter.end)


# ------------------------------------------------------------------------------------------------ A: a static card


def test_a_static_card_is_an_estimate_that_says_so(stated: Path) -> None:
    """900k × $0.10 + 100k cached × $0.01 + 500k × $0.40 per million = 9 + 0.1 + 20 cents."""
    use(stated, STATED + LISTED)
    found = cost(Usage(M, M // 2, cache_read_tokens=M // 10), LLAMA)
    assert Decimal(found.total) / FEMTO == Decimal("0.291")
    assert (found.status, found.reason) == ("estimated", "pool: static rate card")
    assert found.price is not None
    assert (found.price.source, found.price.origin, found.price.version) == ("pool gpu", "overlay", "hall 3")
    assert cost(Usage(1), LLAMA._replace(model="any other")).total == 10**8
    assert ended(Usage(M, M // 2, cache_read_tokens=M // 10)) == found
    assert seller_of("openai", "gpu.internal", 8000) == ("gpu", "own")


def test_what_the_card_does_not_state_has_no_price(stated: Path) -> None:
    use(stated, STATED + 'rates = { input = "0.1", output = "0.4" }')
    assert reason(Usage(10, 1, cache_read_tokens=5), LLAMA) == "no rate for cache_read"
    assert cost(Usage(10, 10, reasoning_tokens=5), LLAMA).total == 5 * 10**9


# ------------------------------------------------------------------------------------------------ no marginal cost


@pytest.mark.parametrize("toml", [STATED, BY_THE_HOUR + "zero_marginal = true", STATED + "usd_per_gpu_hour = 0"])
def test_a_pool_without_marginal_cost_is_unpriced_never_free(stated: Path, toml: str) -> None:
    why = Unpriced("pool without marginal cost: see otel_tokens.capacity.cost")
    meter = use(stated, toml)
    assert ended(Usage(10, 10)) == why
    settle(meter)
    assert ended(Usage(10, 10), engine=1e-9) == why
    assert reason(Usage(10, 10), LLAMA) == why.reason


# ------------------------------------------------------------------------------------------------ B and C: windows


def test_a_window_by_hand() -> None:
    """One call ran from 0 to 40 s, one from 20 to 60 s, in a window of 100 s that cost 10 cents.

    Busy for 60 s of 100: 6 cents are allocated, 4 idle. On average 80 / 60 calls ran: r = 1 + 2 × 60 / 80 = 2.5.
    Weights: 1000 + 2.5 × 100 and 2000 + 2.5 × 400, together 4250; cached tokens weigh nothing.
    """
    meter = Meter(pool(), 0)
    meter.enter(0)
    meter.enter(20 * SECOND)
    meter.leave(Tokens(1000, 500, 100), 40 * SECOND)
    meter.leave(Tokens(2000, 0, 400), 60 * SECOND)
    assert (meter.rates, meter.allocated) == (None, 0)
    meter.advance(100 * SECOND)
    assert (meter.allocated, meter.idle) == (6 * FEMTO // 100, 4 * FEMTO // 100)
    assert meter.rates == Rates(6 * FEMTO // 100 // 4250, 0, 15 * FEMTO // 100 // 4250)
    meter.advance(1000 * SECOND)
    assert (meter.allocated, meter.idle) == (6 * FEMTO // 100, 94 * FEMTO // 100)


def test_cached_tokens_weigh_what_the_pool_says() -> None:
    """1000 + 0.1 × 5000 + 2 × 250 = 2000 for a tenth of a dollar; alone, so r = 1 + K / 1 with K = 1."""
    told = rates(pool(k=1, cached_weight=(1, 10)), FEMTO // 10, Tokens(1000, 5000, 250), 7, 7)
    assert told == Rates(FEMTO // 20_000, FEMTO // 200_000, FEMTO // 10_000)


def test_an_output_token_weighs_less_the_more_calls_share_the_reading_of_the_weights() -> None:
    """Its weight is 1 + K / N, of the constant where the pool states no K."""
    for running in (1, 16, 160):
        told = rates(pool(k=None), FEMTO, Tokens(10**6, 0, 10**6), 10**9, running * 10**9)
        assert told is not None
        assert told.output / told.fresh == pytest.approx(1 + DEFAULT_K / running)


def test_idle_time_can_be_laid_on_the_calls() -> None:
    meter = Meter(pool(idle="absorb"), 0)
    meter.enter(0)
    meter.leave(Tokens(fresh=1000), SECOND)
    meter.advance(200 * SECOND)
    assert meter.rates == Rates(FEMTO // 10_000, 0, 3 * FEMTO // 10_000)
    assert (meter.allocated, meter.idle) == (FEMTO // 10, FEMTO // 10), "a window without a call has nobody to bill"


def test_a_call_longer_than_a_window_is_billed_when_it_ends() -> None:
    meter = Meter(pool(), 0)
    meter.enter(50 * SECOND)
    meter.advance(290 * SECOND)
    assert (meter.allocated, meter.idle) == (0, 0), "it runs on: nobody has ended who could be billed"
    meter.leave(Tokens(fresh=10), 310 * SECOND)
    meter.advance(400 * SECOND)
    assert (meter.allocated, meter.idle) == (26 * FEMTO // 100, 14 * FEMTO // 100)


def test_time_of_calls_that_state_nothing_is_idle() -> None:
    meter = Meter(pool(), 0)
    meter.enter(0)
    meter.leave(Tokens(), 90 * SECOND)
    meter.advance(100 * SECOND)
    assert (meter.allocated, meter.idle, meter.rates) == (0, FEMTO // 10, None)


def test_many_calls_at_once_never_cost_more_than_the_pool() -> None:
    """Duration × GPU price would bill these fifty calls fifty times the pool."""
    meter = Meter(pool(), 0)
    for _ in range(50):
        meter.enter(0)
    for _ in range(50):
        meter.leave(Tokens(700, 0, 300), 100 * SECOND - 1)
    meter.advance(100 * SECOND)
    assert meter.rates is not None
    billed = 50 * (700 * meter.rates.fresh + 300 * meter.rates.output)
    naive = 50 * worth(meter.pool, 100 * SECOND - 1)
    assert billed <= meter.allocated <= worth(meter.pool, 100 * SECOND) == FEMTO // 10
    assert billed == pytest.approx(meter.allocated, rel=1e-9)
    assert naive == pytest.approx(50 * billed, rel=1e-6)


calls = st.lists(
    st.tuples(
        st.integers(0, 400 * SECOND),
        st.integers(0, 300 * SECOND),
        st.builds(Tokens, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)),
    ),
    max_size=30,
)


@given(calls, st.integers(1, 10**6), st.integers(1, 99), st.sampled_from(["separate", "absorb"]), st.integers(1, 500))
def test_allocated_and_idle_are_the_pool_s_cost_to_the_last_digit(
    drawn: list[tuple[int, int, Tokens]], price: int, share: int, idle: str, k: int
) -> None:
    meter = Meter(pool(usd_per_gpu_hour=(price, 1000), share=(share, 100), idle=idle, k=k), 0)
    begins = [(start, 1, Tokens()) for start, _, _ in drawn]
    ends = [(start + took, -1, tokens) for start, took, tokens in drawn]
    told = 0
    for at, step, tokens in sorted([*begins, *ends], key=lambda event: (event[0], -event[1])):
        before, unbilled, waiting = meter.allocated, meter.rates, meter.tokens
        meter.advance(at)
        if meter.allocated > before and meter.rates is not None and meter.rates is not unbilled:
            told = sum(rate * count for rate, count in zip(meter.rates, waiting, strict=True))
            assert told <= meter.allocated - before < told + sum(waiting) + 1
        meter.enter(at) if step > 0 else meter.leave(tokens, at)
        assert meter.allocated + meter.idle == worth(meter.pool, meter.start)
    assert meter.running == 0
    meter.advance(meter.end)
    assert meter.allocated + meter.idle == worth(meter.pool, meter.start)
    assert meter.start == meter.at


def test_a_span_carries_the_rate_of_the_last_window_that_settled(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR)
    usage = Usage(1000, 100, cache_read_tokens=400, reasoning_tokens=60)
    assert ended(usage) == Unpriced("pool has no settled window yet")
    settle(meter)
    assert meter.rates is not None
    found = priced(usage)
    assert found.parts == {
        "input": 600 * meter.rates.fresh, "cache_read": 0,
        "output": 40 * meter.rates.output, "reasoning": 60 * meter.rates.output,
    }  # fmt: skip
    assert found.total == sum(found.parts.values())
    assert found.saved == 400 * meter.rates.fresh
    assert (found.status, found.reason) == ("estimated", "pool: window rate, provisional")
    assert found.price is not None
    assert (found.price.source, found.price.origin) == ("pool gpu", "overlay")
    settle(meter)
    assert priced(usage).total != found.total, "what was told is not changed, what is told next is"


def test_the_static_card_speaks_until_a_window_has_settled(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR + LISTED)
    assert priced(Usage(10, 10)).reason == "pool: static rate card"
    settle(meter)
    assert priced(Usage(10, 10)).reason == "pool: window rate, provisional"


def test_what_is_not_a_token_has_no_share(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR)
    ended(Usage(10, 10))
    settle(meter)
    assert ended(Usage(10, 10, images=1)) == Unpriced("no rate for images")
    assert ended(Usage(10, 10, cache_read_tokens=11)) == Unpriced("inconsistent usage")
    assert reason(Usage(10, 10), LLAMA) == "pool without a static rate card", "a call of another process has no window here"
    assert Tokens.of(dict.fromkeys(LEAF_PART, 1)) == (9, 3, 5)


# ------------------------------------------------------------------------------------------------ D: engine timings


def test_the_engine_s_own_time_prices_a_call_that_ran_alone(stated: Path) -> None:
    """2 ms of $3.60 an hour are 2 millionths of a dollar, whatever the call waited for besides."""
    use(stated, BY_THE_HOUR)
    found = priced(Usage(700, 100), engine=0.002, took=0.003)
    assert (found.total, sum(found.parts.values())) == (2 * FEMTO // 10**6, found.total)
    assert (found.status, found.reason) == ("estimated", "pool: engine timings")
    assert found.parts["input"] == pytest.approx(0.7 * found.total), "weights at N = 1: 700 + 3 × 100"


def test_a_call_that_did_not_run_alone_is_not_priced_by_its_duration(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR)
    other = pools.opened("gpu")
    assert other is not None
    assert ended(Usage(10, 10), engine=0.001, took=0.002) == Unpriced("pool has no settled window yet")
    pools.closed(other, Usage(10, 10))
    settle(meter)
    first = pools.opened("gpu")
    assert first is not None
    ended(Usage(10, 10), took=0.002)
    found = pools.quote(first, Usage(10, 10), LLAMA, 0.001)
    assert isinstance(found, Cost)
    assert found.reason == "pool: window rate, provisional", "the other one had ended before"


@pytest.mark.parametrize("engine", [0.0, -1.0, 3600.0])
def test_timings_that_cannot_be_are_not_believed(stated: Path, engine: float) -> None:
    use(stated, BY_THE_HOUR)
    assert ended(Usage(10, 10), engine=engine, took=0.001) == Unpriced("pool has no settled window yet")


def test_timings_say_nothing_where_others_have_a_share(stated: Path) -> None:
    use(stated, BY_THE_HOUR + "share = 0.5")
    assert ended(Usage(10, 10), engine=0.001, took=0.002) == Unpriced("pool has no settled window yet")


def test_a_call_hands_its_engine_s_time_to_the_pool(stated: Path) -> None:
    use(stated, BY_THE_HOUR)
    (provider,) = (one for one in PROVIDERS if one.name == "openai")
    call = Call(provider, provider.routes["/chat/completions"], lambda *_: None)
    call.seller, call.response_model, call.usage = "gpu", "llama", Usage(700, 100)
    call.ticket, call.engine_seconds = pools.opened("gpu"), 0.001
    time.sleep(0.002)
    found = bill.priced(call, call.usage, None)
    assert (isinstance(found, Cost) and found.total) == FEMTO // 10**6
    call.outcome = "abandoned"
    found = bill.priced(call, call.usage, None)
    assert found.reason == "pool: engine timings; partial usage"


# ------------------------------------------------------------------------------------------------ the capacity of a pool


def test_only_who_is_told_to_speaks_for_a_pool(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR)
    settle(meter)
    assert pools.capacity() == {}
    meter = use(stated, BY_THE_HOUR + "emit = true")
    assert pools.capacity() == {("gpu", "allocated"): 0, ("gpu", "idle"): 0}
    settle(meter)
    cost = worth(meter.pool, meter.start - meter.origin)
    assert pools.capacity() == {("gpu", "allocated"): 0, ("gpu", "idle"): cost}
    assert cost > 0


def test_a_forked_child_begins_without_calls_and_speaks_for_no_pool(stated: Path) -> None:
    """Also where another thread held the lock at the fork, and though a call that it inherits ends in it."""
    stated.write_text(BY_THE_HOUR + "emit = true")
    program = (
        "import os, sys\n"
        "from otel_tokens.price import pools, shelf\n"
        "from otel_tokens.types import Usage\n"
        "shelf.use(path=sys.argv[1])\n"
        "inherited = pools.opened('gpu')\n"
        "pools._lock.acquire()\n"
        "if os.fork() == 0:\n"
        "    pools.closed(inherited, Usage(10, 10))\n"
        "    assert (pools.meters['gpu'].running, any(pools.meters['gpu'].tokens), pools.capacity()) == (0, False, {})\n"
        "    os._exit(0)\n"
        "assert os.wait()[1] == 0\n"
        "assert (pools.meters['gpu'].running, len(pools.capacity())) == (1, 2)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(stated)], check=True, timeout=30)


def test_another_price_holds_from_when_it_is_read(stated: Path) -> None:
    """The calls that run go on; what was until then is settled at the old price, a tenth of the new one."""
    meter = use(stated, BY_THE_HOUR)
    ticket = pools.opened("gpu")
    stated.write_text(BY_THE_HOUR.replace("3.6", "36"))
    assert shelf.look().problems == ()
    assert pools.meters["gpu"] is meter
    assert (meter.running, meter.pool.usd_per_gpu_hour) == (1, (36, 1))
    past = meter.allocated + meter.idle
    assert ticket is not None
    pools.closed(ticket, Usage(10, 10))
    settle(meter)
    assert meter.allocated + meter.idle == past + worth(meter.pool, meter.start - meter.origin)
    assert worth(meter.pool, 100 * SECOND) == FEMTO
    stated.write_text(STATED.replace("gpu]", "other]"))
    assert shelf.look().problems == ()
    assert list(pools.meters) == ["other"]
    assert pools.opened("gpu") is None


def test_threads_lose_nothing(stated: Path) -> None:
    meter = use(stated, BY_THE_HOUR)

    def work() -> None:
        for _ in range(300):
            ended(Usage(10, 10))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (meter.running, meter.tokens) == (0, Tokens(24_000, 0, 24_000))
    settle(meter)
    assert meter.allocated + meter.idle == worth(meter.pool, meter.start - meter.origin)


def test_a_pool_keeps_sums_and_no_calls() -> None:
    meter = Meter(pool(), 0)

    def many(since: int) -> None:
        for number in range(since, since + 5000):
            meter.enter(number * SECOND)
            meter.leave(Tokens(10, 0, 10), number * SECOND + SECOND // 2)

    many(0)
    tracemalloc.start()
    try:
        many(5000)
        assert tracemalloc.get_traced_memory()[0] < 5000
    finally:
        tracemalloc.stop()


# ------------------------------------------------------------------------------------------------ the file


def test_the_example_of_the_docs(stated: Path) -> None:
    """The file of docs/pools.md is understood, and its window comes out as it says."""
    text = (Path(__file__).parents[2] / "docs" / "pools.md").read_text("utf-8")
    stated.write_text(text.partition("```toml\n")[2].partition("```")[0])
    assert shelf.use(path=stated).problems == ()
    meter = Meter(pools.meters["hall"].pool, 0)
    document, chat = Tokens(2000, 6000, 200), Tokens(500, 0, 800)
    ends = [document, chat] * 30
    for at in range(0, 240, 30):  # eight calls at once for 240 s
        for _ in range(8):
            meter.enter(at * SECOND)
        for _ in range(8):
            meter.leave(ends.pop() if ends else Tokens(), (at + 30) * SECOND)
    meter.advance(300 * SECOND)
    assert (meter.allocated, meter.idle) == (4 * FEMTO // 10, FEMTO // 10)
    assert meter.rates is not None
    assert (round(meter.rates.fresh / 1e9, 3), round(meter.rates.output / 1e9, 2)) == (0.567, 11.91)
    bills = [sum(rate * count for rate, count in zip(meter.rates, one, strict=True)) / FEMTO for one in (document, chat)]
    assert [round(bill, 6) for bill in bills] == [0.003518, 0.009816]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("share = 1.5", "line 6: pools.gpu.share: must be at most 1"),
        ("share = 0", "line 6: pools.gpu.share: must be above 0"),
        ("cached_weight = 2", "line 6: pools.gpu.cached_weight: must be at most 1"),
        ("emit = 1", "line 6: pools.gpu.emit: must be true or false"),
        ("gpu = 1", "gpu is not a key here, do you mean gpus?"),
        ("zero_marginal = true\nrates = { input = 1 }", "line 4: pools.gpu: either zero_marginal or rates"),
        ("[pools.openai]\nhosts = ['x']", "line 6: pools.openai: a seller has this name: choose another"),
        ("[sellers.gpu]\nhosts = ['x']", "line 4: pools.gpu: a seller has this name: choose another"),
    ],
)
def test_what_is_wrong_with_a_pool_is_said(stated: Path, line: str, problem: str) -> None:
    stated.write_text(STATED + line)
    (told,) = shelf.use(path=stated).problems
    assert problem in told
    assert pools.meters == {}
