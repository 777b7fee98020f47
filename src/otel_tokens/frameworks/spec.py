"""What a declaration of a framework may say: which of its functions are a step, and where the step's name is.

A *path* is dotted names of attributes and keys: `"config.metadata.lc_agent_name"`.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One kind of step: the first rule that fits an object, and finds a name there, says what it is."""

    kind: str
    """`invoke_workflow`, `invoke_agent` or `execute_tool`."""
    name: str
    """Path to the name, a text of low cardinality."""
    when: str = ""
    """Path that must lead somewhere, or with `=TEXT` to that text; empty = always."""
    outermost: bool = False
    """A step only where no workflow and no agent is open yet."""


class Calls(NamedTuple):
    """Functions, coroutines and generators of which every call is a step; the object is the method's own."""

    module: str
    functions: tuple[str, ...]
    """`Class.attribute`; one that a version lacks is left out."""
    rules: tuple[Rule, ...]
    argument: str = ""
    """The parameter in which the conversation is told."""
    conversation: str = ""
    """Path from that argument to the conversation's id."""
    peers: tuple[str, ...] = ()
    """Instrumentors, as `module:Class`, that make these very spans inside the call: while one is on, the steps are theirs."""


class Pairs(NamedTuple):
    """Objects of the framework's own that are started and finished; the object is the one that is started."""

    module: str
    classes: tuple[str, ...]
    rules: tuple[Rule, ...]
    conversation: str = ""
    error: str = ""
    """Path to what says that it failed, though no exception is under way."""
    start: str = "start"
    finish: str = "finish"
    current: str = "mark_as_current"
    """The parameter of `start` that says whether what follows happens inside."""


class Framework(NamedTuple):
    """One agent framework: where its workflows, agents and tools begin and end."""

    name: str
    package: str
    versions: str
    """Tested range, as a version specifier."""
    seams: tuple[Calls | Pairs, ...]
