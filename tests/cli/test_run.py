"""`otel-tokens run`: the program is unchanged, and what it cost is said."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from otel_tokens.keep import RUN
from tests.cli.terminal import Terminal, names

MINI = "gpt-4o-mini-2024-07-18"


def test_the_program_keeps_its_streams_and_its_exit_code(terminal: Terminal) -> None:
    app = terminal.program("import sys\nprint(sys.stdin.read().upper())\nprint('aside', file=sys.stderr)\nask()\nsys.exit(7)\n")
    done = terminal.otel("run", "--", sys.executable, str(app), text="piped in")
    assert done.returncode == 7
    assert done.stdout == "PIPED IN\n"
    assert done.stderr.startswith("aside\n")
    assert MINI in done.stderr
    assert "total $0.0000" in done.stderr
    assert "\x1b[" not in done.stderr


def test_json_is_the_last_line_of_standard_output(terminal: Terminal) -> None:
    terminal.program("print('mine')\nask()\n")
    done = terminal.otel("run", "--json", "-m", "app", "--not-ours")
    assert done.returncode == 0
    first, last = done.stdout.splitlines()
    answer = json.loads(last)
    assert first == "mine"
    assert answer["version"] == 1
    assert answer["total"]["calls"] == len(terminal.vendor.billed) == 1
    assert answer["total"]["status"] == "exact"
    assert answer["tree"][0]["kind"] == "call"
    assert answer["tree"][0]["service"] == "app"


def test_a_budget_ends_with_3_only_when_the_program_succeeded(terminal: Terminal) -> None:
    app = str(terminal.program("import sys\nask()\nsys.exit(int(sys.argv[1]))\n"))
    assert terminal.otel("run", "--budget", "0.000001", app, "0").returncode == 3
    assert terminal.otel("run", "--budget", "0.000001", app, "4").returncode == 4
    under = terminal.otel("run", "--budget", "$1", app, "0")
    assert under.returncode == 0
    assert "over budget" not in under.stderr


def test_a_budget_that_cannot_be_known_is_said(terminal: Terminal) -> None:
    app = str(terminal.program("ask('gpt-nobody-knows')\n"))
    done = terminal.otel("run", "--budget", "1", app)
    assert done.returncode == 0
    assert "could not be priced, so the budget may be exceeded unseen" in done.stderr.replace("\n", " ")
    assert "gpt-nobody-knows at openai (1 call): unknown model" in done.stderr
    assert "→ the price book has no such model" in done.stderr


def test_wrong_usage_ends_with_2_and_a_missing_program_with_1(terminal: Terminal) -> None:
    assert terminal.otel("run").returncode == 2
    assert terminal.otel("run", "--budget", "much", "--", "true").returncode == 2
    missing = terminal.otel("run", "--", "no-such-program")
    assert missing.returncode == 1
    assert "cannot start no-such-program" in missing.stderr


def test_the_end_by_a_signal_is_passed_on(terminal: Terminal) -> None:
    app = terminal.program("import os, signal\nask()\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = terminal.otel("run", str(app))
    assert done.returncode == -signal.SIGKILL
    assert terminal.tree()["total"]["calls"] == 1  # what was settled before the kill is kept


def test_what_os_exit_leaves_behind_is_kept(terminal: Terminal) -> None:
    terminal.program("import os\nfrom otel_tokens import agent\nwith agent('cut'):\n    ask()\n    os._exit(0)\n")
    assert terminal.otel("run", "-m", "app").returncode == 0
    [root] = terminal.tree()["tree"]
    assert names(root) == {"missing not recorded": [f"call {MINI}"]}


def test_subprocesses_and_forks_are_in_the_tree(terminal: Terminal) -> None:
    terminal.program("ask()\n", "child.py")
    app = terminal.program("""
import multiprocessing, subprocess, sys
from otel_tokens import workflow
if __name__ == "__main__":
    with workflow("family"):
        ask()
        process = multiprocessing.get_context("fork").Process(target=ask)
        process.start(), process.join()
    subprocess.run([sys.executable, "child.py"], check=True)
""")
    done = terminal.otel("run", "--json", "--", sys.executable, "-W", "ignore", str(app))
    answer = json.loads(done.stdout)
    assert answer["processes"] == 3
    assert [names(root) for root in answer["tree"]] == [{"workflow family": [f"call {MINI} × 2"]}, f"call {MINI}"]
    assert answer["total"]["calls"] == len(terminal.vendor.billed) == 3


def test_a_provider_that_the_program_sets_is_its_own_and_ours_is_beside_it(terminal: Terminal) -> None:
    app = terminal.program("""
from opentelemetry import trace
ask()
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
mine, seen = TracerProvider(), InMemorySpanExporter()
mine.add_span_processor(SimpleSpanProcessor(seen))
trace.set_tracer_provider(mine)
assert trace.get_tracer_provider() is mine
with trace.get_tracer("app").start_as_current_span("GET /report"):
    ask()
print(sorted(span.name for span in seen.get_finished_spans()))
""")
    done = terminal.otel("run", str(app))
    assert done.stdout == "['GET /report', 'chat gpt-4o-mini']\n"
    assert "Overriding" not in done.stderr
    assert [names(root) for root in terminal.tree()["tree"]] == [f"call {MINI}", {"span GET /report": [f"call {MINI}"]}]


def test_what_a_sampler_left_out_still_counts_against_the_budget(terminal: Terminal) -> None:
    app = terminal.program("""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF))
ask()
""")
    done = terminal.otel("run", "--budget", "0.00001", str(app))
    assert done.returncode == 3
    assert "in the metrics and on no recorded span" in done.stderr.replace("\n", " ")


def test_a_signal_for_us_reaches_the_program(terminal: Terminal) -> None:
    app = terminal.program("""
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
ask()
print("ready", flush=True)
signal.pause()
""")
    command = [sys.executable, "-m", "otel_tokens.cli", "run", str(app)]
    with subprocess.Popen(
        command, cwd=terminal.directory, env=terminal.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        _, told = process.communicate(timeout=60)
    assert process.returncode == 9
    assert MINI in told


def test_under_opentelemetry_instrument_its_provider_gets_our_file(terminal: Terminal) -> None:
    app = terminal.program("from opentelemetry import trace\nprint(type(trace.get_tracer_provider()).__name__)\nask()\n")
    none = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
    done = terminal.otel("run", "--", "opentelemetry-instrument", sys.executable, str(app), **none)
    assert done.stdout == "TracerProvider\n"
    assert terminal.tree()["total"]["calls"] == 1


def test_the_programs_own_sitecustomize_still_runs_and_its_path_is_clean(terminal: Terminal) -> None:
    (terminal.directory / "site").mkdir()
    (terminal.directory / "site" / "sitecustomize.py").write_text("print('custom')\n", encoding="utf-8")
    app = terminal.program("import sys\nprint([path for path in sys.path if 'hook' in path])\n")
    done = terminal.otel("run", str(app), PYTHONPATH=str(terminal.directory / "site"))
    assert done.stdout == "custom\ncustom\n[]\n"  # once in our own process, once in the program's


def test_a_python_without_us_runs_the_same_and_is_named(terminal: Terminal) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "bare"], cwd=terminal.directory, check=True)
    python = str(terminal.directory / "bare" / "bin" / "python")
    done = terminal.otel("run", "--", python, "-c", "print('ran'); raise SystemExit(5)")
    assert (done.returncode, done.stdout) == (5, "ran\n")
    assert f"{python} -m pip install otel-tokens" in done.stderr.replace("\n", " ")
    assert terminal.runs() == []


def test_where_a_run_is_kept_and_for_how_long(terminal: Terminal) -> None:
    app = str(terminal.program("ask()\n"))
    assert terminal.otel("run", "--no-keep", app).returncode == 0
    assert terminal.runs() == []
    assert terminal.otel("run", app).returncode == 0
    [run] = terminal.runs()
    assert {path.name.split("-")[0] for path in run.iterdir()} == {"traces", "metrics"}
    assert (terminal.directory / ".otel-tokens" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    elsewhere = terminal.directory / "elsewhere"
    assert terminal.otel("run", app, OTEL_TOKENS_RUNS=str(elsewhere)).returncode == 0
    assert len(list(elsewhere.iterdir())) == 1
    assert terminal.otel("run", "--out", "here", app).returncode == 0
    assert list((terminal.directory / "here").glob("traces-*"))
    assert terminal.otel("run", "--keep-days", "0.0000001", "--", "true").returncode == 0
    assert terminal.runs() == []  # the old one is gone, and a run that recorded nothing leaves nothing


def test_nothing_is_written_when_telemetry_is_switched_off(terminal: Terminal) -> None:
    done = terminal.otel("run", str(terminal.program("ask()\n")), OTEL_SDK_DISABLED="true")
    assert done.returncode == 0
    assert "OTEL_SDK_DISABLED" in done.stderr
    assert terminal.runs() == []


def test_the_files_are_otlp_json_lines_without_content(terminal: Terminal) -> None:
    app = terminal.program("""
from opentelemetry import trace
from otel_tokens import workflow
with workflow("w"), trace.get_tracer("app").start_as_current_span("mine", attributes={"gen_ai.prompt": "a secret", "size": 1}):
    ask()
""")
    assert terminal.otel("run", str(app)).returncode == 0
    [run] = terminal.runs()
    lines = [json.loads(line) for path in run.glob("traces-*") for line in path.read_text(encoding="utf-8").splitlines()]
    spans = [span for line in lines for group in line["resourceSpans"] for part in group["scopeSpans"] for span in part["spans"]]
    assert sorted(span["name"] for span in spans) == ["chat gpt-4o-mini", "invoke_workflow w", "mine"]
    assert all(len(span["traceId"]) == 32 and len(span["spanId"]) == 16 and span["endTimeUnixNano"].isdigit() for span in spans)
    tokens = [a["value"] for span in spans for a in span["attributes"] if a["key"] == "gen_ai.usage.input_tokens"]
    assert tokens == [{"intValue": "8"}]
    assert "secret" not in "".join(path.read_text(encoding="utf-8") for path in run.iterdir())
    [metrics] = run.glob("metrics-*")
    last = json.loads(metrics.read_text(encoding="utf-8").splitlines()[-1])
    found = {m["name"]: m for g in last["resourceMetrics"] for s in g["scopeMetrics"] for m in s["metrics"]}
    assert found["otel_tokens.calls"]["sum"]["dataPoints"][0]["asInt"] == "1"
    assert found["otel_tokens.run.cost"]["histogram"]["dataPoints"][0]["count"] == "1"


def test_the_variable_that_the_hook_reads_has_the_name_that_run_sets() -> None:
    from otel_tokens.cli.launch import HOOK

    assert RUN in (Path(HOOK) / "sitecustomize.py").read_text(encoding="utf-8")
