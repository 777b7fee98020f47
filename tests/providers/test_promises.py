"""Every promise, kept by every provider, sync and async, on the real SDK over loopback HTTP."""

from typing import Any

import pytest

from otel_tokens import semconv
from tests.providers.anthropic import case as anthropic
from tests.providers.google_genai import case as google_genai
from tests.providers.kit import Case, Kit, keep
from tests.providers.ollama import case as ollama
from tests.providers.openai import case as openai
from tests.providers.promises import ASYNC_ONLY, NEEDS, PROMISES, Promise

PROVIDERS = (openai.CHAT, openai.RESPONSES, anthropic.MESSAGES, anthropic.BETA, google_genai.CHAT, ollama.CHAT)


def kept(*values: Any, case: Case, name: str, about: str = "") -> Any:
    """One test, not asked of a version that lacks what the case or the promise is about."""
    return pytest.param(*values, id=name, marks=pytest.mark.needs(*(case.needs[what] for what in {"", about} & {*case.needs})))


KEPT = [
    kept(promise, case, is_async, case=case, about=NEEDS.get(promise.__name__, ""),
         name=f"{promise.__name__}-{case.name}-{'async' if is_async else 'sync'}")
    for promise in PROMISES
    for case in PROVIDERS
    for is_async in (False, True)
    if (is_async or promise.__name__ not in ASYNC_ONLY) and NEEDS.get(promise.__name__) not in case.lacks
]  # fmt: skip
PLACES = {semconv.SERVER_PORT}  # each vendor has a port of its own


@pytest.mark.parametrize(("promise", "case", "is_async"), KEPT)
def test_promise(promise: Promise, case: Case, is_async: bool) -> None:
    keep(Kit(case, is_async=is_async), promise)


@pytest.mark.parametrize("case", [kept(case, case=case, name=case.name) for case in PROVIDERS])
def test_sync_and_async_give_equal_calls(case: Case) -> None:
    said: list[list[dict[str, object]]] = []

    async def ask(kit: Kit) -> None:
        with kit.watch() as seen:
            await kit.call()
            await kit.items(await kit.stream())
            stream = await kit.stream()
            await kit.first(stream)
            await kit.shut(stream)
        said.append([{k: v for k, v in (span.attributes or {}).items() if k not in PLACES} for span in seen.spans])

    for is_async in (False, True):
        keep(Kit(case, is_async=is_async), ask)
    sync, other = said
    assert sync == other
    assert len(sync) == 3


def test_every_promise_says_what_it_promises() -> None:
    assert len(PROMISES) > 40
    assert [promise.__name__ for promise in PROMISES if not (promise.__doc__ or "").strip().endswith(".")] == []
