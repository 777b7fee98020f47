"""Spans of others in a program that imports no client library that we know: their first span, or their tracer, wakes us."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adopt import spoken

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from otel_tokens import _pre
_pre.pre_instrument()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=lambda span: span.to_json(None) + "\\n")))
trace.set_tracer_provider(provider)
with trace.get_tracer("app").start_as_current_span("GET /"):
    assert "otel_tokens.engine" not in sys.modules
attributes = {attributes}
with trace.get_tracer({scope!r}).start_as_current_span("chat", attributes={given}) as span:
    span.set_attributes(attributes)
"""


@pytest.mark.parametrize(("scope", "at_start"), [("my.own.client", True), ("openinference.instrumentation.cohere", False)])
def test_their_first_span_is_priced(tmp_path: Path, scope: str, at_start: bool) -> None:
    attributes = repr(spoken.GENAI if at_start else spoken.OPENINFERENCE)
    program = tmp_path / "app.py"
    program.write_text(PROGRAM.format(attributes=attributes, scope=scope, given=attributes if at_start else "None"))
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, str(program)], env={**quiet, "PYTHONPATH": str(ROOT / "src")}, cwd=tmp_path, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    spans = {one["name"]: one["attributes"] for one in map(json.loads, done.stdout.splitlines())}
    assert spans["GET /"] == {}
    assert spans["chat"]["otel_tokens.cost.total"] == 0.0028
