"""The support desk that the tests run on openai-agents."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import agents
import openai
from agents import Agent, GuardrailFunctionOutput, ModelSettings, RunConfig, Runner, function_tool, input_guardrail
from opentelemetry import trace

from otel_tokens.testing.server import Vendor
from tests.frameworks.kit import BIG, MINI, NANO, alone

ASK = (
    '[[call: transfer_to_billing {}]] [[call: look_up {"q": "a"}]] [[call: broken {}]] '
    '[[call: research {"input": "[[call: dig {}]] [[reply: found]]"}]] [[reply: done]]'
)
BELOW = """\
  invoke_agent billing 4/7
    chat gpt-4.1
    chat gpt-4.1
    chat gpt-4.1
    chat gpt-4.1
    execute_tool broken 0/0
    execute_tool look_up 1/1
      chat gpt-4.1-mini
    execute_tool research 0/2
      invoke_agent researcher 2/2
        chat gpt-4.1-mini
        chat gpt-4.1-mini
        execute_tool dig 0/0
  invoke_agent triage 1/2
    chat gpt-4.1-mini
    invoke_agent polite 1/1
      chat gpt-4.1-nano""".splitlines()
SUPPORT = ["invoke_workflow support 0/9", *BELOW]


class Desk:
    """Triage hands over to billing, which has a tool that asks a model, one that fails, and an agent as a tool."""

    def __init__(self, vendor: Vendor, api: str) -> None:
        self.vendor, self.api, self.trips = vendor, api, False
        self.inside = asyncio.Event()
        settings = ModelSettings(include_usage=True)

        @function_tool
        def look_up(q: str) -> str:
            with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k") as client:
                said = client.chat.completions.create(model=MINI, messages=[{"role": "user", "content": q}])
            return str(said.choices[0].message.content)

        @function_tool
        async def dig() -> str:
            return "dug"

        @function_tool
        async def clock() -> str:
            return "noon"

        @function_tool
        async def broken() -> str:
            raise ValueError("no")

        @function_tool
        async def stuck() -> str:
            self.inside.set()
            await asyncio.sleep(60)
            return "never"

        @input_guardrail
        async def polite(context: Any, _agent: Any, _asked: Any) -> GuardrailFunctionOutput:
            await Runner.run(guard, "[[reply: fine]]", run_config=self.config)
            return GuardrailFunctionOutput(None, tripwire_triggered=self.trips)

        guard = Agent(name="polite", model=NANO, model_settings=settings)
        researcher = Agent(name="researcher", model=MINI, tools=[dig], model_settings=settings)
        research = researcher.as_tool("research", "finds out")
        self.billing = Agent(name="billing", model=BIG, tools=[look_up, broken, clock, stuck, research], model_settings=settings)
        self.triage = Agent(
            name="triage", model=MINI, handoffs=[self.billing], input_guardrails=[polite], model_settings=settings
        )
        self.config = RunConfig()

    @asynccontextmanager
    async def open(self, **said: Any) -> AsyncIterator[RunConfig]:
        async with openai.AsyncOpenAI(base_url=f"{self.vendor.url}/v1", api_key="k") as client:
            agents.set_default_openai_client(client, use_for_tracing=False)
            agents.set_default_openai_api("chat_completions" if self.api == "chat" else "responses")
            provider = agents.OpenAIProvider(openai_client=client, use_responses=self.api == "responses")
            self.config = RunConfig(workflow_name="support", model_provider=provider, **said)
            yield self.config

    async def ask(self, asked: str = ASK, *, streamed: bool = False, agent: Any = None, **said: Any) -> Any:
        outside = trace.get_current_span()
        async with self.open(**said) as config:
            if not streamed:
                result = await Runner.run(agent or self.triage, asked, run_config=config)
            else:
                result = Runner.run_streamed(agent or self.triage, asked, run_config=config)
                async for _ in result.stream_events():
                    alone(outside)
            alone(outside)
            return result.final_output
