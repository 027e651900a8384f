"""Anthropic's Messages wire: Claude.

No tool is ever forced: current models answer 400 to that, older ones do while they think. Blocks go back unchanged
within a call, because thinking is signed.
"""

import contextlib
import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from massgen.backends import fields, sse
from massgen.backends.adapter import Adapter
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.protocol import Backend
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

_MOST_PAUSES = 10
"""The provider pauses after some ten uses of its own tools, and goes on when it is asked again."""

_ADAPTIVE_SINCE = (4, 6)
"""The first version whose models decide themselves how much to think; older ones answer 400."""


def backend(connection: Connection) -> Backend:
    """One model behind the Messages wire."""
    return Adapter(
        connection,
        courtesies=_COURTESIES,
        body=body,
        reader=Reader,
        connect=_client,
        events=_events,
        sdk_errors=_sdk_errors,
    )


async def _events(
    client: Callable[[], Awaitable["AsyncAnthropic"]], body: dict[str, Json], reader: "Reader"
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
    if options.reasoning_effort:
        fields_["output_config"] = {"effort": options.reasoning_effort}
    return fields.clean_object(fields_ | dict(options.extra))


def thinks_adaptively(model: str) -> bool:
    """Whether the model takes `thinking: adaptive`: Claude 4.6 and everything after it."""
    match = _FAMILY.match(model)
    return match is not None and (int(match[1]), int(match[2] or 0)) >= _ADAPTIVE_SINCE


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


# -- what streams back -----------------------------------------------------------------------------------------------


class Reader:
    """Reads the events of one message, putting its blocks together again.

    A message that paused and those that go on with it are one; the places of their blocks are counted through.
    """

    def __init__(self, request: ChatRequest) -> None:
        self.reply = Reply(WIRE, round_=len(request.messages))
        self._blocks: dict[int | str, dict[str, Json]] = {}
        self._typed: dict[int | str, str] = {}
        self._uses: dict[str, str] = {}
        self._counted: dict[str, int] = {}
        self._counted_before: Counter[str] = Counter()
        self._container = ""
        self._first_place = 0
        self._pauses = 0
        self.paused = False
        """Whether the provider waits for us to let it go on."""
        self._thought = False
        self._stop_reason = ""
        self._stop_details: object = None

    def take(self, event: object) -> Iterator[Part]:
        """The parts that an event brings."""
        index = fields.get(event, "index")
        place = self._first_place + index if isinstance(index, int) else ""
        match fields.text(event, "type"):
            case "message_start":
                self._count(fields.get(event, "message", "usage"))
                self._container = fields.text(event, "message", "container", "id") or self._container
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
                self._container = fields.text(event, "delta", "container", "id") or self._container
            case "message_stop":
                self._close()
            case _:
                pass  # wires grow: an unknown kind of event is not for us

    def resume(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """What to ask instead of the first request's: that the provider goes on behind all that has come so far."""
        self.paused = False
        self._first_place = len(self._blocks)
        self._counted_before += Counter(self._counted)
        self._counted, self._stop_reason = {}, ""
        said: dict[str, Json] = {"role": "assistant", "content": list(self.replay(()))}
        going_on: dict[str, Json] = {
            "messages": [*(fields.clean(turn) for turn in fields.each(body, "messages")), said]
        }
        # Its code goes on where it ran.
        return going_on | ({"container": self._container} if self._container else {})

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
                yield ServerToolUsed(name=_tool(fields.text(block, "name")), status="running")
            case type_ if type_.endswith("_tool_result"):
                content, detail = fields.get(block, "content"), self._uses.get(fields.text(block, "tool_use_id"), "")
                error = fields.text(content, "error_code")
                failed = fields.text(content, "type").endswith("_error") or fields.count(content, "return_code") != 0
                yield ServerToolUsed(
                    name=_tool(type_.removesuffix("_tool_result")),
                    status="failed" if failed else "completed",
                    detail=fields.gist(f"{detail} ({error})".strip() if error else detail),
                )
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
            detail = fields.gist(*(fields.text(block, "input", name) for name in _ABOUT))
            self._uses[fields.text(block, "id")] = detail
            yield ServerToolUsed(name=_tool(fields.text(block, "name")), status="running", detail=detail)

    def _close(self) -> None:
        """The terminal marker, and why the model stopped."""
        match self._stop_reason:
            case "refusal":
                category = fields.text(self._stop_details, "category")
                self.reply.give_up("refused", fields.text(self._stop_details, "explanation") or category)
            case "model_context_window_exceeded":
                self.reply.give_up("context_length", "the reply ran out of the context window")
            case "pause_turn" if self._pauses < _MOST_PAUSES:
                self._pauses += 1
                self.paused = True
            case "pause_turn":
                self.reply.give_up("truncated", f"it was still using its own tools after {_MOST_PAUSES} pauses")
            case reason:
                self.reply.stop(cut=reason == "max_tokens")

    def _count(self, counted: object) -> None:
        """Counts are cumulative, and the last one may leave out the input: what came before stays."""
        if isinstance(counted, dict):
            self._counted |= {name: value for name, value in counted.items() if isinstance(value, int)}
            thought = fields.count(counted, "output_tokens_details", "thinking_tokens")
            self._counted["thinking_tokens"] = thought or self._counted.get("thinking_tokens", 0)
            self.reply.usage = _usage(self._counted_before + Counter(self._counted))


_ABOUT = ("query", "url", "code", "command", "path")
"""Where the provider's tools have what they are used on."""


def _tool(name: str) -> str:
    """The name of a tool of the provider's, the same on all wires where they have the same."""
    return "code_interpreter" if name.endswith("code_execution") else name


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
