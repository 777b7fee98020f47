"""Help, errors and colours of the command line itself."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Terminal

QUESTIONS = [f"prices {name}" for name in ("quote", "explain", "find", "diff", "check", "export")]


@pytest.mark.parametrize("command", ["run", "tree", "prices", *QUESTIONS, "reprice", "demo", "doctor"])
def test_help_is_enough_to_use_a_command(terminal: Terminal, command: str) -> None:
    done = terminal.otel(*command.split(), "--help")
    assert done.returncode == 0
    assert "exit code" in done.stdout or "examples" in done.stdout or "the agent:" in done.stdout


def test_tree_without_a_run_says_how_to_make_one(terminal: Terminal) -> None:
    done = terminal.otel("tree")
    assert done.returncode == 1
    assert "otel-tokens run -- python app.py" in done.stderr
    nowhere = terminal.otel("tree", "nowhere.jsonl")
    assert nowhere.returncode == 1
    assert "cannot read nowhere.jsonl" in nowhere.stderr


def test_colours_are_for_terminals_and_for_those_who_force_them(terminal: Terminal) -> None:
    terminal.otel("run", str(terminal.program("ask()\n")))
    forced = terminal.otel("tree", FORCE_COLOR="1", TERM="xterm")
    never = terminal.otel("tree", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1")
    assert "\x1b[" in forced.stdout
    assert "\x1b[3" not in never.stdout  # bold and dim may stay: NO_COLOR is about colour
