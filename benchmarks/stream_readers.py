"""Reading a stream of tokens: as MassGen does, and as a bare script with the same SDK does.

The bare scripts are those of the vendors' documentation: the call, a loop over what comes, and the text taken out.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from massgen.backends import fields
from massgen.backends.connection import Connection
from massgen.backends.opening import open_backend
from massgen.backends.protocol import Backend
from massgen.backends.providers import PROVIDERS, Wire
from massgen.coordination.rules import Rules
from massgen.events import PresentationEnded, Record
from massgen.messages import ChatRequest, Json, Part, TextDelta, UserMessage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn

EXAMPLES: Mapping[Wire, tuple[str, str]] = MappingProxyType(
    {
        "responses": ("openai", "gpt-6.1-terra"),
        "chat_completions": ("deepseek", "deepseek-flash"),
        "messages": ("claude", "claude-sonnet-5-5"),
        "gemini": ("gemini", "gemini-3.8-flash"),
    }
)
"""A provider and a model of each wire."""

WIRES = tuple(EXAMPLES)
KEY = "no-key-is-needed-here"
ASKED = "Why is the sky blue?"
QUESTION = ChatRequest(system="", messages=(UserMessage(ASKED),), purpose="draft")

Read: TypeAlias = Callable[[], Awaitable[str]]
"""Ask once; the text that streamed back."""


# -- as MassGen does -------------------------------------------------------------------------------------------------


def connect(wire: Wire, origin: str) -> Backend:
    """The backend of a wire's example at this address."""
    provider, model = EXAMPLES[wire]
    return open_backend(Connection(provider=PROVIDERS[provider], model=model, base_url=_base(wire, origin), key=KEY))


async def tokens(backend: Backend) -> AsyncIterator[str]:
    """The text of one reply, as it streams."""
    async for part in backend.stream(QUESTION):
        if isinstance(part, TextDelta):
            yield part.text


def adapter(backend: Backend) -> Read:
    """Through the backend, as the orchestrator reads it."""

    async def read() -> str:
        return "".join([token async for token in tokens(backend)])

    return read


def orchestrated(backend: Backend) -> Read:
    """A turn of this one agent, through the orchestrator and the bus to somebody who looks on and does nothing."""
    team = Team(agents=("agent1",), members={"agent1": Member(backend=backend)})

    async def read() -> str:
        onlooker = _Onlooker()
        bus = Bus(onlooker, wall=lambda: 0.0)
        bus.subscribe(onlooker)
        turn = Turn(
            number=1,
            question=ASKED,
            seed="seed",
            team=team,
            rules=Rules(),
            bus=bus,
            conversation=(),
            surroundings=Nowhere(),
        )
        await turn.run()
        return onlooker.answer

    return read


class _Onlooker:
    """A journal that is nowhere, and a subscriber that does nothing until the answer is there."""

    answer = ""

    async def append(self, records: Sequence[Record]) -> None:
        pass

    def record(self, record: Record) -> None:
        if isinstance(record.event, PresentationEnded):
            self.answer = record.event.text

    def stream(self, agent: str, call: int, part: Part) -> None:
        pass


# -- as a bare script does -------------------------------------------------------------------------------------------


def bare(wire: Wire, origin: str) -> Read:
    """The call of the vendor's documentation, whose client is made once."""
    make = {"responses": _responses, "chat_completions": _chat, "messages": _messages, "gemini": _gemini}[wire]
    return make(_base(wire, origin), EXAMPLES[wire][1])


def _responses(base: str, model: str) -> Read:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key=KEY, base_url=base)

    async def read() -> str:
        said = ""
        async with await client.responses.create(model=model, input=ASKED, stream=True) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    said += event.delta
        return said

    return read


def _chat(base: str, model: str) -> Read:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key=KEY, base_url=base)

    async def read() -> str:
        said = ""
        messages = [{"role": "user", "content": ASKED}]
        async with await client.chat.completions.create(model=model, messages=messages, stream=True) as stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    said += choice.delta.content or ""
        return said

    return read


def _messages(base: str, model: str) -> Read:
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(api_key=KEY, base_url=base)

    async def read() -> str:
        said = ""
        messages = [{"role": "user", "content": ASKED}]
        async with await client.messages.create(
            model=model, max_tokens=32_000, messages=messages, stream=True
        ) as stream:
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    said += event.delta.text
        return said

    return read


def _gemini(base: str, model: str) -> Read:
    from google.genai import Client, types

    client = Client(api_key=KEY, http_options=types.HttpOptions(base_url=base))

    async def read() -> str:
        said = ""
        async for chunk in await client.aio.models.generate_content_stream(model=model, contents=ASKED):
            for part in chunk.candidates[0].content.parts:
                said += part.text or ""
        return said

    return read


# -- as a bare script does that makes our call -----------------------------------------------------------------------


def raw(wire: Wire, origin: str) -> Read | None:
    """The SDK's call that MassGen makes, with the least that reads its answer. Google's SDK has no such call."""
    base, model = _base(wire, origin), EXAMPLES[wire][1]
    messages: Json = [{"role": "user", "content": ASKED}]
    match wire:
        case "responses":
            from openai import AsyncOpenAI, AsyncStream

            client = AsyncOpenAI(api_key=KEY, base_url=base)
            path, body, found = "/responses", {"input": ASKED}, ("delta",)
        case "chat_completions":
            from openai import AsyncOpenAI, AsyncStream

            client = AsyncOpenAI(api_key=KEY, base_url=base)
            path, body, found = "/chat/completions", {"messages": messages}, ("choices", 0, "delta", "content")
        case "messages":
            from anthropic import AsyncAnthropic, AsyncStream

            client = AsyncAnthropic(api_key=KEY, base_url=base)
            path, body, found = "/v1/messages", {"messages": messages, "max_tokens": 9}, ("delta", "text")
        case _:
            return None
    body |= {"model": model, "stream": True}

    async def read() -> str:
        said = ""
        async with await client.post(
            path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        ) as stream:
            async for line in stream.response.aiter_lines():
                if line.startswith("data: {"):
                    said += fields.text(json.loads(line[6:]), *found)
        return said

    return read


def _base(wire: Wire, origin: str) -> str:
    return f"{origin}/v1" if wire in ("responses", "chat_completions") else origin
