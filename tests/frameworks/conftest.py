"""Tests on the real frameworks: `make frameworks` runs them where those are installed; elsewhere they are not collected."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from opentelemetry import context as otel

NEEDS = {
    "test_openai_agents.py": ("agents",),
    "test_langchain.py": ("langchain", "langgraph", "langchain_openai"),
    "test_langchain_ends.py": ("langchain", "langgraph", "langchain_openai"),
    "test_beside.py": ("agents", "langchain", "opentelemetry.instrumentation.genai"),
    "test_seams.py": ("agents", "langchain", "langgraph"),
}


def missing(module: str) -> bool:
    """Whether a module cannot be imported here; a package above it is not looked for in vain."""
    above, _, _ = module.rpartition(".")
    return (bool(above) and missing(above)) or find_spec(module) is None


collect_ignore = [name for name, modules in NEEDS.items() if any(map(missing, modules))]


@pytest.fixture(autouse=True)
def _context_stays(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing stays current in the caller, and nobody failed to detach a context or to await what it began."""
    before = otel.get_current()
    yield
    assert otel.get_current() == before
    noisy = ("opentelemetry", "asyncio", "otel_tokens")
    assert [record.getMessage() for record in caplog.records if record.name.startswith(noisy)] == []
