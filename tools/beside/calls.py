"""What the program beside them does: one billed call in every shape an SDK offers, each in a line or two."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import anthropic
import openai

GPT, CLAUDE = "gpt-4.1-mini", "claude-haiku-4-5"
COUNTED = {"stream": True, "stream_options": {"include_usage": True}}
LIMIT = {"model": CLAUDE, "max_tokens": 300}
KEY: dict[str, Any] = {"api_key": "k", "max_retries": 0}


class Server:
    """Where the loopback vendor listens; each SDK by a host name of its own, which is how the seller is told."""

    port = 0


@cache
def oai(**more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{Server.port}/v1", **{**KEY, **more})


@cache
def aoai() -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{Server.port}/v1", **KEY)


@cache
def ant(**more: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=f"http://localhost:{Server.port}", **{**KEY, **more})


@cache
def aant() -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=f"http://localhost:{Server.port}", **KEY)


def chat(prompt: Any) -> Any:
    return oai().chat.completions.create(model=GPT, messages=prompt)


def chat_stream(prompt: Any) -> Any:
    stream = oai().chat.completions.create(model=GPT, messages=prompt, **COUNTED)
    return [type(stream), isinstance(stream, openai.Stream), list(stream)]


def chat_stream_with(prompt: Any) -> Any:
    with oai().chat.completions.create(model=GPT, messages=prompt, **COUNTED) as stream:
        return list(stream)


def chat_left(prompt: Any) -> Any:
    stream = oai().chat.completions.create(model=GPT, messages=prompt, **COUNTED)
    first = next(iter(stream))
    stream.close()
    return first


def chat_helper(prompt: Any) -> Any:
    with oai().chat.completions.stream(model=GPT, messages=prompt, stream_options={"include_usage": True}) as stream:
        return [[event.type for event in stream], stream.get_final_completion()]


def chat_raw(prompt: Any) -> Any:
    raw = oai().chat.completions.with_raw_response.create(model=GPT, messages=prompt)
    return [type(raw), raw.status_code, raw.headers.get("content-type"), raw.parse()]


def chat_raw_stream(prompt: Any) -> Any:
    raw = oai().chat.completions.with_raw_response.create(model=GPT, messages=prompt, **COUNTED)
    stream = raw.parse()
    return [type(raw), type(stream), list(stream)]


def chat_streaming_response(prompt: Any) -> Any:
    with oai().chat.completions.with_streaming_response.create(model=GPT, messages=prompt) as response:
        return [type(response), response.json()]


def chat_retry(prompt: Any) -> Any:
    return oai(max_retries=2).chat.completions.create(model=GPT, messages=prompt)


def responses(prompt: Any) -> Any:
    return oai().responses.create(model=GPT, input=prompt)


def responses_stream(prompt: Any) -> Any:
    stream = oai().responses.create(model=GPT, input=prompt, stream=True)
    return [type(stream), list(stream)]


def responses_helper(prompt: Any) -> Any:
    with oai().responses.stream(model=GPT, input=prompt) as stream:
        return [[event.type for event in stream], stream.get_final_response()]


def responses_raw(prompt: Any) -> Any:
    raw = oai().responses.with_raw_response.create(model=GPT, input=prompt)
    return [type(raw), raw.parse()]


def embeddings(prompt: Any) -> Any:
    return oai().embeddings.create(model="text-embedding-3-small", input=prompt[0]["content"])


async def chat_async(prompt: Any) -> Any:
    return await aoai().chat.completions.create(model=GPT, messages=prompt)


async def chat_stream_async(prompt: Any) -> Any:
    stream = await aoai().chat.completions.create(model=GPT, messages=prompt, **COUNTED)
    return [type(stream), isinstance(stream, openai.AsyncStream), [item async for item in stream]]


async def chat_helper_async(prompt: Any) -> Any:
    async with aoai().chat.completions.stream(model=GPT, messages=prompt, stream_options={"include_usage": True}) as stream:
        return [[event.type async for event in stream], await stream.get_final_completion()]


async def responses_async(prompt: Any) -> Any:
    return await aoai().responses.create(model=GPT, input=prompt)


async def responses_stream_async(prompt: Any) -> Any:
    stream = await aoai().responses.create(model=GPT, input=prompt, stream=True)
    return [type(stream), [item async for item in stream]]


def messages(prompt: Any) -> Any:
    return ant().messages.create(messages=prompt, **LIMIT)


def messages_stream(prompt: Any) -> Any:
    stream = ant().messages.create(messages=prompt, stream=True, **LIMIT)
    return [type(stream), isinstance(stream, anthropic.Stream), list(stream)]


def messages_left(prompt: Any) -> Any:
    with ant().messages.create(messages=prompt, stream=True, **LIMIT) as stream:
        return next(iter(stream))


def messages_helper(prompt: Any) -> Any:
    with ant().messages.stream(messages=prompt, **LIMIT) as stream:
        return [type(stream), "".join(stream.text_stream), stream.get_final_message()]


def messages_raw(prompt: Any) -> Any:
    raw = ant().messages.with_raw_response.create(messages=prompt, **LIMIT)
    return [type(raw), raw.status_code, raw.parse()]


def messages_retry(prompt: Any) -> Any:
    return ant(max_retries=2).messages.create(messages=prompt, **LIMIT)


def beta(prompt: Any) -> Any:
    return ant().beta.messages.create(messages=prompt, **LIMIT)


async def messages_async(prompt: Any) -> Any:
    return await aant().messages.create(messages=prompt, **LIMIT)


async def messages_stream_async(prompt: Any) -> Any:
    stream = await aant().messages.create(messages=prompt, stream=True, **LIMIT)
    return [type(stream), isinstance(stream, anthropic.AsyncStream), [item async for item in stream]]


async def messages_helper_async(prompt: Any) -> Any:
    async with aant().messages.stream(messages=prompt, **LIMIT) as stream:
        return [type(stream), "".join([text async for text in stream.text_stream]), await stream.get_final_message()]


class Shape(NamedTuple):
    """A call, and how often the server refuses it first. `whole` is false where the user leaves before the usage is known."""

    run: Callable[[Any], Any]
    refused: int = 0
    whole: bool = True
    name: str = ""


_PLAIN = (
    chat, chat_stream, chat_stream_with, chat_helper, chat_raw, chat_raw_stream, chat_streaming_response, chat_async,
    chat_stream_async, chat_helper_async, responses, responses_stream, responses_helper, responses_raw, responses_async,
    responses_stream_async, embeddings, messages, messages_stream, messages_helper, messages_raw, messages_async,
    messages_stream_async, messages_helper_async, beta,
)  # fmt: skip
SHAPES = (
    *(Shape(run, name=run.__name__) for run in _PLAIN),
    Shape(chat_retry, 1, name="chat_retry"), Shape(messages_retry, 1, name="messages_retry"),
    Shape(chat, 1, name="chat_429"), Shape(chat_stream, 1, name="chat_stream_429"), Shape(chat_async, 1, name="chat_async_429"),
    Shape(responses, 1, name="responses_429"), Shape(messages, 1, name="messages_429"),
    Shape(messages_helper, 1, name="messages_helper_429"), Shape(messages_async, 1, name="messages_async_429"),
    Shape(chat_left, whole=False, name="chat_left"), Shape(messages_left, whole=False, name="messages_left"),
)  # fmt: skip
