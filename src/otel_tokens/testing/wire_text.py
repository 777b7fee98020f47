"""What the loopback model says: a pure function of the prompt, so that every figure of a test can be worked out beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_tokens.testing.wire import JSON, as_dict, as_list, digest

_WORDS = ("report", "shows", "cost", "per", "token", "fell", "after", "cache", "warmed", "each", "call", "was", "counted")
_REPLY = re.compile(r"\[\[reply:\s*(.*?)\]\]", re.DOTALL)
_CALL = re.compile(r"\[\[call:\s*([\w.-]+)\s*")
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """What a request asks of the model, the same for every vendor.

    user    the last user text (it may carry `[[reply: text]]` and `[[call: tool {json}]]`)
    tools   function tools on offer: name to the JSON schema of its arguments
    rounds  tool results since that user text
    schema  JSON schema the text must follow, if any
    limit   most output tokens, if any
    """

    user: str
    tools: Mapping[str, JSON] = field(default_factory=dict[str, JSON])
    rounds: int = 0
    schema: JSON | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The model's turn: a text, or one tool call `(name, arguments)`; `cut` when the limit ended it."""

    text: str
    call: tuple[str, JSON] | None = None
    cut: bool = False

    @property
    def arguments(self) -> str:
        """The arguments of the call as the JSON text that goes on the wire."""
        return json.dumps(self.call[1]) if self.call else ""

    @property
    def tokens(self) -> int:
        """Visible output tokens."""
        return max(1, tokens(self.text) if self.call is None else tokens(self.call[0] + self.arguments) + 6)


def tokens(text: str) -> int:
    """Tokens of a text: one for every four characters begun."""
    return (len(text) + 3) // 4


def text_of(content: object) -> str:
    """The text of a message content: a string, or the texts of its parts."""
    if isinstance(content, str):
        return content
    return "".join(str(as_dict(part).get("text") or "") for part in as_list(content))


def draw(low: int, high: int, *key: object) -> int:
    """A number between low and high, both included, that depends on the key alone."""
    return low + int(digest(*key), 16) % (high - low + 1)


def prose(*key: object) -> str:
    """A sentence of 8 to 32 words that depends on the key alone."""
    start, count = draw(0, len(_WORDS) - 1, "start", *key), draw(8, 32, "count", *key)
    return " ".join(_WORDS[(start + i * 5) % len(_WORDS)] for i in range(count)).capitalize() + "."


def pieces(text: str) -> list[str]:
    """A text as a stream delivers it: word by word, nothing lost."""
    return re.findall(r"\s*\S+\s*?(?=\s|$)|\s+$", text) or ([text] if text else [])


def say(turn: Turn, *key: object) -> Said:
    """The model's turn. A directive wins; else the first tool is called once, then text (by schema, if one is given)."""
    wanted = _calls(turn.user)
    reply = _REPLY.search(turn.user)
    if wanted and turn.rounds < len(wanted) and wanted[turn.rounds][0] in turn.tools:
        return Said("", wanted[turn.rounds])
    if turn.tools and not wanted and reply is None and turn.rounds == 0:
        name, schema = next(iter(turn.tools.items()))
        return Said("", (name, as_dict(sample(schema))))
    if reply is not None:
        text = reply[1].strip()
    elif turn.schema is not None:
        text = json.dumps(sample(turn.schema))
    else:
        text = prose(turn.user, turn.rounds, *key)
    if turn.limit is not None and tokens(text) > turn.limit:
        return Said(text[: 4 * turn.limit], cut=True)
    return Said(text)


def _calls(text: str) -> list[tuple[str, JSON]]:
    found: list[tuple[str, JSON]] = []
    for match in _CALL.finditer(text):
        try:
            arguments: object = json.JSONDecoder().raw_decode(text, match.end())[0]
        except ValueError:
            arguments = {}
        found.append((match[1], as_dict(arguments)))
    return found


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> object:
    """A small value that a JSON schema accepts (types, enum, const, required, anyOf, allOf, $ref; no formats or patterns)."""
    root = root or schema
    if "$ref" in schema and depth < _DEPTH:
        target: Any = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = as_dict(target).get(step)
        return sample(as_dict(target), root, depth + 1)
    if "const" in schema:
        return schema["const"]
    for key in ("enum", "anyOf", "oneOf", "allOf"):
        options = as_list(schema.get(key))
        if options:
            return options[0] if key == "enum" else sample(as_dict(options[0]), root, depth + 1)
    return _typed(schema, root, depth)


def _typed(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> object:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = as_list(kind)[0] if as_list(kind) else kind
    if kind == "object":
        properties = as_dict(schema.get("properties"))
        names = list(properties) if depth < _DEPTH else [str(name) for name in as_list(schema.get("required"))]
        return {name: sample(as_dict(properties.get(name)), root, depth + 1) for name in names}
    if kind == "array":
        return [sample(as_dict(schema.get("items")), root, depth + 1)] * int(schema.get("minItems", 1 if depth < _DEPTH else 0))
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if kind == "string":
        return "text".ljust(int(schema.get("minLength", 4)), "t")[: int(schema.get("maxLength", 1 << 16))]
    return kind == "boolean" or None
