"""Every attribute, metric, unit and bucket that we emit, spelled once; nothing else in the tree spells a name.

`gen_ai.*`, `server.*` and `error.type` are OpenTelemetry conventions; everything of ours begins with `otel_tokens.`.
"""

from types import MappingProxyType
from typing import Final, NamedTuple

# Conventions
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
AGENT: Final = "gen_ai.agent.name"
TOOL: Final = "gen_ai.tool.name"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
CONVERSATION: Final = "gen_ai.conversation.id"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
DRAFT_COST: Final = "gen_ai.usage.cost.amount"
DRAFT_CURRENCY: Final = "gen_ai.usage.cost.currency"
DRAFT_SOURCE: Final = "gen_ai.usage.cost.source"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"
SESSION: Final = "session.id"
INFERENCE: Final = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
"""Values of `gen_ai.operation.name` on a span that stands for a call to a model."""
INVOKE_WORKFLOW: Final = "invoke_workflow"
INVOKE_AGENT: Final = "invoke_agent"
EXECUTE_TOOL: Final = "execute_tool"
STEPS: Final = MappingProxyType({INVOKE_WORKFLOW: WORKFLOW_NAME, INVOKE_AGENT: AGENT, EXECUTE_TOOL: TOOL})
"""Kind of step → the attribute that names it."""
TOKEN_KIND: Final = "gen_ai.token.type"

# Calls
COST: Final = "otel_tokens.cost.total"
COST_PART: Final = "otel_tokens.cost."
"""Prefix of the disjoint parts: input, cache_read, cache_write, output, reasoning, audio, image, tool, request."""
COST_STATUS: Final = "otel_tokens.cost.status"
COST_REASON: Final = "otel_tokens.cost.reason"
COST_SOURCE: Final = "otel_tokens.cost.source"
COST_LIST: Final = "otel_tokens.cost.list"
COST_REPORTED: Final = "otel_tokens.cost.reported"
COST_BAND: Final = "otel_tokens.cost.band"
PRICE_VERSION: Final = "otel_tokens.price.version"
PRICE_SOURCE: Final = "otel_tokens.price.source"
PRICE_VALID_FROM: Final = "otel_tokens.price.valid_from"
PRICE_INPUT: Final = "otel_tokens.price.input"
PRICE_OUTPUT: Final = "otel_tokens.price.output"
PRICE_CACHE_READ: Final = "otel_tokens.price.cache_read"
CACHE_STATUS: Final = "otel_tokens.cache.status"
CACHE_HIT_RATIO: Final = "otel_tokens.cache.hit_ratio"
CACHE_SAVED: Final = "otel_tokens.cache.saved"
CACHE_PREMIUM: Final = "otel_tokens.cache.premium"
SELLER: Final = "otel_tokens.seller"
HOSTING: Final = "otel_tokens.hosting"
MODEL_TIER: Final = "otel_tokens.model.tier"
MODEL_TIER_SOURCE: Final = "otel_tokens.model.tier_source"
SERVICE_TIER: Final = "otel_tokens.service_tier"
ATTEMPTS: Final = "otel_tokens.attempts"
OUTCOME: Final = "otel_tokens.call.outcome"
RETRY: Final = "otel_tokens.retry.attempt"
WASTED_REASON: Final = "otel_tokens.wasted.reason"
TEAM: Final = "otel_tokens.team"
FEATURE: Final = "otel_tokens.feature"
CUSTOMER: Final = "otel_tokens.customer"
WORKFLOW: Final = "otel_tokens.workflow"

# Steps and local roots
DIRECT_COST: Final = "otel_tokens.direct.cost"
DIRECT_CALLS: Final = "otel_tokens.direct.inference_calls"
ROLLUP_COST: Final = "otel_tokens.rollup.cost"
ROLLUP_COST_NANO: Final = "otel_tokens.rollup.cost_nano_usd"
ROLLUP_INPUT: Final = "otel_tokens.rollup.input_tokens"
ROLLUP_OUTPUT: Final = "otel_tokens.rollup.output_tokens"
ROLLUP_CACHE_READ: Final = "otel_tokens.rollup.cache_read_tokens"
ROLLUP_REASONING: Final = "otel_tokens.rollup.reasoning_tokens"
ROLLUP_CALLS: Final = "otel_tokens.rollup.inference_calls"
ROLLUP_TOOLS: Final = "otel_tokens.rollup.tool_calls"
ROLLUP_DEPTH: Final = "otel_tokens.rollup.max_depth"
ROLLUP_UNPRICED: Final = "otel_tokens.rollup.unpriced_calls"
ROLLUP_LATE: Final = "otel_tokens.rollup.late_calls"
ROLLUP_RETRIES: Final = "otel_tokens.rollup.retries"
ROLLUP_WASTED: Final = "otel_tokens.rollup.wasted_cost"
ROLLUP_STATUS: Final = "otel_tokens.rollup.status"
ROLLUP_BAND: Final = "otel_tokens.rollup.cost_band"
ROLLUP_ROOT: Final = "otel_tokens.rollup.local_root"
RUN_OUTCOME: Final = "otel_tokens.run.outcome"

UNATTRIBUTED: Final = "unattributed"
UNKNOWN: Final = "unknown"
OTHER: Final = "other"


def band(usd: float) -> str:
    """The decade a cost falls into, `<0.001` to `>=10`, as a label that a trace store can search for."""
    for below, name in BANDS:
        if usd < below:
            return name
    return ">=10"


BANDS: Final = ((0.001, "<0.001"), (0.01, "0.001-0.01"), (0.1, "0.01-0.1"), (1, "0.1-1"), (10, "1-10"))


# Metric labels that have no span attribute of the same name
REASON: Final = "reason"
TOKEN_TYPE: Final = "token_type"
USAGE: Final = "usage"
LABEL: Final = "label"
STAGE: Final = "stage"
LAYER: Final = "layer"
VERSION: Final = "version"
SOURCE: Final = "source"
STEP_KIND: Final = "otel_tokens.step.kind"
STEP_NAME: Final = "otel_tokens.step.name"
OUTCOME_LABEL: Final = "outcome"
POOL: Final = "pool"
USE: Final = "use"
"""`allocated` or `idle`: what a pool cost while calls ran, and while none did. Together all that it cost."""


class Metric(NamedTuple):
    """One instrument: what it counts, in which unit, split by which labels."""

    name: str
    unit: str
    description: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


P: Final = (TEAM, FEATURE, WORKFLOW, AGENT)
R: Final = (WORKFLOW, TEAM, RUN_OUTCOME)
M: Final = (SELLER, RESPONSE_MODEL, MODEL_TIER, SERVICE_TIER)
SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS: Final = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
USD: Final = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
COUNTS: Final = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233)

# Counters over the ledger
COST_TOTAL: Final = Metric("otel_tokens.cost", "USD", "Spend", (*P, *M, CUSTOMER, COST_STATUS, HOSTING, OUTCOME))
COST_PARTS: Final = Metric("otel_tokens.cost.part", "USD", "Spend by disjoint leaf", (*M, WORKFLOW, TOKEN_TYPE))
TOKENS_TOTAL: Final = Metric("otel_tokens.tokens", "{token}", "Tokens by disjoint leaf", (*M, WORKFLOW, TOKEN_TYPE))
CALLS: Final = Metric("otel_tokens.calls", "{call}", "Billable calls", (*M, WORKFLOW, COST_STATUS, REASON, OUTCOME, USAGE))
LIST_COST: Final = Metric("otel_tokens.cost.list", "USD", "What the list price would have been", M)
REPORTED_COST: Final = Metric("otel_tokens.cost.reported", "USD", "What the vendor stated, where the table has a price too", M)
TABLE_COST: Final = Metric("otel_tokens.cost.table", "USD", "What the table says, where the vendor stated a cost too", M)
WASTED: Final = Metric("otel_tokens.cost.wasted", "USD", "Spend without a result", (*P, *M, REASON))
RETRIES: Final = Metric("otel_tokens.retries", "{call}", "Repeated attempts", (*P, *M, REASON))
CARRIED_COST: Final = Metric("otel_tokens.cost.carried", "USD", "Spend on context that was sent before", (WORKFLOW, AGENT))
CARRIED_TOKENS: Final = Metric("otel_tokens.context.carried", "{token}", "Input tokens that were sent before", (WORKFLOW, AGENT))
SAVED: Final = Metric("otel_tokens.cache.saved", "USD", "What cache reads saved", (*M, WORKFLOW))
PREMIUM: Final = Metric("otel_tokens.cache.premium", "USD", "What cache writes cost on top", (*M, WORKFLOW))
UNPRICED_TOKENS: Final = Metric("otel_tokens.unpriced.tokens", "{token}", "Tokens without a price", (*M, REASON))
LATE: Final = Metric("otel_tokens.calls.late", "{call}", "Calls settled after a step above them had ended")
PARENTLESS: Final = Metric("otel_tokens.calls.parentless", "{call}", "Calls that no local root counts")
SUPPRESSED: Final = Metric("otel_tokens.calls.suppressed", "{call}", "Calls seen again, not counted again", (LAYER, REASON))
OVERFLOW: Final = Metric("otel_tokens.label.overflow", "{call}", "Calls whose label was folded into `other`", (LABEL,))
ERRORS: Final = Metric("otel_tokens.internal.errors", "{error}", "Errors of ours that were swallowed", (STAGE,))
OVERHEAD: Final = Metric("otel_tokens.overhead", "s", "Time spent in otel-tokens after a call's answer")
CAPACITY: Final = Metric("otel_tokens.capacity.cost", "USD", "What GPUs of one's own cost, allocated or idle", (POOL, USE))
OUTCOMES: Final = Metric("otel_tokens.outcomes", "{run}", "Verdicts on runs", (WORKFLOW, OUTCOME_LABEL))

# Gauges
RATE: Final = Metric("otel_tokens.price.rate", "USD/{Mtoken}", "Rate cards in use", (*M, TOKEN_TYPE, VERSION))
BOOK_TIME: Final = Metric("otel_tokens.price_book.timestamp", "s", "When the price book was made (Unix time)", (SOURCE,))
OPEN_COST: Final = Metric("otel_tokens.run.open.cost_max", "USD", "Dearest run that is still open", (WORKFLOW,))
OPEN_CALLS: Final = Metric("otel_tokens.run.open.calls_max", "{call}", "Most calls of a run that is still open", (WORKFLOW,))
OPEN_AGE: Final = Metric("otel_tokens.run.open.age_max", "s", "Age of the oldest run that is still open", (WORKFLOW,))

# Histograms
RUN_COST: Final = Metric("otel_tokens.run.cost", "USD", "Cost of a run", R, USD)
RUN_DEPTH: Final = Metric("otel_tokens.run.depth", "{call}", "Deepest nesting of steps and calls in a run", R, COUNTS)
RUN_CALLS: Final = Metric("otel_tokens.run.inference_calls", "{call}", "Calls of a run", R, COUNTS)
RUN_TOOLS: Final = Metric("otel_tokens.run.tool_calls", "{call}", "Tool calls of a run", R, COUNTS)
STEP_COST: Final = Metric(
    "otel_tokens.step.cost", "USD", "Inclusive cost of a step; never summed over kinds", (STEP_KIND, STEP_NAME, WORKFLOW), USD
)
CALL_INPUT: Final = Metric("otel_tokens.call.input_tokens", "{token}", "Prompt length", (*M, WORKFLOW), TOKENS)
CALL_OUTPUT: Final = Metric("otel_tokens.call.output_tokens", "{token}", "Output length", (*M, WORKFLOW), TOKENS)
DURATION: Final = Metric(
    "gen_ai.client.operation.duration", "s", "Duration of a call",
    (OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, SERVER_ADDRESS, SERVER_PORT, ERROR_TYPE), SECONDS,
)  # fmt: skip
TOKEN_USAGE: Final = Metric(
    "gen_ai.client.token.usage", "{token}", "Tokens of a call",
    (OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, SERVER_ADDRESS, SERVER_PORT, TOKEN_KIND), TOKENS,
)  # fmt: skip
