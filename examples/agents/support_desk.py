"""A support desk on openai-agents: a guardrail, a handoff, tools, an agent as a tool. Nothing in it knows of otel-tokens.

`make demo-agents` runs it against a server on the loopback interface, whose model does what stands in double brackets.
"""

import asyncio

from agents import Agent, GuardrailFunctionOutput, RunConfig, Runner, function_tool, input_guardrail, set_trace_processors
from openai import OpenAI

QUESTION = (
    "I was billed twice for order 1712. [[reply: We have returned the second charge.]]"
    '[[call: transfer_to_billing {}]] [[call: find_order {"number": "1712"}]] [[call: summarise {"text": "two charges"}]] '
    '[[call: research {"input": "Is this a known fault? [[call: search {}]] [[reply: Yes, since Tuesday.]]"}]]'
)
set_trace_processors([])  # nothing is sent to the vendor's own tracing


@function_tool
async def find_order(number: str) -> str:
    """Finds an order."""
    return f"order {number}: 2 charges of $49.00"


@function_tool
def summarise(text: str) -> str:
    """A tool that asks a model by itself."""
    asked = f"Summarise for the customer's file: {text} [[reply: Charged twice.]]"
    with OpenAI() as client:
        said = client.chat.completions.create(model="gpt-5.4-mini", messages=[{"role": "user", "content": asked}])
    return said.choices[0].message.content or ""


@function_tool
async def search() -> str:
    """Searches the fault reports."""
    return "Fault 88: duplicate charges. " * 20


@input_guardrail
async def polite(context, _agent, _asked):
    """Asks a small model before anything else happens."""
    verdict = await Runner.run(gatekeeper, "Is this polite? [[reply: yes]]", context=context.context)
    return GuardrailFunctionOutput(verdict.final_output, tripwire_triggered=False)


gatekeeper = Agent(name="gatekeeper", model="gpt-5.4-nano")
researcher = Agent(name="researcher", model="gpt-5.4-mini", tools=[search])
billing = Agent(
    name="billing",
    model="gpt-5.4",
    instructions="Be brief, and return what was charged too often. " * 30,
    tools=[find_order, summarise, researcher.as_tool("research", "Finds out whether others have it too.")],
)
triage = Agent(name="triage", model="gpt-5.4-mini", handoffs=[billing], input_guardrails=[polite])


async def main() -> None:
    answer = await Runner.run(triage, QUESTION, run_config=RunConfig(workflow_name="support", group_id="chat-1712"))
    print(answer.final_output)


if __name__ == "__main__":
    asyncio.run(main())
