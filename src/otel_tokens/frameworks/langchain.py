"""LangGraph and the tools of langchain-core: a graph is a workflow, one made by `create_agent` an agent.

`invoke`, `ainvoke`, `batch` and the event streams of a graph all go through `stream` and `astream`. No callbacks: those run
in copied contexts, and are not told when a run is left or cancelled.
"""

from otel_tokens.frameworks.spec import Calls, Framework, Rule
from otel_tokens.semconv import EXECUTE_TOOL, INVOKE_AGENT, INVOKE_WORKFLOW

METADATA = "config.metadata"
PEERS = ("opentelemetry.instrumentation.genai.langchain:LangChainInstrumentor",)

LANGGRAPH = Framework(
    name="langgraph",
    package="langgraph",
    versions=">=1.2,<1.3",
    seams=(
        Calls(
            module="langgraph.pregel",
            functions=("Pregel.stream", "Pregel.astream"),
            rules=(
                Rule(INVOKE_AGENT, f"{METADATA}.lc_agent_name", when=f"{METADATA}.lc_agent_name"),
                Rule(INVOKE_AGENT, "name", when=f"{METADATA}.ls_integration=langchain_create_agent"),
                Rule(INVOKE_WORKFLOW, "name"),
            ),
            argument="config",
            conversation="configurable.thread_id",
            peers=PEERS,
        ),
    ),
)

LANGCHAIN_TOOLS = Framework(
    name="langchain",
    package="langchain-core",
    versions=">=1.7,<1.8",
    seams=(
        Calls(
            module="langchain_core.tools.base",
            functions=("BaseTool.run", "BaseTool.arun"),
            rules=(Rule(EXECUTE_TOOL, "name"),),
            peers=PEERS,
        ),
    ),
)
