"""OpenAI's Responses wire: OpenAI itself, and xAI.

Stateless: nothing is stored at the provider, and within a call its own output items, encrypted reasoning included, go
back unchanged in front of the tool results.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from massgen.backends import fields, problems
from massgen.backends.adapter import Adapter
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies
from massgen.backends.models import reasons
from massgen.backends.protocol import Backend
from massgen.backends.reply import Reply
from massgen.backends.transport import openai_client, openai_errors, openai_events
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

WIRE = "responses"

# 400 `unsupported_value` on `reasoning.summary` for organisations that OpenAI has not verified (home-assistant/core
# issue 160212), and on `include` for chat variants (pydantic/pydantic-ai issue 3326), both seen in 2026; so was
# "Unrecognized request argument supplied: prompt_cache_key" on Azure (zed-industries/zed issue 52000).
_COURTESIES = {
    "reasoning.summary": ("reasoning.summary", "reasoning summaries"),
    "include": ("encrypted content",),
    "prompt_cache_key": ("prompt_cache_key",),
}

_OPTIONS = {
    "reasoning_effort": ("reasoning.effort", "reasoning_effort", "reasoningeffort"),
    "verbosity": ("verbosity",),
    "temperature": ("temperature",),
    "top_p": ("top_p",),
}
"""The user's own that not every model knows."""

_GROK_REASONING = re.compile(r"grok-(?!.*non-reasoning)", re.IGNORECASE)


def backend(connection: Connection) -> Backend:
    """One model behind the Responses wire."""
    return Adapter(
        connection,
        courtesies=_COURTESIES | connection.options.chosen(_OPTIONS),
        body=body,
        reader=lambda request: Reader(connection, request),
        connect=openai_client,
        events=lambda client, body, _: openai_events(client, "/responses", body),
        sdk_errors=openai_errors,
    )


# -- what is asked ---------------------------------------------------------------------------------------------------


def body(connection: Connection, request: ChatRequest, courtesies: Courtesies) -> dict[str, Json]:
    """The request as the wire spells it."""
    options, quirks = connection.options, connection.provider.quirks
    # As a message and not as `instructions`: every compatible server knows a system message.
    system = [{"role": "system", "content": request.system}] if request.system else []
    fields_: dict[str, object] = {
        "model": connection.model,
        "input": [*system, *(item for message in request.messages for item in _items(message))],
        "store": False,
        "stream": True,
    }
    tools: list[object] = [
        # Without `strict: False` OpenAI demands every property to be required.
        {"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters, "strict": False}
        for t in request.tools
    ]
    if options.web_search and quirks.web_search:
        tools.append({"type": quirks.web_search})
    if options.code_interpreter and quirks.code_interpreter:
        container = {"container": {"type": "auto"}} if quirks.container else {}
        tools.append({"type": quirks.code_interpreter, **container})
    if tools:
        fields_["tools"] = tools
    thinks = _reasons(connection)
    if thinks and "include" in courtesies:
        fields_["include"] = ["reasoning.encrypted_content"]
    asked_for_summaries = thinks and quirks.summaries and "reasoning.summary" in courtesies
    reasoning = {
        "effort": courtesies.keep("reasoning_effort", options.reasoning_effort),
        "summary": courtesies.keep("reasoning.summary", options.reasoning_summary)
        or ("auto" if asked_for_summaries else None),
    }
    verbosity = courtesies.keep("verbosity", options.verbosity)
    chosen = {
        "reasoning": {name: value for name, value in reasoning.items() if value is not None} or None,
        "text": {"verbosity": verbosity} if verbosity else None,
        "temperature": courtesies.keep("temperature", options.temperature),
        "top_p": courtesies.keep("top_p", options.top_p),
        "max_output_tokens": options.max_tokens,
        "prompt_cache_key": (options.cache_key or None) if "prompt_cache_key" in courtesies else None,
    }
    fields_ |= {name: value for name, value in chosen.items() if value is not None}
    return fields.clean_object(fields_ | dict(options.extra))


def _reasons(connection: Connection) -> bool:
    """Whether the model reasons; one that does not answers 400 to `reasoning` and to `include`."""
    model = connection.model
    return connection.provider.quirks.reasons or reasons(model) or _GROK_REASONING.match(model) is not None


def _items(message: Message) -> Iterator[Mapping[str, object]]:
    """A message as input items."""
    match message:
        case UserMessage(text):
            yield {"role": "user", "content": text}
        case AssistantMessage(text):
            yield {"role": "assistant", "content": text}
        case ModelMessage(text=text, calls=calls, replay=replay) if replay.wire == WIRE:
            yield from (item for item in replay.items if isinstance(item, dict))
        case ModelMessage(text=text, calls=calls):
            if text:
                yield {"role": "assistant", "content": text}
            for call in calls:
                arguments = call.invalid or fields.compact(call.arguments)
                yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}
        case ToolResults(results):
            for result in results:
                yield {"type": "function_call_output", "call_id": result.call_id, "output": result.text}


# -- what streams back -----------------------------------------------------------------------------------------------


class Reader:
    """Reads the events of one response.

    `output_item.done` is the authority: `response.completed` comes with an empty `output` from some servers.
    """

    def __init__(self, connection: Connection, request: ChatRequest) -> None:
        self.reply = Reply(WIRE, round_=len(request.messages))
        self._connection = connection
        self._items: list[dict[str, Json]] = []
        self._streamed: set[object] = set()
        self._summary: object = None
        self._refusal = ""

    def take(self, event: object) -> Iterator[Part]:
        """The parts that an event brings."""
        delta, item, where = fields.text(event, "delta"), fields.get(event, "item"), _place(event)
        match fields.text(event, "type"):
            case "response.output_text.delta":
                self._streamed.add(where)
                yield from self.reply.say(delta)
            case "response.reasoning_summary_text.delta":
                yield from self.reply.think(self._paragraph(event) + delta)
            case "response.reasoning_text.delta":
                yield from self.reply.think(delta)
            case "response.refusal.delta":
                self._streamed.add(where)
                self._refusal += delta
            case "response.function_call_arguments.delta":
                yield from self.reply.argue(where, delta)
            case "response.output_item.added":
                yield from self._begin(where, item)
            case "response.output_item.done":
                yield from self._end(where, item)
            case "response.completed" | "response.incomplete" | "response.failed" as type_:
                self._close(type_, fields.get(event, "response"))
            case "error":
                self._complain(event)
            case _:
                pass  # wires grow: an unknown kind of event is not for us

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:
        """The finished items, as they came.

        Reasoning without its encrypted content cannot be found again (nothing is stored), and a call that was cut has
        no result: both would be a 400.
        """
        answered = {call.id for call in calls}
        return [
            item
            for item in self._items
            if not (item.get("type") == "reasoning" and not item.get("encrypted_content"))
            and not (item.get("type") == "function_call" and item.get("call_id") not in answered)
        ]

    def _paragraph(self, event: object) -> str:
        """Each part of a summary is a paragraph of its own."""
        previous, self._summary = self._summary, (_place(event), fields.get(event, "summary_index"))
        return "\n\n" if previous not in (None, self._summary) else ""

    def _begin(self, where: int | str, item: object) -> Iterator[Part]:
        """An output item begins."""
        type_ = fields.text(item, "type")
        if type_ == "function_call":
            self.reply.open(where, id_=fields.text(item, "call_id"), name=fields.text(item, "name"))
        elif type_ in _SERVER_TOOLS:
            yield ServerToolUsed(name=_SERVER_TOOLS[type_], status="running")

    def _end(self, where: int | str, item: object) -> Iterator[Part]:
        """An output item is finished; what did not stream is taken from it."""
        if not isinstance(item, dict):
            return
        type_, kept = fields.text(item, "type"), fields.clean_object(item)
        if type_ == "function_call":
            name, call_id = fields.text(item, "name"), fields.text(item, "call_id")
            call = self.reply.call(where) or self.reply.open(where, id_=call_id, name=name)
            self.reply.settle(where, fields.text(item, "arguments"))
            kept["call_id"] = call.id
        elif type_ == "message" and where not in self._streamed:
            for content in fields.each(item, "content"):
                self._refusal += fields.text(content, "refusal")
                yield from self.reply.say(fields.text(content, "text"))
        elif type_ in _SERVER_TOOLS:
            failed = fields.text(item, "status") in ("failed", "incomplete")
            name, action = _SERVER_TOOLS[type_], fields.get(item, "action")
            searched = fields.joined(action, "queries") or fields.text(action, "query")
            detail = fields.gist(searched, fields.text(action, "url"), fields.text(item, "code"))
            yield ServerToolUsed(name=name, status="failed" if failed else "completed", detail=detail)
        self._items.append(kept)

    def _close(self, type_: str, response: object) -> None:
        """A terminal marker."""
        counted = fields.get(response, "usage")
        self.reply.count(counted, _usage(counted))
        reason = fields.text(response, "incomplete_details", "reason")
        incomplete = "incomplete" in (type_.removeprefix("response."), fields.text(response, "status"))
        if type_ == "response.failed":
            self._complain(fields.get(response, "error"))
        elif reason == "content_filter":
            self.reply.give_up("refused", "the provider's content filter stopped it")
        elif self._refusal and not self.reply.spoke:
            self.reply.give_up("refused", self._refusal)
        else:
            self.reply.stop(cut=incomplete and reason in ("max_output_tokens", ""))

    def _complain(self, error: object) -> None:
        """The provider gives up inside the stream."""
        complaint = problems.complaint_in(error)
        self.reply.fail(problems.problem(self._connection, problems.classify(complaint), complaint))


_SERVER_TOOLS: Mapping[str, str] = {
    "web_search_call": "web_search",
    "code_interpreter_call": "code_interpreter",
    "file_search_call": "file_search",
    "mcp_call": "mcp",
    "image_generation_call": "image_generation",
}


def _place(event: object) -> int | str:
    """The output item that an event belongs to."""
    index = fields.get(event, "output_index")
    return index if isinstance(index, int) else fields.text(event, "item_id") or fields.text(event, "item", "id")


def _usage(counted: object) -> Usage | None:
    """The wire's counts are ours: input includes cached tokens, output includes reasoning."""
    if not isinstance(counted, dict):
        return None
    return Usage(
        input_tokens=fields.count(counted, "input_tokens"),
        output_tokens=fields.count(counted, "output_tokens"),
        cached_tokens=fields.count(counted, "input_tokens_details", "cached_tokens"),
        cache_write_tokens=fields.count(counted, "input_tokens_details", "cache_write_tokens"),
        reasoning_tokens=fields.count(counted, "output_tokens_details", "reasoning_tokens"),
        cost=Decimal(ticks) / _TICKS if (ticks := fields.count(counted, "cost_in_usd_ticks")) else None,
    )


_TICKS = 10_000_000_000
"""xAI tells what a request cost, in ticks; so many are a dollar (BerriAI/litellm pull request 39441)."""
