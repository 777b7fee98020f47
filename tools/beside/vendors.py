"""The other instrumentations: what to install, and how a program without a launcher switches them on."""

from dataclasses import dataclass

SDKS = ("openai==3.54.0", "anthropic==2.12.0")
OTEL = ("opentelemetry-sdk==1.45.2", "opentelemetry-instrumentation==0.66b2", "opentelemetry-distro==0.66b2")
# openai-v2 imports httpx, which openai 3 no longer brings, and names of util-genai that 1.x no longer has.
WITH_OPENAI_V2 = ("openai==2.54.0", "anthropic==2.12.0", "opentelemetry-util-genai==0.4b0")
# openlit pins openai below 3, anthropic below 1, and wants instrumentations of which no 0.66b2 exists.
WITH_OPENLIT = ("openai==2.54.0", "anthropic==0.125.0", "opentelemetry-sdk==1.45.1", "opentelemetry-distro==0.66b1")


@dataclass(frozen=True)
class Vendor:
    """One of them. `instrumentors` are `module:Class` as in its entry points; `start` is a statement for one without."""

    name: str
    requirements: tuple[str, ...]
    instrumentors: tuple[str, ...] = ()
    start: str = ""
    launched: bool = True
    """It has entry points, so `opentelemetry-instrument` switches it on."""


VENDORS = (
    Vendor(
        "genai",
        (*SDKS, *OTEL, "opentelemetry-instrumentation-genai-openai==1.3b0",
         "opentelemetry-instrumentation-genai-anthropic==1.3b0"),
        ("opentelemetry.instrumentation.genai.openai:OpenAIInstrumentor",
         "opentelemetry.instrumentation.genai.anthropic:AnthropicInstrumentor"),
    ),
    Vendor(
        "openai-v2",
        (*WITH_OPENAI_V2, *OTEL, "opentelemetry-instrumentation-openai-v2==2.4b0"),
        ("opentelemetry.instrumentation.openai_v2:OpenAIInstrumentor",),
    ),
    Vendor(
        "openllmetry",
        (*SDKS, *OTEL, "opentelemetry-instrumentation-openai==0.62.4", "opentelemetry-instrumentation-anthropic==0.62.4"),
        ("opentelemetry.instrumentation.openai:OpenAIInstrumentor",
         "opentelemetry.instrumentation.anthropic:AnthropicInstrumentor"),
    ),
    Vendor(
        "openinference",
        (*SDKS, *OTEL, "openinference-instrumentation-openai==0.1.66", "openinference-instrumentation-anthropic==3.1.0"),
        ("openinference.instrumentation.openai:OpenAIInstrumentor",
         "openinference.instrumentation.anthropic:AnthropicInstrumentor"),
    ),
    Vendor(
        "openlit",
        (*WITH_OPENLIT, "openlit==1.45.0"),
        start="import openlit; openlit.init(disable_batch=True, collect_gpu_stats=False)",
        launched=False,
    ),
)  # fmt: skip
