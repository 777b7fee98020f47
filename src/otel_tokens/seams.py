"""Where the requests of a client library of a shape of its own are seen, and what their arguments mean: pure data."""

from __future__ import annotations

from typing import NamedTuple


class Seam(NamedTuple):
    """A function through which requests go, and where among its arguments it says what is asked.

    An *argument* is `POSITION:NAME.PATH` (`1:path`; `:json.model` is known by name alone) or `self.PATH`, with `|` between
    alternatives. What comes back decides how it is watched: an answer, a generator, an async generator, a response.
    """

    functions: tuple[str, ...]
    """Alternatives in order of preference, as in `Provider.requests`."""
    url: str
    """The argument with the URL, or what else names the operation."""
    host: str
    """The argument with the base URL."""
    route: str = ""
    """Regular expression over `url`: group 1 is the model, the others together the key of `routes`. Empty: `url` is the key."""
    model: str = ""
    """The argument with the model, where the URL does not name it."""
    body: str = ""
    """The argument with the request's body, for operations that are billed by it."""
    lazy: str = ""
    """The argument which, if true, says that nothing is sent before the first item is asked for. Generators are so anyway."""
    content: str = ""
    """Path from what comes back to the text of the body, where it is not the parsed body itself."""
    headers: str = ""
    """Path from what comes back to its headers."""
