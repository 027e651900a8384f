"""Asking a model behind the loopback server, in one line."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from massgen.backends.connection import Connection, Options
from massgen.backends.opening import open_backend
from massgen.backends.providers import PROVIDERS, Wire
from massgen.messages import ChatRequest, Part, ToolSpec, UserMessage
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
    "chat_completions": ("deepseek", "deepseek-chat"),
    "messages": ("claude", "claude-sonnet-5-5"),
    "gemini": ("gemini", "gemini-3.8-flash"),
}
"""A provider and a model of each wire."""


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
