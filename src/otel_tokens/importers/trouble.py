"""What of the sources cannot be read: an error for whoever writes a release, a note for a user, who gets the rest."""

from __future__ import annotations

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading data of another shape raises. Newer releases of the sources may have fields that this one does not know."""


class Trouble:
    """Collects what could not be read, or does not let it pass."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.notes: list[str] = []

    def note(self, what: str, error: Exception) -> None:
        """Called while `error` is handled: raises it again where nothing may be left out."""
        if self.strict:
            raise error
        said = error.args[0] if error.args else ""
        self.notes.append(f"{what} ({type(error).__name__}: {said})")
