"""The Chat Completions wire: every provider and local server that is "OpenAI-compatible".

Nearly compatible, that is. Reasoning has three spellings, calls come with repeated or missing indices and ids, usage
comes on any chunk and in three places; what a provider wants differently from us is in its `Quirks`.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from massgen.backends import fields, problems
from massgen.backends.adapter import Adapter
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.reply import OpenCall, Reply
from massgen.backends.thinking import Split, Thinking
from massgen.backends.transport import openai_client, openai_errors, openai_events
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Json,
    Message,
    ModelMessage,
    Part,
    ToolCall,
    ToolResults,
    Usage,
    UserMessage,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI

WIRE = "chat_completions"

TOOLS = "tools on Chat Completions"

_COURTESIES = {"stream_options": ("stream_options", "include_usage")}

_OPTIONS = {
    "reasoning_effort": ("reasoning_effort", "reasoning.effort", "reasoning effort"),
    "verbosity": ("verbosity",),
    "temperature": ("temperature",),
    "top_p": ("top_p",),
}
"""The user's own that not every model knows."""

_OTHER_WIRE = {TOOLS: ("/v1/responses",)}
"""How a provider with two wires says that a model takes tools on the other one only."""


_OF_A_CALL = frozenset({"index", "id", "type", "function"})
"""What a piece of a call has everywhere. What else it has goes back as it came: Google's models refuse calls without
the signature that they put there (`extra_content`; ai.google.dev/gemini-api/docs/openai)."""


def backend(connection: Connection) -> "Adapter[AsyncOpenAI, Reader]":
    """One model behind the Chat Completions wire."""
    other_wire = _OTHER_WIRE if has_other_wire(connection) else {}
    return Adapter(
        connection,
        courtesies={**other_wire, **_COURTESIES, **connection.options.chosen(_OPTIONS)},
        body=body,
        reader=lambda request: Reader(connection, request),
        connect=openai_client,
        events=lambda client, body, _: openai_events(client, "/chat/completions", body),
        sdk_errors=openai_errors,
    )


def has_other_wire(connection: Connection) -> bool:
    """Whether the same model can be asked on another wire: Azure's dated versions have none."""
    return connection.provider.reasoning is not None and not connection.options.api_version


# -- what is asked ---------------------------------------------------------------------------------------------------


def body(connection: Connection, request: ChatRequest, courtesies: Courtesies) -> dict[str, Json]:
    """The request as the wire spells it."""
    options, quirks = connection.options, connection.provider.quirks
    system = [{"role": "system", "content": request.system}] if request.system else []
    fields_: dict[str, object] = {
        "model": connection.model,
        "messages": [*system, *(line for message in request.messages for line in _lines(message))],
        "stream": True,
    }
    if request.tools:
        fields_["tools"] = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": t.parameters},
            }
            for t in request.tools
        ]
    if quirks.counts_on_request and "stream_options" in courtesies:
        fields_["stream_options"] = {"include_usage": True}
    effort = courtesies.keep("reasoning_effort", options.reasoning_effort)
    reasoning = {"effort": effort, "summary": options.reasoning_summary} if quirks.reasoning_object else {}
    chosen = {
        "temperature": courtesies.keep("temperature", options.temperature),
        "top_p": courtesies.keep("top_p", options.top_p),
        quirks.max_tokens_field: options.max_tokens,
        "reasoning_effort": None if quirks.reasoning_object else effort,
        "reasoning": {name: value for name, value in reasoning.items() if value} or None,
        "verbosity": courtesies.keep("verbosity", options.verbosity),
    }
    fields_ |= {name: value for name, value in chosen.items() if value is not None}
    return fields.clean_object(fields_ | dict(options.extra))


def _lines(message: Message) -> Iterator[Mapping[str, object]]:
    """A message as the wire's messages."""
    match message:
        case UserMessage(text):
            yield {"role": "user", "content": text}
        case AssistantMessage(text):
            yield {"role": "assistant", "content": text}
        case ModelMessage(replay=replay) if replay.wire == WIRE:
            yield from (item for item in replay.items if isinstance(item, dict))
        case ModelMessage(text=text, calls=calls):
            yield _assistant(text, calls)
        case ToolResults(results):
            for result in results:
                yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text}


def _assistant(text: str, calls: Sequence[ToolCall]) -> dict[str, Json]:
    """What the model said. Arguments that were no JSON go back as none: servers parse them, and answer 500."""
    line: dict[str, Json] = {"role": "assistant", "content": text or None}
    if calls:
        line["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": fields.compact(c.arguments)}}
            for c in calls
        ]
    return line


# -- what streams back -----------------------------------------------------------------------------------------------


class Reader:
    """Reads the chunks of one completion. A finish reason is the terminal marker; the usage comes after it."""

    def __init__(self, connection: Connection, request: ChatRequest) -> None:
        self.reply = Reply(WIRE, round_=len(request.messages))
        self._connection = connection
        self._thinking = Thinking()
        self._said: list[str] = []
        self._thought: list[str] = []
        self._details: list[Json] = []
        self._refusal = ""
        self._open: dict[object, int] = {}
        self._beside: dict[str, dict[str, Json]] = {}
        self._opened = 0

    def take(self, event: object) -> Iterator[Part]:
        """The parts that a chunk brings."""
        counts = (fields.get(event, *place) for place in _COUNTS)
        if (counted := next((count for count in counts if isinstance(count, dict)), None)) is not None:
            self.reply.count(counted, _usage(counted))
        if fields.get(event, "object") == "error":
            self._complain(event)  # older vLLM
        if stopped := fields.text(event, "x_groq", "error"):
            self.reply.give_up("overloaded", stopped)
        for choice in fields.each(event, "choices"):
            delta = fields.get(choice, "delta")
            thought, content = _content(delta)
            self._thought.append(thought)
            self._said.append(content)
            self._details += (fields.clean(detail) for detail in fields.each(delta, "reasoning_details"))
            yield from self.reply.think(thought)
            yield from self._tell(self._thinking.feed(content))
            if reason := fields.text(choice, "finish_reason"):
                yield from self._tell(self._thinking.end())
            for fragment in fields.each(delta, "tool_calls"):
                yield from self._accumulate(fragment)
            self._refusal += fields.text(delta, "refusal")
            if error := fields.get(choice, "error"):
                self._complain(error)  # OpenRouter, of one provider behind it
            self._close(reason)

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:
        """The message of the assistant, with its reasoning where the provider wants that back."""
        line = _assistant(fields.whole("".join(self._said)), calls)
        for call, told in zip(calls, fields.each(line, "tool_calls"), strict=True):
            if isinstance(told, dict):
                told |= self._beside.get(call.id, {})
        match self._connection.provider.quirks.reasoning_back:
            case "reasoning_content":
                line["reasoning_content"] = fields.whole("".join(self._thought))
            case "reasoning_details" if self._details:
                line["reasoning_details"] = self._details
            case "content" if thought := fields.whole("".join(self._thought)):
                said: list[Json] = [{"type": "text", "text": line["content"]}] if line["content"] else []
                line["content"] = [{"type": "thinking", "thinking": [{"type": "text", "text": thought}]}, *said]
        return [line]

    def _tell(self, split: Split) -> Iterator[Part]:
        yield from self.reply.think(split.thought)
        yield from self.reply.say(split.said)

    def _accumulate(self, fragment: object) -> Iterator[Part]:
        """A piece of a tool call.

        Pieces of one call share their index. But some servers repeat an index, or send none: then a new id begins a
        new call, and so does a name after arguments that were complete.
        """
        index = fields.get(fragment, "index")
        place = index if isinstance(index, int) else None
        id_, name = fields.text(fragment, "id"), fields.text(fragment, "function", "name")
        call = self.reply.call(self._open[place]) if place in self._open else None
        if call is None or self._begins(call, id_, name, indexed=place is not None):
            self._opened += 1
            self._open[place] = self._opened
            self.reply.open(self._opened, id_=id_, name=name)
        elif name and not call.name:
            call.name = name
        if (opened := self.reply.call(self._open[place])) is not None and isinstance(fragment, dict):
            beside = {name: value for name, value in fragment.items() if name not in _OF_A_CALL and value is not None}
            self._beside.setdefault(opened.id, {}).update(fields.clean_object(beside))
        yield from self.reply.argue(self._open[place], fields.text(fragment, "function", "arguments"))

    @staticmethod
    def _begins(call: OpenCall, id_: str, name: str, *, indexed: bool) -> bool:
        """Whether a piece belongs to another call than the open one."""
        if id_ and call.wire_id:
            return id_ != call.wire_id
        return bool(name) and not indexed and call.raw != "" and fields.arguments_of(call.raw) is not None

    def _close(self, reason: str) -> None:
        """A finish reason; vendors have their own beside the documented ones, and all but these mean "done"."""
        match reason:
            case "":
                return
            case "content_filter" | "sensitive":
                self.reply.give_up("refused", "the provider's content filter stopped it")
            case "error" | "insufficient_system_resource" | "network_error" | "abort":
                self.reply.give_up("overloaded", f"it finished with {reason!r}")
            case "model_context_window_exceeded":
                self.reply.give_up("context_length", "the reply ran out of the context window")
            case _ if self._refusal and not self.reply.spoke:
                self.reply.give_up("refused", self._refusal)
            case _:
                self.reply.stop(cut=reason in ("length", "max_tokens", "model_length"))

    def _complain(self, error: object) -> None:
        """The server gives up inside the stream, with an error where the SDK does not look for one."""
        complaint = problems.complaint_in(error)
        self.reply.fail(problems.problem(self._connection, problems.classify(complaint), complaint))


def _content(delta: object) -> Split:
    """What a delta brings of reasoning and of text; Mistral's content is a list of both while a model thinks."""
    thought = fields.text(delta, "reasoning_content") or fields.text(delta, "reasoning")
    said = fields.text(delta, "content")
    for chunk in fields.each(delta, "content"):
        thought += "".join(fields.text(piece, "text") for piece in fields.each(chunk, "thinking"))
        said += fields.text(chunk, "text")
    return Split(thought, said)


_COUNTS: Sequence[tuple[str | int, ...]] = (("usage",), ("x_groq", "usage"), ("choices", 0, "usage"))
"""Where tokens are counted: by most, by Groq, and by Moonshot."""


def _usage(counted: object) -> Usage:
    """The wire's counts are ours; OpenRouter adds a cost, DeepSeek and Moonshot have cached tokens elsewhere."""
    cached = fields.count(counted, "prompt_tokens_details", "cached_tokens") or fields.count(counted, "cached_tokens")
    return Usage(
        input_tokens=fields.count(counted, "prompt_tokens"),
        output_tokens=fields.count(counted, "completion_tokens"),
        cached_tokens=cached or fields.count(counted, "prompt_cache_hit_tokens"),
        cache_write_tokens=fields.count(counted, "prompt_tokens_details", "cache_write_tokens"),
        reasoning_tokens=fields.count(counted, "completion_tokens_details", "reasoning_tokens"),
        cost=_dollars(fields.get(counted, "cost")),
    )


def _dollars(cost: object) -> Decimal | None:
    """A cost the provider itself reports."""
    if isinstance(cost, bool) or not isinstance(cost, int | float | str):
        return None
    try:
        dollars = Decimal(str(cost))
    except InvalidOperation:
        return None
    return dollars if dollars.is_finite() and dollars >= 0 else None
