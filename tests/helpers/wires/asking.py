"""Asking a model behind the loopback server, in one line."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from massgen.backends.connection import Connection, Options
from massgen.backends.opening import open_backend
from massgen.backends.providers import PROVIDERS, Wire
from massgen.messages import (
    ChatRequest,
    Failed,
    Finished,
    Json,
    ModelMessage,
    Part,
    Problem,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    ToolResult,
    ToolResults,
    ToolSpec,
    Usage,
    UserMessage,
)
from tests.helpers.wires.reply import Reply
from tests.helpers.wires.server import WireServer

KEY = "sk-canary-4711"

VOTE = ToolSpec(
    name="vote",
    description="Vote for an answer.",
    parameters={"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]},
)

QUESTION = ChatRequest(
    system="You are terse.", messages=(UserMessage("What is six by seven?"),), tools=(VOTE,), purpose="draft"
)

EXAMPLES: dict[Wire, tuple[str, str]] = {
    "responses": ("openai", "gpt-6.1-terra"),
    "chat_completions": ("deepseek", "deepseek-flash"),
    "messages": ("claude", "claude-sonnet-5-5"),
    "gemini": ("gemini", "gemini-3.8-flash"),
}
"""A provider and a model of each wire."""

WIRES = tuple(EXAMPLES)


def connect(server: WireServer, wire: Wire, options: Options | None = None) -> Connection:
    """A connection to the example of a wire, at the loopback server."""
    provider, model = EXAMPLES[wire]
    return Connection(
        provider=PROVIDERS[provider],
        model=model,
        key=KEY,
        base_url=server.base_url(provider),
        options=options or Options(),
    )


def ask(connection: Connection, request: ChatRequest = QUESTION) -> list[Part]:
    """Everything that one request streams."""
    return ask_all(connection, [request])[0]


def ask_all(connection: Connection, requests: Sequence[ChatRequest]) -> list[list[Part]]:
    """Everything that several requests of one backend stream, one after the other."""

    async def parts() -> list[list[Part]]:
        backend = open_backend(connection)
        replies = [[part async for part in backend.stream(request)] for request in requests]
        await backend.close()
        return replies

    return asyncio.run(parts())


def elsewhere(connection: Connection, base_url: str) -> Connection:
    """The same connection to another address."""
    return replace(connection, base_url=base_url)


def shown(parts: Sequence[Part]) -> list[Part]:
    """The parts in front of the ending, without the pieces of arguments."""
    return [part for part in parts[:-1] if not isinstance(part, ToolArgsDelta)]


def finished(parts: Sequence[Part]) -> tuple[str, Usage | None]:
    """How a reply ended that came to its end; and that it ended once."""
    ending = parts[-1]
    assert isinstance(ending, Finished), parts
    assert not any(isinstance(part, Finished | Failed) for part in parts[:-1])
    return ending.stop, ending.usage


def failed(parts: Sequence[Part]) -> Problem:
    """Why a reply failed; and that it ended once."""
    ending = parts[-1]
    assert isinstance(ending, Failed), parts
    assert not any(isinstance(part, Finished | Failed) for part in parts[:-1])
    return ending.problem


def follow_up(parts: Sequence[Part], result: str = "taken", *, asked: ChatRequest = QUESTION) -> ChatRequest:
    """The next request of the same call: what was asked, what the model said, and the results of its tools."""
    ending = parts[-1]
    assert isinstance(ending, Finished)
    calls = tuple(part for part in parts if isinstance(part, ToolCall))
    text = "".join(part.text for part in parts if isinstance(part, TextDelta))
    results = tuple(ToolResult(call_id=call.id, name=call.name, text=result) for call in calls)
    said = ModelMessage(text=text, calls=calls, replay=ending.replay)
    return replace(asked, messages=(*asked.messages, said, ToolResults(results)))


def conversation(body: Mapping[str, Json], wire: Wire) -> Sequence[Json]:
    """What stands behind the question in the body of a request."""
    turns = body[{"responses": "input", "gemini": "contents"}.get(wire, "messages")]
    assert isinstance(turns, list)
    return turns[{"responses": 2, "chat_completions": 2}.get(wire, 1) :]


def answer(wire: Wire, reply: Reply, options: Options | None = None) -> list[Part]:
    """Everything that one reply of the server streams."""
    with WireServer([reply]) as server:
        return ask(connect(server, wire, options))


def answers(wire: Wire, replies: Sequence[Reply]) -> list[list[Part]]:
    """The same, for several replies to one backend."""
    with WireServer(replies) as server:
        return ask_all(connect(server, wire), [QUESTION] * len(replies))
