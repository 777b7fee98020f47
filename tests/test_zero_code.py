"""`opentelemetry-instrument python app.py` puts the cost on the spans of an app that knows nothing of us."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otel_tokens.testing.server import Vendor

APP = """
import os
import openai

client = openai.OpenAI(base_url=os.environ["VENDOR"] + "/v1", api_key="k")
print(client.chat.completions.create(model="gpt-5.5", messages=[{"role": "user", "content": "hi"}]).object)
"""
DECLARED = """
file_format: "1.0"
tracer_provider:
  processors:
    - simple:
        exporter:
          console: {}
"""
COST, COUNTER = '"otel_tokens.cost.total"', '"name": "otel_tokens.cost"'


def launch(vendor: Vendor, folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the app as a user would, with what it exports on its stdout."""
    (folder / "app.py").write_text(APP)
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    host = vendor.url.removeprefix("http://")
    exporters = {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console", "OTEL_LOGS_EXPORTER": "none"}
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    return subprocess.run(
        [str(instrument), sys.executable, *command],
        env={**quiet, "VENDOR": vendor.url, "OTEL_TOKENS_SELLERS": f"{host}=openai", **exporters, **environment},
        cwd=folder, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("command", [("app.py",), ("-m", "app")])
def test_a_call_has_its_cost_on_the_span_and_in_the_metrics(vendor: Vendor, tmp_path: Path, command: tuple[str, ...]) -> None:
    told = launch(vendor, tmp_path, *command).stdout
    assert (told.count(COST), told.count(COUNTER), len(vendor.billed)) == (1, 1, 1)
    assert "chat.completion" in told


def test_a_declared_configuration_works_as_well(vendor: Vendor, tmp_path: Path) -> None:
    """`OTEL_CONFIG_FILE` replaces the variables of the SDK, not us."""
    (tmp_path / "otel.yaml").write_text(DECLARED)
    told = launch(vendor, tmp_path, "app.py", OTEL_CONFIG_FILE=str(tmp_path / "otel.yaml")).stdout
    assert (told.count(COST), len(vendor.billed)) == (1, 1)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TOKENS_DISABLED", "true"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "otel_tokens"),
        ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "*"),
    ],
)
def test_one_variable_turns_everything_off(vendor: Vendor, tmp_path: Path, variable: str, value: str) -> None:
    told = launch(vendor, tmp_path, "app.py", **{variable: value}).stdout
    assert "otel_tokens" not in told.replace(str(tmp_path), "")
    assert (len(vendor.billed), "chat.completion" in told) == (1, True)
