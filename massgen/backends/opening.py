"""Which adapter speaks which wire."""

import contextlib
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from massgen.backends import anthropic_messages, chat_completions, gemini, openai_responses
from massgen.backends.claude_code import ClaudeCode
from massgen.backends.connection import Connection
from massgen.backends.either_wire import EitherWire
from massgen.backends.protocol import Backend
from massgen.backends.providers import Wire

_ADAPTERS: Mapping[Wire, Callable[[Connection], Backend]] = MappingProxyType(
    {
        "responses": openai_responses.backend,
        "chat_completions": chat_completions.backend,
        "messages": anthropic_messages.backend,
        "gemini": gemini.backend,
        "claude_code": ClaudeCode,
    }
)

_SDKS: Mapping[Wire, str] = MappingProxyType(
    {
        "responses": "openai",
        "chat_completions": "openai",
        "messages": "anthropic",
        "gemini": "google.genai",
        "claude_code": "claude_agent_sdk",
    }
)


def open_backend(connection: Connection) -> Backend:
    """The backend of a connection; costs nothing yet.

    The SDK of its wire is imported with its first request, and no other SDK at all. The demo wire has no connection:
    its backend is made from a script.
    """
    other = connection.provider.reasoning
    if other is None or not chat_completions.has_other_wire(connection):
        return _ADAPTERS[connection.provider.wire](connection)
    reasoning = _ADAPTERS[other.wire](replace(connection, provider=other))
    return EitherWire(chat_completions.backend(connection), reasoning, courtesy=chat_completions.TOOLS)


def warm(wires: Iterable[Wire]) -> None:
    """Import the SDKs of these wires, half a second each: for a thread, once the first prompt is on the screen."""
    for module in sorted({_SDKS[wire] for wire in wires if wire in _SDKS}):
        with contextlib.suppress(ModuleNotFoundError):  # an extra: its backend says how to install it
            importlib.import_module(module)
