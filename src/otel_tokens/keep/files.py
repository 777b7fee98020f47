"""The part files of one process: append-only lines, whole or not at all, opened anew after a fork."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

from otel_tokens.keep import RUN


class Process:
    """Who this process is, and its open files by kind (`traces`, `metrics`)."""

    def __init__(self) -> None:
        self.forked = False
        self.renew()

    def renew(self) -> None:
        self.lock = threading.RLock()  # a finaliser may end a span in the thread that holds it
        self.instance = str(uuid4())
        self.files: dict[str, int] = {}

    def after_fork(self) -> None:
        for descriptor in self.files.values():
            os.close(descriptor)
        self.forked = True
        self.renew()


process = Process()
os.register_at_fork(after_in_child=process.after_fork)


def append(kind: str, line: dict[str, Any]) -> None:
    """One line in one write: what a killed process has written stays readable."""
    data = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    with process.lock:
        descriptor = process.files.get(kind)
        if descriptor is None:
            name = f"{kind}-{os.getpid()}-{process.instance[:8]}.jsonl"
            descriptor = os.open(Path(os.environ[RUN]) / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            process.files[kind] = descriptor
        os.write(descriptor, data)
