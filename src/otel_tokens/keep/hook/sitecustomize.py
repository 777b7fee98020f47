"""Run by every Python that starts under `otel-tokens run`, before its program: begins to keep spans, then steps aside.

It must not fail in any Python: another version, another virtual environment, one that has a sitecustomize of its own.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # importing pathlib would cost every start


def begin():  # type: ignore[no-untyped-def]  # an older Python may read this file
    """Starts us if this Python has us; leaves a note for `run` if it does not."""
    try:
        from otel_tokens.keep import pre_instrument
    except (ImportError, SyntaxError):
        note()
    else:
        pre_instrument()


def note():  # type: ignore[no-untyped-def]
    """Says to `run` which Python could not be watched."""
    note_to = "{}/unwatched-{}".format(os.environ.get("OTEL_TOKENS_RUN"), os.getpid())
    try:
        with open(note_to, "w") as file:  # noqa: PTH123  # importing pathlib would cost every start
            file.write(sys.executable)
    except OSError:
        pass


def hand_over():  # type: ignore[no-untyped-def]
    """Runs the sitecustomize that this Python would have run without us."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


sys.path[:] = [path for path in sys.path if path != HERE]
begin()
hand_over()
