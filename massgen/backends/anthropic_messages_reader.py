"""Reading Anthropic's Messages wire: what streams back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from massgen.backends import fields
from massgen.backends.reply import Reply
from massgen.messages import ChatRequest, Json, Part, ServerToolUsed, ToolCall, Usage

WIRE = "messages"

_MOST_PAUSES = 10
"""The provider pauses after some ten uses of its own tools, and goes on when it is asked again."""


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
                self._runs_in(fields.get(event, "message", "container"))
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
                self._runs_in(fields.get(event, "delta", "container"))
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
        messages = [*(fields.clean(turn) for turn in fields.each(body, "messages")), said]
        return {"messages": messages, **container(self.reply.beside, body)}

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

    def _runs_in(self, named: object) -> None:
        """The provider says where its code runs."""
        if id_ := fields.text(named, "id"):
            self.reply.beside["container"] = id_

    def _count(self, counted: object) -> None:
        """Counts are cumulative, and the last one may leave out the input: what came before stays."""
        if isinstance(counted, dict):
            self._counted |= {name: value for name, value in counted.items() if isinstance(value, int)}
            thought = fields.count(counted, "output_tokens_details", "thinking_tokens")
            self._counted["thinking_tokens"] = thought or self._counted.get("thinking_tokens", 0)
            self.reply.count(self._counted, _usage(self._counted_before + Counter(self._counted)))


def container(known: Mapping[str, Json], asked: Mapping[str, Json]) -> dict[str, Json]:
    """Where the provider's code goes on: in the container it ran in, unless the request names one itself.

    The request may also say what to load into one that it does not name.
    """
    id_, wanted = known.get("container"), asked.get("container")
    if not id_ or (wanted and not isinstance(wanted, dict)):
        return {}
    return {"container": {"id": id_, **wanted} if isinstance(wanted, dict) else id_}


_ABOUT = ("query", "url", "code", "path", "command")
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
