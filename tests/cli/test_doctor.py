"""`otel-tokens doctor`: 0 when nothing is wrong, 1 when numbers will be lost, and what to do about it."""

from __future__ import annotations

import json

from tests.cli.terminal import Terminal


def test_a_sound_installation_is_found_sound(terminal: Terminal) -> None:
    done = terminal.otel("doctor", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["lost"]) == (0, 0), answer
    texts = [one["text"] for one in answer["findings"] if one["topic"] == "libraries" and one["level"] == "ok"]
    found = {text.split()[0]: text.partition(": ")[2].split()[0] for text in texts}
    assert found == {"openai": "4", "anthropic": "4", "botocore": "1", "google-genai": "4", "ollama": "2"}


def test_what_will_be_lost_is_said_with_what_to_do(terminal: Terminal) -> None:
    terminal.otel("run", str(terminal.program("ask('gpt-nobody-knows')\n")))
    done = terminal.otel("doctor", OTEL_TOKENS_STREAM_USAGE="perhaps", OTEL_TOKENS_SELERS="a=b", COLUMNS="200")
    assert done.returncode == 1
    assert "OTEL_TOKENS_STREAM_USAGE='perhaps' is not understood" in done.stdout
    assert "OTEL_TOKENS_SELERS is not a setting" in done.stdout
    assert "gpt-nobody-knows at openai: 1 unpriced (unknown model)" in done.stdout
    assert done.stdout.count("→") >= 3


def test_everything_off_is_a_finding(terminal: Terminal) -> None:
    done = terminal.otel("doctor", OTEL_TOKENS_DISABLED="true")
    assert done.returncode == 1
    assert "everything is off" in done.stdout
