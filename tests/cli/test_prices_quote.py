"""`otel-tokens prices quote`: one answer for each line, exact, in order, as it goes; a bad line is told and the rest goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.asking import Book, piped, questions

SOL = {"provider": "openai", "model": "gpt-5.6-sol", "usage": {"input_tokens": 1000, "output_tokens": 1000}}
FIELDS = ["id", "amount", "currency", "status", "reason", "source", "valid_from", "price_version", "usage"]


class Quotes:
    def __init__(self, book: Book, folder: Path) -> None:
        self.book, self.folder, self.code, self.errors = book, folder, 0, ""

    def __call__(self, *lines: dict[str, Any] | str, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        path = questions(self.folder / "questions.jsonl", lines)
        self.code, out, self.errors = self.book.ask("prices", "quote", path, *options)
        return [json.loads(line) for line in out.splitlines()]

    def one(self, **line: Any) -> dict[str, Any]:
        return self({"provider": "openai", "model": "gpt-4.1", **line})[0]


@pytest.fixture
def quote(book: Book, tmp_path: Path) -> Quotes:
    return Quotes(book, tmp_path)


def test_the_answer_has_exactly_the_promised_fields_and_the_exact_amount(quote: Quotes) -> None:
    found = quote.one(id="x", at="2026-11-21", usage={"input_tokens": 1000, "cache_read_tokens": 400, "output_tokens": 7})
    assert list(found) == FIELDS
    assert (found["id"], found["amount"], found["currency"]) == ("x", "0.001456", "USD")
    assert (found["status"], found["reason"]) == ("exact", None)
    assert found["source"].startswith("https://")
    assert found["usage"] == {"input_tokens": 1000, "output_tokens": 7, "cache_read_tokens": 400}
    assert quote.code == 0


def test_the_price_is_that_of_the_instant_of_the_call(quote: Quotes) -> None:
    instants = [
        "2026-08-20T23:59:59.999Z",
        "2026-08-21",
        "2026-08-21T01:00:00+02:00",
        "2026-08-21T02:00:00+02:00",
        "2026-08-21T00:00:00",
    ]
    found = quote(*({**SOL, "at": at} for at in instants))
    assert [one["amount"] for one in found] == ["0.035", "0.024", "0.035", "0.024", "0.024"]
    assert [one["valid_from"] for one in found] == [None, *["2026-08-21T00:00:00Z", None, *["2026-08-21T00:00:00Z"] * 2]]


def test_amounts_are_plain_decimals_without_trailing_zeros(quote: Quotes) -> None:
    counts = [0, 1, 500_000, 10**12]
    found = [one["amount"] for one in quote(*({**SOL, "model": "gpt-4.1", "usage": {"input_tokens": n}} for n in counts))]
    assert found == ["0", "0.000002", "1", "2000000"]


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(quote: Quotes) -> None:
    usage = {"input_tokens": 1}
    bad = [
        "no json", "[1]", "", {"id": 1, "provider": "openai", "usage": usage},
        {"id": 2, "provider": ["openai"], "model": "m", "usage": usage}, {"id": 3, "model": "gpt-4.1", "usage": usage},
        {**SOL, "id": 4, "at": "soon"}, {**SOL, "id": 5, "at": 5}, {**SOL, "id": 6, "usage": 5}, {**SOL, "id": 7, "batch": "yes"},
        {**SOL, "id": 8, "service_teir": "flex"}, {**SOL, "id": 9, "calls": 0}, '{"id": NaN}', "[" * 100_000,
    ]  # fmt: skip
    found = quote(*bad, {**SOL, "id": "good"})
    told = ["line 1", "line 2", "line 4", *(f"line {n}" for n in range(5, 15))]
    assert [f"line {one['line']}" for one in found[:-1]] == told
    assert [one["id"] for one in found] == [None, None, 1, 2, 3, 4, 5, 6, 7, 8, 9, None, None, "good"]
    assert all(one["error"] and set(one) == {"id", "line", "error"} for one in found[:-1])
    assert "amount" in found[-1]
    assert "service_tier" in found[9]["error"]
    assert quote.code == 1


@pytest.mark.parametrize("count", [1.5, -1, "7", True, [], 1e300])
def test_what_is_no_count_is_an_error(quote: Quotes, count: object) -> None:
    assert "usage.input_tokens must be a whole number" in quote.one(usage={"input_tokens": count})["error"]


def test_an_integral_float_is_a_count_and_null_is_not_reported(quote: Quotes) -> None:
    assert quote.one(usage={"input_tokens": 1e3, "output_tokens": None})["usage"] == {"input_tokens": 1000}


def test_a_usage_key_that_is_not_known_leaves_no_amount_unless_it_says_nothing(quote: Quotes) -> None:
    found = quote.one(usage={"input_tokens": 10, "magic_tokens": 1})
    assert (found["amount"], found["status"]) == (None, "unpriced")
    assert "magic_tokens" in found["reason"]
    assert quote.code == 0
    assert quote.one(usage={"input_tokens": 10, "magic_tokens": 0, "other": None})["amount"] == "0.00002"


def test_the_names_of_the_conventions_are_read(quote: Quotes) -> None:
    plain = quote.one(usage={"input_tokens": 1000, "cache_read_tokens": 900, "output_tokens": 10})
    otel = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.cache_read.input_tokens": 900, "gen_ai.usage.output_tokens": 10}
    assert quote.one(usage=otel) == plain
    assert quote.one(usage={"input_tokens": 1000, "cache_read_input_tokens": 900, "output_tokens": 10}) == plain


def test_anthropics_own_spelling_could_mean_another_input_and_is_not_guessed(quote: Quotes) -> None:
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 900}
    found = quote.one(provider="anthropic", model="claude-opus-4-6", usage=usage)
    assert found["amount"] is None
    assert "cache_read_input_tokens" in found["reason"]
    prefixed = {f"gen_ai.usage.{name}": count for name, count in usage.items()}
    assert quote.one(provider="anthropic", model="claude-opus-4-6", usage=prefixed)["status"] == "exact"


def test_a_count_that_is_said_twice_must_be_the_same(quote: Quotes) -> None:
    both = {"input_tokens": 10, "gen_ai.usage.input_tokens": 10}
    assert quote.one(usage=both)["amount"] == "0.00002"
    assert "twice" in quote.one(usage={**both, "input_tokens": 11})["error"]


def test_how_it_was_served_decides_the_rate(quote: Quotes) -> None:
    usage = {"input_tokens": 1_000_000 - 800_000}
    said = [{}, {"batch": True}, {"service_tier": "flex"}, {"service_tier": "priority"}, {"server_address": "eu.api.openai.com"}]
    found = quote(*({**SOL, "at": "2026-09-01", "usage": usage, **more} for more in said))
    assert [one["amount"] for one in found] == ["0.8", "0.4", "0.4", "1.6", "0.88"]


@pytest.mark.parametrize("address", ["api.anthropic.com", "API.anthropic.com:443", "https://api.anthropic.com/v1/messages"])
def test_the_host_decides_who_sold_it(quote: Quotes, address: str) -> None:
    found = quote.one(model="claude-sonnet-4-6", provider="openai", server_address=address, usage={"input_tokens": 1_000})
    assert found["amount"] == "0.003"


def test_a_host_that_nobody_knows_leaves_it_to_the_provider(quote: Quotes) -> None:
    assert quote.one(server_address="gateway.example.com", usage={"input_tokens": 500_000})["amount"] == "1"
    (stranger,) = quote({"model": "gpt-4.1", "server_address": "gateway.example.com", "usage": {}})
    assert (stranger["amount"], stranger["status"]) == (None, "unpriced")
    assert "nobody is known to sell at gateway.example.com" in stranger["reason"]


def test_a_provider_that_nobody_knows_is_unpriced_and_the_nearest_names_are_said(quote: Quotes) -> None:
    found = quote.one(provider="opnai", usage={"input_tokens": 1})
    assert (found["amount"], found["status"], quote.code) == (None, "unpriced", 0)
    assert "did you mean openai" in found["reason"]


@pytest.mark.parametrize(
    "names",
    [
        ("google", "gemini", "gcp.gemini", "Google"), ("vertex", "vertex_ai", "gcp.vertex_ai"), ("aws", "bedrock", "aws.bedrock"),
        ("azure", "azure_openai", "azure.ai.openai"), ("xai", "x_ai", "XAI"), ("mistral", "mistral_ai"),
    ],
)  # fmt: skip
def test_the_short_names_of_providers_are_known(quote: Quotes, names: tuple[str, ...]) -> None:
    found = quote(*({**SOL, "provider": name, "model": "no-such-model"} for name in names))
    assert [one.get("reason") for one in found] == ["unknown model"] * len(names)


def test_a_sum_over_calls_has_its_length_tested_on_the_mean(quote: Quotes) -> None:
    usage, sol = {"input_tokens": 600_000}, {**SOL, "model": "gpt-5.5"}
    one, many, few, short = quote(
        {**sol, "usage": usage, "calls": 1}, {**sol, "usage": usage, "calls": 1000}, {**sol, "usage": usage, "calls": 2},
        {**sol, "usage": {"input_tokens": 200_000}, "calls": 5},
    )  # fmt: skip
    assert (one["amount"], one["status"]) == ("6", "exact")
    assert (many["amount"], many["status"], many["reason"]) == ("3", "estimated", "size of each call not known")
    assert (few["amount"], few["status"]) == ("6", "estimated")  # the mean is above, but one of them may not be
    assert (short["amount"], short["status"]) == ("1", "exact")


def test_requests_are_a_fee_only_where_there_is_one(quote: Quotes) -> None:
    assert quote.one(usage={"input_tokens": 500_000, "requests": 9})["amount"] == "1"
    sonar = {"provider": "perplexity", "model": "sonar"}
    fee, without = quote({**sonar, "usage": {"input_tokens": 1000, "requests": 2}}, {**sonar, "usage": {"input_tokens": 1000}})
    assert Decimal(fee["amount"]) > Decimal(without["amount"])
    assert (without["status"], "requests" in without["reason"]) == ("estimated", True)


def test_seconds_are_milliseconds(quote: Quotes) -> None:
    found = quote.one(model="whisper-1", usage={"audio_seconds": 60.0})
    assert (found["amount"], found["usage"]) == ("0.006", {"audio_ms": 60_000})
    assert quote.one(model="whisper-1", usage={"audio_seconds": 0.0015})["usage"] == {"audio_ms": 2}
    assert "seconds" in quote.one(model="whisper-1", usage={"audio_seconds": -1})["error"]


def test_unknown_is_never_zero(quote: Quotes) -> None:
    found = quote({**SOL, "model": "gpt-99"}, {**SOL, "usage": {}}, {**SOL, "usage": {"input_tokens": 1, "cache_read_tokens": 2}})
    assert [(one["amount"], one["status"], one["currency"]) for one in found] == [(None, "unpriced", None)] * 3
    assert [one["reason"] for one in found] == ["unknown model", "no usage", "inconsistent usage"]
    assert quote.code == 0


CHAT = {
    "object": "chat.completion", "model": "gpt-5.6-sol-2026-07-09", "service_tier": "flex",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}},
}  # fmt: skip
MESSAGE = {
    "type": "message", "role": "assistant", "model": "claude-opus-4-6", "stop_reason": "end_turn", "content": [],
    "usage": {"input_tokens": 3, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 0, "output_tokens": 10},
}  # fmt: skip


def test_a_response_is_read_as_the_provider_sent_it(quote: Quotes) -> None:
    chat = {"provider": "openai", "api": "chat.completions", "at": "2026-09-01"}
    body, text, claude = quote(
        {**chat, "response": CHAT, "service_tier": "priority"}, {**chat, "response": json.dumps(CHAT)},
        {"provider": "anthropic", "api": "messages", "response": MESSAGE},
    )  # fmt: skip
    assert (body["amount"], body["status"]) == ("0.00228", "exact")  # flex, as the answer says: 600 × 2 + 400 × 0.2 + 100 × 10
    assert body["usage"] == {"input_tokens": 1000, "output_tokens": 100, "cache_read_tokens": 400}
    assert text["amount"] == body["amount"]
    assert (claude["amount"], claude["usage"]["input_tokens"]) == ("0.000765", 1003)  # its input_tokens leave the cache out


def test_a_response_that_says_its_cost_is_believed(quote: Quotes) -> None:
    stated = {**CHAT, "model": "openai/gpt-5.6-sol", "usage": {"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.00123}}
    found = quote({"provider": "openrouter", "api": "chat.completions", "response": stated})[0]
    assert (found["amount"], found["status"], found["source"]) == ("0.00123", "provider", "provider")


def test_a_response_that_cannot_be_read_has_no_amount_or_is_an_error(quote: Quotes) -> None:
    chat = {"provider": "openai", "api": "chat.completions"}
    bodies = [{}, {"error": {"message": "no"}}, {**CHAT, "usage": {"prompt_tokens": "many"}}, "not JSON", []]
    found = quote(*({**chat, "response": body} for body in bodies))
    assert [(one["amount"], one["status"]) for one in found] == [(None, "unpriced")] * 5
    assert all(one["reason"] for one in found)
    assert quote.code == 0
    wrong = quote({**chat, "response": 5}, {**SOL, "response": CHAT}, {**chat, "response": CHAT, "headers": 5})
    assert ["error" in one for one in wrong] == [True] * 3


def test_parts_sum_to_the_amount_and_come_only_when_asked_for(quote: Quotes) -> None:
    usage = {"input_tokens": 300_000, "cache_read_tokens": 1, "output_tokens": 77, "web_search_requests": 3}
    found = quote({**SOL, "usage": usage, "model": "gpt-5.6"}, options=("--parts",))[0]
    assert list(found) == [*FIELDS, "parts", "seller", "model", "service_tier"]
    assert sum(map(Decimal, found["parts"].values())) == Decimal(found["amount"])
    assert (found["seller"], found["model"], found["service_tier"]) == ("openai", "gpt-5.6-sol", "standard")


def test_an_answer_is_there_before_the_next_question() -> None:
    command = [sys.executable, "-m", "otel_tokens.cli", "prices", "quote"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(json.dumps({**SOL, "id": number}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number


def test_any_bytes_and_any_line_ends_come_through_a_pipe() -> None:
    good = json.dumps({**SOL, "id": "\ud800é"}).encode()
    done = piped("prices", "quote", text=b"\xef\xbb\xbf" + good + b"\r\n\xff\n\n" + good)
    lines = [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]
    assert done.returncode == 1
    assert [("amount" in line, line["id"]) for line in lines] == [(True, "\ud800é"), (False, None), (True, "\ud800é")]
    assert lines[1]["line"] == 2


def test_a_file_that_cannot_be_read_says_so(quote: Quotes) -> None:
    code, _, errors = quote.book.ask("prices", "quote", "nowhere.jsonl")
    assert code == 1
    assert "cannot read nowhere.jsonl" in errors


def test_thousands_of_lines_a_second(quote: Quotes) -> None:
    """The aim is 20,000 on an idle machine; here only that nothing is read again for every line."""
    started = time.perf_counter()
    found = quote(*({**SOL, "id": number} for number in range(5000)))
    assert [one["id"] for one in found] == list(range(5000))
    assert time.perf_counter() - started < 5
