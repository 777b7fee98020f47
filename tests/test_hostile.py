"""Whatever goes wrong around us or in us, the program gets its answer, and a number is lost at the most."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import openai
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult

from otel_tokens import TokensInstrumentor, agent, guard, ledger, price, record, rollup, semconv, totals, workflow
from otel_tokens.patch import pending
from otel_tokens.testing.server import Vendor
from otel_tokens.usage import Reader
from tests.providers.openai import bodies, case

SRC = str(Path(price.__file__).parents[2])
ASK: dict[str, Any] = {"model": "gpt-5", "messages": [{"role": "user", "content": "2+2?"}]}


class Watched:
    """otel-tokens as in production: its own errors are swallowed and counted."""

    def __init__(self, provider: TracerProvider) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.provider = provider
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader], shutdown_on_exit=False)

    def __enter__(self) -> Self:
        ledger.forget()
        guard.errors.clear()
        TokensInstrumentor().instrument(tracer_provider=self.provider, meter_provider=self.meters)
        return self

    def __exit__(self, *_: object) -> None:
        TokensInstrumentor().uninstrument()
        self.meters.shutdown()
        ledger.forget()
        pending.forget()
        guard.errors.clear()

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    with Vendor() as server:
        monkeypatch.setenv("OTEL_TOKENS_SELLERS", f"{server.url.removeprefix('http://')}=openai")
        yield server
    price.sellers.reset()


@pytest.fixture
def oai(vendor: Vendor) -> Iterator[openai.OpenAI]:
    with case.client(vendor.url, False) as client:
        yield client


def use(vendor: Vendor, oai: openai.OpenAI) -> list[object]:
    """What a program gets: an answer, a stream, a stream that it left, an error; under steps and without."""
    got: list[object] = []
    for _ in range(2):
        vendor.reply(json=bodies.CHAT)
        got.append(oai.chat.completions.create(**ASK))
        vendor.reply(sse=bodies.CHAT_EVENTS)
        got.append(list(oai.chat.completions.create(**ASK, stream=True)))
        vendor.reply(sse=bodies.CHAT_EVENTS)
        with oai.chat.completions.create(**ASK, stream=True) as stream:
            got.append(next(stream))
        vendor.reply(json=bodies.CHAT)
        with oai.chat.completions.with_streaming_response.create(**ASK) as response:
            got.append(response.json())
        vendor.fail(400)
        try:
            oai.chat.completions.create(**ASK)
        except openai.BadRequestError as error:
            got.append(str(error))
    return got


def in_steps(what: Callable[[], list[object]]) -> list[object]:
    @agent("writer")
    def write() -> Iterator[list[object]]:
        yield what()

    with workflow("research"):
        return next(iter(write()))


# ------------------------------------------------------------------------------------------------ faults of ours


def boom(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("ours")


STAGES: list[tuple[Any, str]] = [
    (record, "attributes"),
    (record, "key_of"),
    (record, "cache_status"),
    (price, "quote"),
    (price, "model_tier"),
    (rollup, "climb"),
    (rollup, "carried_context"),
    (totals, "of_bare_call"),
    (ledger, "add"),
    (ledger, "point"),
    (Reader, "see"),
]


@pytest.mark.parametrize(("holder", "name"), STAGES, ids=lambda value: value if isinstance(value, str) else value.__name__)
def test_a_stage_that_raises_costs_a_number_never_an_answer(
    vendor: Vendor, oai: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, holder: Any, name: str
) -> None:
    """The user's answers, streams and errors are the same, every span ends all the same, and the error is counted."""
    assert callable(getattr(holder, name))
    bare = use(vendor, oai)
    with Watched(TracerProvider(shutdown_on_exit=False)) as ours:
        monkeypatch.setattr(holder, name, boom)
        assert use(vendor, oai) == bare
        assert in_steps(lambda: use(vendor, oai)) == bare
        assert len(ours.spans) == 2 * len(bare) + 2
        assert sum(guard.errors.values()) > 0 or name in {"of_bare_call", "carried_context"}


@pytest.mark.parametrize("name", ["seller_of"])
def test_a_call_that_cannot_be_opened_is_not_seen_and_not_hurt(
    vendor: Vendor, oai: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bare = use(vendor, oai)
    with Watched(TracerProvider(shutdown_on_exit=False)) as ours:
        monkeypatch.setattr(price, name, boom)
        assert use(vendor, oai) == bare
        assert ours.spans == ()
        assert guard.errors["open"] == len(bare)


@pytest.mark.parametrize(
    ("holder", "name"), [(rollup, "open_step"), (rollup, "finish"), (rollup, "totals"), (rollup, "step_above")]
)
def test_a_step_that_cannot_be_kept_is_a_plain_block(
    vendor: Vendor, oai: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, holder: Any, name: str
) -> None:
    bare = use(vendor, oai)
    with Watched(TracerProvider(shutdown_on_exit=False)):
        monkeypatch.setattr(holder, name, boom)
        assert in_steps(lambda: use(vendor, oai)) == bare
        assert sum(guard.errors.values()) > 0


def test_the_first_error_of_a_kind_is_told_once(
    vendor: Vendor, oai: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard, "_told", set())
    with Watched(TracerProvider(shutdown_on_exit=False)), caplog.at_level(logging.WARNING, "otel_tokens"):
        monkeypatch.setattr(record, "attributes", boom)
        use(vendor, oai)
        assert guard.errors["settle"] > 1
    assert len([entry for entry in caplog.records if entry.name == "otel_tokens"]) == 1


# ------------------------------------------------------------------------------------------------ faults of others


class BadStart(SpanProcessor):
    def on_start(self, span: Span, parent_context: object = None) -> None:
        raise ZeroDivisionError("theirs")


class BadEnd(SpanProcessor):
    def on_end(self, span: ReadableSpan) -> None:
        raise ZeroDivisionError("theirs")


class BadExporter(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise ZeroDivisionError("theirs")


class BadSampler(Sampler):
    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        raise ZeroDivisionError("theirs")

    def get_description(self) -> str:
        return "bad"


def provider_with(*processors: SpanProcessor, **options: Any) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False, **options)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


HOSTILE: dict[str, Callable[[], TracerProvider]] = {
    "a processor that raises at the start": lambda: provider_with(BadStart()),
    "a processor that raises at the end": lambda: provider_with(BadEnd()),
    "an exporter that raises": lambda: provider_with(SimpleSpanProcessor(BadExporter())),
    "a sampler that raises": lambda: provider_with(sampler=BadSampler()),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_provider_hurts_nobody(vendor: Vendor, oai: openai.OpenAI, what: str) -> None:
    bare = use(vendor, oai)
    with Watched(HOSTILE[what]()):
        assert use(vendor, oai) == bare
        assert in_steps(lambda: use(vendor, oai)) == bare


def test_a_span_that_allows_no_attribute_of_ours_gets_a_call_of_its_own(vendor: Vendor, oai: openai.OpenAI) -> None:
    """A foreign LLM span with slots cannot be asked to wait: the call has its own span, and is counted once."""
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

    class Slotted(NonRecordingSpan):
        __slots__ = ()
        attributes = {semconv.OPERATION: "chat"}  # noqa: RUF012 - as a foreign span may have it

        def is_recording(self) -> bool:
            return True

        def __setattr__(self, name: str, value: object) -> None:
            if name == "end":
                raise AttributeError(name)
            super().__setattr__(name, value)

    span = Slotted(SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)))
    with Watched(TracerProvider(shutdown_on_exit=False)) as ours, use_span(span):
        vendor.reply(json=bodies.CHAT)
        oai.chat.completions.create(**ASK)
        assert [(one.attributes or {})[semconv.COST] for one in ours.spans] == [0.00601825]
        assert guard.errors == {}


# ------------------------------------------------------------------------------------------------ settings, processes


@pytest.mark.parametrize(
    "variable", ["OTEL_TOKENS_STREAM_USAGE", "OTEL_TOKENS_SELLERS", "OTEL_TOKENS_BAGGAGE", "OTEL_TOKENS_DRAFT_COST"]
)
def test_a_setting_that_is_not_understood_is_told_and_ignored(
    vendor: Vendor, oai: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str
) -> None:
    bare = use(vendor, oai)
    monkeypatch.setenv(variable, "=,nonsense,=")
    with caplog.at_level(logging.WARNING, "otel_tokens"), Watched(TracerProvider(shutdown_on_exit=False)) as ours:
        assert use(vendor, oai) == bare
        assert len(ours.spans) == len(bare)
    assert [entry.getMessage() for entry in caplog.records if variable in entry.getMessage()]


def test_threads_that_instrument_and_ask_at_once_hurt_nobody(vendor: Vendor, oai: openai.OpenAI) -> None:
    """Going on and off while calls run: every answer arrives, and the classes are clean in the end."""
    before = dict(vars(openai._base_client.SyncAPIClient))  # type: ignore[attr-defined]
    vendor.reply(json=bodies.CHAT, times=80)
    answers: list[Any] = []

    def ask() -> None:
        answers.extend(oai.chat.completions.create(**ASK) for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with Watched(TracerProvider(shutdown_on_exit=False)):
            assert semconv.COST
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    assert {answer.id for answer in answers} == {"chatcmpl-1"}
    assert dict(vars(openai._base_client.SyncAPIClient)) == before  # type: ignore[attr-defined]


def run(program: str, vendor: Vendor, **environ: str) -> dict[str, Any]:
    """What a program of its own prints as JSON; nothing on its standard error."""
    host = vendor.url.removeprefix("http://")
    environ = {**os.environ, "PYTHONPATH": SRC, "URL": f"{vendor.url}/v1", "OTEL_TOKENS_SELLERS": f"{host}=openai", **environ}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


HEAD = """
import json, os, openai
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from otel_tokens import TokensInstrumentor, ledger
client = openai.OpenAI(base_url=os.environ["URL"], api_key="k", http_client=openai.DefaultHttpxClient(verify=False))
ask = lambda: client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": "hello"}])
exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
def providers():
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
def calls():
    data = reader.get_metrics_data()
    found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics if m.name == "otel_tokens.calls"]
    return sum(p.value for m in found for p in m.data.data_points)
def root_calls():
    return exporter.get_finished_spans()[-1].attributes.get("otel_tokens.rollup.inference_calls")
def outcomes():
    return [dict(s.attributes)["otel_tokens.call.outcome"] for s in exporter.get_finished_spans()]
"""


def test_providers_set_after_us_get_everything_the_first_trace_included(vendor: Vendor) -> None:
    """Spend from before a provider existed is in the sums; the first trace after has its root's totals."""
    program = HEAD + (
        "TokensInstrumentor().instrument()\nask()\nproviders()\n"
        "with trace.get_tracer('http').start_as_current_span('GET /'):\n    ask()\n"
        "print(json.dumps({'names': [s.name for s in exporter.get_finished_spans()], 'calls': calls(),"
        " 'root': root_calls()}))\n"
    )
    assert run(program, vendor) == {"names": ["chat gpt-4.1", "GET /"], "calls": 2, "root": 1}


def test_a_tracer_taken_before_us_is_seen_too(vendor: Vendor) -> None:
    program = HEAD + (
        "providers()\ntracer = trace.get_tracer('http')\nTokensInstrumentor().instrument()\n"
        "with tracer.start_as_current_span('GET /'):\n    ask()\n"
        "print(json.dumps({'calls': calls(), 'root': root_calls()}))\n"
    )
    assert run(program, vendor) == {"calls": 1, "root": 1}


def test_a_fork_counts_from_zero(vendor: Vendor) -> None:
    """What the parent spent is the parent's: a child that exports it again would multiply money."""
    program = HEAD + (
        "providers()\nTokensInstrumentor().instrument()\nask()\nask()\n"
        "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    before = ledger.total()\n    ask()\n    rows = sum(row.calls for row in ledger.snapshot().values())\n"
        "    os.write(write, json.dumps([before, rows, len(exporter.get_finished_spans())]).encode())\n    os._exit(0)\n"
        "os.wait()\nchild = json.loads(os.read(read, 999))\n"
        "print(json.dumps({'child': child, 'parent': sum(row.calls for row in ledger.snapshot().values())}))\n"
    )
    assert run(program, vendor) == {"child": [0, 1, 3], "parent": 2}


def test_a_stream_open_at_the_end_of_the_program_is_settled(vendor: Vendor) -> None:
    vendor.reply(sse=bodies.CHAT_EVENTS)
    program = HEAD + (
        "import atexit\natexit.register(lambda: print(json.dumps(outcomes())))\n"
        "providers()\nTokensInstrumentor().instrument()\nask = {'model': 'gpt-5', 'messages': [], 'stream': True}\n"
        "stream = client.chat.completions.create(**ask)\nnext(stream)\n"
    )
    assert run(program, vendor) == ["abandoned"]


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_TOKENS_DISABLED": "true"},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "otel_tokens"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"},
    ],
)
def test_one_variable_turns_everything_off(vendor: Vendor, environ: dict[str, str]) -> None:
    program = HEAD + (
        "TokensInstrumentor().instrument()\nask()\n"
        "import sys\nprint(json.dumps({'engine': 'otel_tokens.engine' in sys.modules, 'spent': ledger.total()}))\n"
    )
    assert run(program, vendor, **environ) == {"engine": False, "spent": 0}
