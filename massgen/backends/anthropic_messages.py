"""Anthropic's Messages wire: Claude, and what it is asked.

No tool is ever forced: current models answer 400 to that, older ones do while they think. Blocks go back unchanged
within a call, because thinking is signed.
"""

import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from massgen.backends import fields, sse
from massgen.backends.adapter import Adapter
from massgen.backends.anthropic_messages_reader import WIRE, Reader, container
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.protocol import Backend
from massgen.backends.transport import http_client
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Json,
    Message,
    ModelMessage,
    ToolResults,
    UserMessage,
)

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_MAX_TOKENS = 32_000
"""The wire demands a limit; every model of the 4 family and later allows this one."""

_COURTESIES = {
    "thinking": ("adaptive", "thinking:", "thinking.", "thinking is not", "support thinking"),
}

_OPTIONS = {"reasoning_effort": ("output_config", "effort")}
"""The user's own that not every model knows."""

_EFFORTS: Mapping[str, str] = {"none": "low", "minimal": "low"}
"""Words for efforts that the wire does not have, and the nearest it has."""

_FAMILY = re.compile(r"claude-[a-z]+-(\d+)(?:[-.](\d{1,2})(?!\d))?", re.IGNORECASE)

_ADAPTIVE_SINCE = (4, 6)
"""The first version whose models decide themselves how much to think; older ones answer 400."""


def backend(connection: Connection) -> Backend:
    """One model behind the Messages wire."""
    return Adapter(
        connection,
        courtesies={**_COURTESIES, **connection.options.chosen(_OPTIONS)},
        body=body,
        reader=Reader,
        connect=_client,
        events=_events,
        sdk_errors=_sdk_errors,
    )


async def _events(
    client: Callable[[], Awaitable["AsyncAnthropic"]], body: dict[str, Json], reader: Reader
) -> AsyncGenerator[object, None]:
    """The events as plain JSON. A message that paused is gone on with, and what follows belongs to the same reply."""
    opened = await client()
    from anthropic import AsyncStream

    going_on: dict[str, Json] = {}
    while True:
        answer = await opened.post(
            "/v1/messages", cast_to=object, body=body | going_on, stream=True, stream_cls=AsyncStream[object]
        )
        async with answer, contextlib.aclosing(sse.events(answer.response)) as events:
            async for event in events:
                yield event
                if reader.paused:
                    break
        if not reader.paused:
            return
        going_on = reader.resume(body)


def _client(connection: Connection) -> "AsyncAnthropic":
    """The SDK. An explicit key keeps it from looking for profiles on the disk."""
    from anthropic import AsyncAnthropic

    return AsyncAnthropic(
        api_key=connection.key or "not-needed",
        base_url=connection.base_url,
        max_retries=0,
        open_telemetry=False,
        http_client=http_client(
            connection,
            home="api.anthropic.com",
            credential=("Authorization", f"Bearer {connection.key}"),
        ),
    )


def _sdk_errors() -> tuple[type[Exception], ...]:
    import anthropic

    return (anthropic.AnthropicError,)


# -- what is asked ---------------------------------------------------------------------------------------------------


def body(connection: Connection, request: ChatRequest, courtesies: Courtesies) -> dict[str, Json]:
    """The request as the wire spells it."""
    options, quirks = connection.options, connection.provider.quirks
    fields_: dict[str, object] = {
        "model": connection.model,
        "max_tokens": options.max_tokens or _MAX_TOKENS,
        "messages": _merged(request.messages, marked=_stable(request)),
        "stream": True,
    }
    if request.system:
        fields_["system"] = [_marked({"type": "text", "text": request.system})]
    tools: list[object] = [
        {"name": t.name, "description": t.description, "input_schema": t.parameters} for t in request.tools
    ]
    if options.web_search and quirks.web_search:
        # Left to itself, this version of the tool wants to be called out of code that not every model can run.
        tools.append({"type": quirks.web_search, "name": "web_search", "allowed_callers": ["direct"]})
    if options.code_interpreter and quirks.code_interpreter:
        tools.append({"type": quirks.code_interpreter, "name": "code_execution"})
    if tools:
        fields_["tools"] = tools
    if thinks_adaptively(connection.model) and "thinking" in courtesies:
        # The newest models leave the text of their thinking out unless it is asked for.
        fields_["thinking"] = {"type": "adaptive", "display": "summarized"}
    if effort := courtesies.keep("reasoning_effort", options.reasoning_effort):
        fields_["output_config"] = {"effort": _EFFORTS.get(effort, effort)}
    asked = fields_ | dict(options.extra)
    return fields.clean_object(asked | container(_known(request), options.extra))


def thinks_adaptively(model: str) -> bool:
    """Whether the model takes `thinking: adaptive`: Claude 4.6 and everything after it."""
    match = _FAMILY.match(model)
    return match is not None and (int(match[1]), int(match[2] or 0)) >= _ADAPTIVE_SINCE


def _known(request: ChatRequest) -> Mapping[str, Json]:
    """What the replies of this call so far want to be told again besides the messages."""
    known: dict[str, Json] = {}
    for message in request.messages:
        if isinstance(message, ModelMessage) and message.replay.wire == WIRE:
            known |= message.replay.beside
    return known


def _stable(request: ChatRequest) -> frozenset[int]:
    """The messages that get a mark, besides the system text, whose mark covers the tools in front of it.

    The last answer of an earlier turn, and the last message where this call is likely to go on: writing the cache
    costs a quarter more than not using it.
    """
    answers = [n for n, message in enumerate(request.messages) if isinstance(message, AssistantMessage)]
    goes_on = any(isinstance(message, ModelMessage) for message in request.messages)
    last = [len(request.messages) - 1] if goes_on or (request.tools and request.purpose != "ballot") else []
    return frozenset((*answers[-1:], *last))


def _marked(block: Mapping[str, Json]) -> dict[str, Json]:
    """The block with the mark up to which everything is kept for the next request that begins alike."""
    return {**block, "cache_control": {"type": "ephemeral"}}


def _merged(messages: Sequence[Message], *, marked: Collection[int]) -> list[dict[str, object]]:
    """The messages with neighbours of one role put together, as the wire wants user and assistant to alternate."""
    turns: list[dict[str, object]] = []
    for number, message in enumerate(messages):
        role, blocks = _blocks(message)
        if number in marked:
            blocks[-1:] = [_marked(block) for block in blocks[-1:] if isinstance(block, dict)]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] = [*fields.each(turns[-1]["content"]), *blocks]
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Message) -> tuple[str, list[Json]]:
    """A message's role and its blocks; an empty text block would be a 400."""
    match message:
        case UserMessage(text):
            return "user", [{"type": "text", "text": text}] if text else []
        case AssistantMessage(text):
            return "assistant", [{"type": "text", "text": text}] if text else []
        case ModelMessage(replay=replay) if replay.wire == WIRE:
            return "assistant", list(replay.items)
        case ModelMessage(text=text, calls=calls):
            said: list[Json] = [{"type": "text", "text": text}] if text else []
            used: list[Json] = [
                {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)} for call in calls
            ]
            return "assistant", said + used
        case ToolResults(results):
            return "user", [
                {"type": "tool_result", "tool_use_id": r.call_id, "content": r.text, "is_error": r.is_error}
                for r in results
            ]
