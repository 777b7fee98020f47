"""The exact cost of every LLM call, agent, tool and workflow, on the traces you already have.

    providers/               WHAT to watch: one declaration per client library, pure data (spec says what it may say)
    frameworks/              the same for agent frameworks: what is a workflow, an agent, a tool
    patch/                   HOW to watch: seams, taps, the life of a call from its request to its end
    spans/                   what that needs of live spans
    usage  bill  price/  rollup  totals  record  payer  ledger  metrics      the stages; none imports another
    pipeline                 their order: read this first
    steps  engine  plugin    the public API; start and stop; the OpenTelemetry entry points
    keep/                    what `otel-tokens run` starts in the program: spans and metrics into files
    cli/  report/  testing/  for people; never imported at run time
    importers/               the price sources into price files; run by `make prices` and `otel-tokens prices refresh`

Public names: `TokensInstrumentor`, `workflow`, `agent`, `tool`, `scope`, `outcome`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_tokens.plugin import TokensInstrumentor
    from otel_tokens.steps import agent, outcome, scope, tool, workflow

__all__ = ["TokensInstrumentor", "agent", "outcome", "scope", "tool", "workflow"]


def __getattr__(name: str) -> Any:
    """Loads a public name when it is asked for: importing the package must cost a program nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'plugin' if name == 'TokensInstrumentor' else 'steps'}"), name)
