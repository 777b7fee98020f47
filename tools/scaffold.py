"""`make provider NAME=groq`: the declaration, the test case and the change note of a new provider, ready to be filled in.

Writes for a client library of the common generated shape (`_base_client`, `SyncAPIClient.request`); a library of another shape
starts from the same files. Nothing that exists is overwritten.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

DECLARATION = '''"""The {name} client library: which requests cost money; its answers speak the OpenAI dialect."""

from otel_tokens.providers.openai_text import CHAT
from otel_tokens.spec import Provider

{upper} = Provider(
    name="{name}",
    package="{name}",
    versions=">=1,<2",
    module="{name}._base_client",
    requests=(("SyncAPIClient.request",), ("AsyncAPIClient.request",)),
    answers=("SyncAPIClient._process_response", "AsyncAPIClient._process_response"),
    routes={{"/chat/completions": CHAT}},
)
'''
CASE = '''"""{name}, asked for a chat: the real client library against the loopback vendor."""

from typing import Any

import {name}

from otel_tokens import semconv
from tests.providers.kit import Case
from tests.providers.{name} import bodies


def client(url: str, is_async: bool) -> Any:
    raise NotImplementedError("return the library's client, sync or async, with this base URL and any key")


# Write the price page's address here, and the arithmetic of `cost` and `partial` by hand.
CHAT = Case(
    name="{name} chat", seller="{name}", library={name}, client=client, resource=lambda client: client.chat.completions,
    ask={{"model": "", "messages": [{{"role": "user", "content": "2+2?"}}]}}, streamed={{"stream": True}},
    body=bodies.ANSWER, events=bodies.EVENTS, error_event=bodies.ERROR, finals=(), iterated=(),
    count="prompt_tokens", contradiction={{**bodies.USAGE, "prompt_tokens_details": {{"cached_tokens": 1 << 30}}}},
    last=lambda chunk: chunk.usage is not None, shown={{semconv.SELLER: "{name}"}}, cost=0.0, partial=None,
)  # fmt: skip
'''
BODIES = '''"""Answers of {name}, written by hand from its documentation."""

from typing import Any

USAGE: dict[str, Any] = {{"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}
ANSWER: dict[str, Any] = {{"id": "1", "object": "chat.completion", "created": 1, "model": "", "choices": [], "usage": USAGE}}
EVENTS: list[Any] = []
ERROR: dict[str, Any] = {{"error": {{"message": "overloaded", "type": "server_error"}}}}
'''
NEXT = """
Next:
  1. src/otel_tokens/providers/{name}.py: the routes that cost money; a dialect of its own where an answer differs
  2. tests/providers/{name}/: bodies from the vendor's documentation, cost by hand; name the case in test_promises.py
  3. its hosts and names in src/otel_tokens/importers/rulings/sellers.toml; its prices by `make prices`
  4. make test
"""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 = written, 2 = the name cannot be one or exists."""
    parser = argparse.ArgumentParser(prog="make provider NAME=…", description=__doc__)
    parser.add_argument("name", help="the import name of the client library, such as groq")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    name: str = options.name
    files = plan(name)
    taken = [path for path in files if (options.root / path).exists()]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or taken:
        why = f"{taken[0]} exists" if taken else f"{name!r} is not an import name: lower case letters, digits and _"
        print(f"make provider: {why}", file=sys.stderr)
        return 2
    for path, text in files.items():
        target: Path = options.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"  wrote {path}")
    for path in register(options.root, name):
        print(f"  added to {path}")
    print(NEXT.format(name=name))
    return 0


def plan(name: str) -> dict[str, str]:
    """What is written where."""
    fields = {"name": name, "upper": name.upper()}
    return {
        f"src/otel_tokens/providers/{name}.py": DECLARATION.format(**fields),
        f"tests/providers/{name}/case.py": CASE.format(**fields),
        f"tests/providers/{name}/bodies.py": BODIES.format(**fields),
        f"changes/+provider-{name}.added.md": f"The {name} client library is watched.\n",
    }


def register(root: Path, name: str) -> list[str]:
    """Adds the provider to the list of providers, and its module to those whose import starts the engine."""
    providers, watched = Path("src/otel_tokens/providers/__init__.py"), Path("src/otel_tokens/_pre.py")
    text = (root / providers).read_text()
    text = text.replace(
        "from otel_tokens.spec", f"from otel_tokens.providers.{name} import {name.upper()}\nfrom otel_tokens.spec", 1
    )
    text = re.sub(r"(PROVIDERS: tuple\[Provider, \.\.\.\] = \([^)]*)\)", rf"\1, {name.upper()})", text)
    (root / providers).write_text(text)
    text = (root / watched).read_text()
    (root / watched).write_text(text.replace('"otel_tokens.steps"', f'"{name}._base_client", "otel_tokens.steps"', 1))
    return [str(providers), str(watched)]


if __name__ == "__main__":
    sys.exit(main())
