"""openai-agents: its own spans begin and end where ours do, also while its tracing is disabled.

The span classes are watched, not a trace processor: `set_trace_processors` and `set_tracing_disabled` silence a processor.
A handoff is no step: the next agent is a sibling. A guardrail is none either: what it asks by itself is its agent's direct
cost, and an agent that it runs is a step. Turns, generations and responses are the calls that the client library makes.
"""

from otel_tokens.frameworks.spec import Framework, Pairs, Rule
from otel_tokens.semconv import EXECUTE_TOOL, INVOKE_AGENT, INVOKE_WORKFLOW

OPENAI_AGENTS = Framework(
    name="openai-agents",
    package="openai-agents",
    versions=">=0.24,<0.25",
    seams=(
        Pairs(
            module="agents.tracing.traces",
            classes=("TraceImpl", "ReattachedTrace"),
            rules=(Rule(INVOKE_WORKFLOW, "name"),),
            conversation="group_id",
        ),
        Pairs(
            module="agents.tracing.spans",
            classes=("SpanImpl", "NoOpSpan"),
            rules=(
                Rule(INVOKE_AGENT, "span_data.name", when="span_data.type=agent"),
                Rule(EXECUTE_TOOL, "span_data.name", when="span_data.type=function"),
                # one per Runner.run: the workflow where tracing is disabled, for then the trace has lost its name
                Rule(INVOKE_WORKFLOW, "span_data.name", when="span_data.type=task", outermost=True),
            ),
            error="error",
        ),
    ),
)
