"""Runs the program as a child: its streams, signals and exit code are its own."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from otel_tokens import keep
from otel_tokens.cli.screen import Problem

HOOK = Path(keep.__file__).with_name("hook")
PASSED_ON = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH") if hasattr(signal, name)
)
"""Sent to us alone. SIGINT and SIGQUIT come from the keyboard to the whole group: the program has them already."""


def environment(run: Path) -> dict[str, str]:
    """The program's environment: ours, with the hook in front of the Python path."""
    path = [str(HOOK), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, keep.RUN: str(run), "PYTHONPATH": os.pathsep.join(path)}


def words(command: Sequence[str]) -> list[str]:
    """The command as it is started: a Python file needs no `python` in front."""
    if command[0].endswith(".py") and not os.access(command[0], os.X_OK):
        return [sys.executable, *command]
    return list(command)


def launch(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs it to its end; the return code as `subprocess` has it: negative for a signal."""
    try:
        child = subprocess.Popen(command, env=environ)
    except OSError as error:
        raise Problem(
            f"cannot start {command[0]}: {error.strerror}. Say the program as you would without us: -- python app.py"
        ) from None
    with _signals(child):
        return child.wait()


def end(code: int) -> int:
    """Ends as the program ended: by the same signal, so that a shell or a supervisor sees no difference."""
    if code >= 0:
        return code
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # its memory is worth a dump, ours is not
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return 128 - code


@contextlib.contextmanager
def _signals(child: subprocess.Popen[bytes]) -> Generator[None]:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in PASSED_ON}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
