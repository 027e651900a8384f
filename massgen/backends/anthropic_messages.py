"""Anthropic's Messages wire: Claude.

No tool is ever forced: current models answer 400 to that, older ones do while they think. Blocks go back unchanged
within a call, because thinking is signed.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from massgen.backends import fields
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies, speak
from massgen.backends.reply import Reply
from massgen.backends.transport import http_client
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Json,
    Message,
    ModelMessage,
    Part,
    ServerToolUsed,
    ToolCall,
    ToolResults,
    Usage,
    UserMessage,
)

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

WIRE = "messages"

_MAX_TOKENS = 32_000
"""The wire demands a limit; every model of the 4 family and later allows this one."""

_COURTESIES = {"thinking": ("adaptive", "thinking:", "thinking.", "thinking is not", "support thinking")}

_FAMILY = re.compile(r"claude-[a-z]+-(\d+)(?:[-.](\d{1,2})(?!\d))?", re.IGNORECASE)

_ADAPTIVE_SINCE = (4, 6)
"""The first version whose models decide themselves how much to think; older ones answer 400."""


class AnthropicMessages:
    """One model behind the Messages wire."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._courtesies = Courtesies(_COURTESIES)
        self._client: AsyncAnthropic | None = None

    @property
    def model(self) -> str:
        return self._connection.model

    def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Ask the model once."""
        return speak(
            self._events(body(self._connection, request, self._courtesies)),
            Reader(request),
            connection=self._connection,
            courtesies=self._courtesies,
            sdk_errors=_sdk_errors,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _events(self, body: dict[str, Json]) -> AsyncGenerator[object, None]:
        """The events as plain JSON; the SDK is imported and its client made on the first call, off the event loop."""
        if self._client is None:
            self._client = await asyncio.to_thread(_client, self._connection)
        from anthropic import AsyncStream

        events = await self._client.post(
            "/v1/messages", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        )
        async with events:
            async for event in events:
                yield event


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
        "messages": _merged(request.messages),
        "stream": True,
    }
    if request.system:
        fields_["system"] = [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}]
    tools: list[object] = [
        {"name": t.name, "description": t.description, "input_schema": t.parameters} for t in request.tools
    ]
    if options.web_search and quirks.web_search:
        tools.append({"type": quirks.web_search, "name": "web_search"})
    if options.code_interpreter and quirks.code_interpreter:
        tools.append({"type": quirks.code_interpreter, "name": "code_execution"})
    if tools:
        fields_["tools"] = tools
    if thinks_adaptively(connection.model) and "thinking" in courtesies:
        # The newest models leave the text of their thinking out unless it is asked for.
        fields_["thinking"] = {"type": "adaptive", "display": "summarized"}
    if options.reasoning_effort:
        fields_["output_config"] = {"effort": options.reasoning_effort}
    return fields.clean_object(fields_ | dict(options.extra))


def thinks_adaptively(model: str) -> bool:
    """Whether the model takes `thinking: adaptive`: Claude 4.6 and everything after it."""
    match = _FAMILY.match(model)
    return match is not None and (int(match[1]), int(match[2] or 0)) >= _ADAPTIVE_SINCE


def _merged(messages: Sequence[Message]) -> list[dict[str, object]]:
    """The messages with neighbours of one role put together, as the wire wants user and assistant to alternate."""
    turns: list[dict[str, object]] = []
    for message in messages:
        role, blocks = _blocks(message)
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


# -- what streams back -----------------------------------------------------------------------------------------------


class Reader:
    """Reads the events of one message, putting its blocks together again."""

    def __init__(self, request: ChatRequest) -> None:
        self.reply = Reply(WIRE, round_=len(request.messages))
        self._blocks: dict[int | str, dict[str, Json]] = {}
        self._typed: dict[int | str, str] = {}
        self._counted: dict[str, int] = {}
        self._thought = False
        self._stop_reason = ""
        self._stop_details: object = None

    def take(self, event: object) -> Iterator[Part]:
        """The parts that an event brings."""
        index = fields.get(event, "index")
        place = index if isinstance(index, int) else ""
        match fields.text(event, "type"):
            case "message_start":
                self._count(fields.get(event, "message", "usage"))
            case "content_block_start":
                yield from self._begin(place, fields.get(event, "content_block"))
            case "content_block_delta":
                yield from self._go_on(place, fields.get(event, "delta"))
            case "content_block_stop":
                yield from self._end(place)
            case "message_delta":
                self._count(fields.get(event, "usage"))
                self._stop_reason = fields.text(event, "delta", "stop_reason") or self._stop_reason
                self._stop_details = fields.get(event, "delta", "stop_details")
            case "message_stop":
                self._close()
            case _:
                pass  # wires grow: an unknown kind of event is not for us

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:
        """The blocks in their order; those that the wire would refuse (empty text, a call cut short) are left out."""
        inputs = {call.id: call.arguments for call in calls}
        kept: list[Json] = []
        for block in self._blocks.values():
            if block.get("type") == "tool_use":
                id_ = fields.text(block, "id")
                if id_ in inputs:
                    kept.append(block | {"input": dict(inputs[id_])})
            elif block.get("type") != "text" or block.get("text"):
                kept.append(block)
        return kept

    def _begin(self, place: int | str, block: object) -> Iterator[Part]:
        """A block begins; results of the provider's own tools arrive whole."""
        if not isinstance(block, dict):
            return
        kept = self._blocks[place] = fields.clean_object(block)
        match fields.text(block, "type"):
            case "tool_use":
                call = self.reply.open(place, id_=fields.text(block, "id"), name=fields.text(block, "name"))
                kept["id"] = call.id
                self.reply.settle(place, _given(fields.get(block, "input")))
            case "text":
                yield from self.reply.say(fields.text(block, "text"))
            case "thinking":
                # Each block of thinking is a paragraph of its own.
                yield from self.reply.think("\n\n" if self._thought else "")
                self._thought = True
                yield from self.reply.think(fields.text(block, "thinking"))
            case "server_tool_use":
                yield ServerToolUsed(name=fields.text(block, "name"), status="running")
            case type_ if type_.endswith("_tool_result"):
                failed = fields.text(block, "content", "type").endswith("_error")
                name = type_.removesuffix("_tool_result")
                detail = fields.text(block, "content", "error_code")
                yield ServerToolUsed(name=name, status="failed" if failed else "completed", detail=detail)
            case _:
                pass  # kept for the replay, not shown

    def _go_on(self, place: int | str, delta: object) -> Iterator[Part]:
        """A block goes on."""
        block = self._blocks.setdefault(place, {"type": "text", "text": ""})
        match fields.text(delta, "type"):
            case "text_delta":
                _append(block, "text", fields.text(delta, "text"))
                yield from self.reply.say(fields.text(delta, "text"))
            case "thinking_delta":
                _append(block, "thinking", fields.text(delta, "thinking"))
                yield from self.reply.think(fields.text(delta, "thinking"))
            case "signature_delta":
                _append(block, "signature", fields.text(delta, "signature"))
            case "input_json_delta":
                typed = fields.text(delta, "partial_json")
                self._typed[place] = self._typed.get(place, "") + typed
                yield from self.reply.argue(place, typed)
            case "citations_delta":
                block["citations"] = [
                    *(fields.clean(citation) for citation in fields.each(block, "citations")),
                    fields.clean(fields.get(delta, "citation")),
                ]
            case _:
                pass  # wires grow: an unknown kind of delta is not for us

    def _end(self, place: int | str) -> Iterator[Part]:
        """A block is complete."""
        block = self._blocks.get(place, {})
        if block.get("type") == "server_tool_use":
            given = fields.arguments_of(self._typed.get(place, ""))
            if given:
                block["input"] = given
            detail = fields.text(given, "query") or fields.text(given, "url")
            yield ServerToolUsed(name=fields.text(block, "name"), status="running", detail=detail)

    def _close(self) -> None:
        """The terminal marker, and why the model stopped."""
        match self._stop_reason:
            case "refusal":
                category = fields.text(self._stop_details, "category")
                self.reply.give_up("refused", fields.text(self._stop_details, "explanation") or category)
            case "model_context_window_exceeded":
                self.reply.give_up("context_length", "the reply ran out of the context window")
            case reason:
                self.reply.stop(cut=reason == "max_tokens")

    def _count(self, counted: object) -> None:
        """Counts are cumulative, and the last one may leave out the input: what came before stays."""
        if isinstance(counted, dict):
            self._counted |= {name: value for name, value in counted.items() if isinstance(value, int)}
            thought = fields.count(counted, "output_tokens_details", "thinking_tokens")
            self._counted["thinking_tokens"] = thought or self._counted.get("thinking_tokens", 0)
            self.reply.usage = _usage(self._counted)


def _append(block: dict[str, Json], name: str, characters: str) -> None:
    block[name] = fields.text(block, name) + characters


def _given(input_: object) -> str:
    """The arguments of a call that came whole in its start event, as some servers send them."""
    return fields.compact(input_) if isinstance(input_, dict) and input_ else ""


def _usage(counted: Mapping[str, int]) -> Usage:
    """The wire counts cached and cache-written tokens apart from the input; ours includes them."""
    cached = fields.count(counted, "cache_read_input_tokens")
    written = fields.count(counted, "cache_creation_input_tokens")
    return Usage(
        input_tokens=fields.count(counted, "input_tokens") + cached + written,
        output_tokens=fields.count(counted, "output_tokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=fields.count(counted, "thinking_tokens"),
    )
