"""Claude Code as a backend: a program with file tools of its own, driven by the claude-agent-sdk.

One request is one run of the program and nothing is kept between two: the conversation so far goes into the prompt as
text. The program makes as many requests to the model as it needs, uses its own tools in the agent's workspace, and ends
by itself, or when the model calls one of our tools. How it is started, and what it may touch, is in `claude_program`.
"""

import asyncio
import contextlib
import logging
import math
import shutil
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from massgen.backends import claude_program, fields, problems
from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies, speak
from massgen.backends.reply import Reply
from massgen.messages import (
    AssistantMessage,
    ChatRequest,
    Failed,
    Json,
    Message,
    ModelMessage,
    Part,
    Problem,
    ProblemKind,
    ServerToolUsed,
    ToolArgsDelta,
    ToolCall,
    ToolResults,
    Usage,
    UserMessage,
)

if TYPE_CHECKING:
    from claude_agent_sdk import ClaudeSDKClient

WIRE: Final = "claude_code"

_START_S: Final = 30.0
"""Seconds for the program to start; it needs less than one."""

_INTERRUPT_S: Final = 1.0
"""Seconds for the program to stop what it is doing; it needs a few milliseconds."""

_BROKEN: Final = "broken"
"""The kind of event that stands for an exception of the SDK."""

_KIND_OF_ERROR: Final[Mapping[str, ProblemKind]] = MappingProxyType(
    {
        "authentication_failed": "auth",
        "billing_error": "quota",
        "rate_limit": "rate_limit",
        "server_error": "overloaded",
    }
)
"""The program's own words for what went wrong (`AssistantMessage.error`), as far as they say more than the status."""

_KIND_OF_WORD: Final[tuple[tuple[str, ProblemKind], ...]] = (
    ("StreamTruncated", "truncated"),
    ("Connection", "network"),
    ("connect", "network"),
    ("timed out", "timeout"),
    ("error_max_turns", "bad_request"),
)
"""The same where there is neither status nor error (seen with version 2.1.330)."""


class ClaudeCode:
    """One model behind Claude Code; without a name it is the one that the user's Claude Code prefers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._spoken_of = replace(connection, model=connection.model or "the default model")
        self._courtesies = Courtesies({})
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def model(self) -> str:
        return self._connection.model or "default"

    def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Run the program once."""
        if (sentence := claude_program.missing(self._connection)) is not None:
            return _refuse(sentence)
        return speak(
            self._events(request),
            Reader(self._spoken_of),
            connection=self._spoken_of,
            courtesies=self._courtesies,
            sdk_errors=_sdk_errors,
        )

    async def close(self) -> None:
        """Wait for the programs that are still ending."""
        await asyncio.gather(*self._endings)

    async def _events(self, request: ChatRequest) -> AsyncGenerator[object, None]:
        """The SDK's messages as plain JSON, and its exceptions as an event of their own."""
        complaints: deque[str] = deque(maxlen=1)
        home = Path(tempfile.mkdtemp(prefix="massgen-claude-"))
        client, done = None, False
        try:
            client = await asyncio.to_thread(_client, self._connection, request, home, complaints.append)
            from claude_agent_sdk import ClaudeSDKError

            try:
                async with asyncio.timeout(_START_S):
                    await client.connect()
                    await client.query(prompt(request.messages))
                async for message in client.receive_response():
                    done = type(message).__name__ == "ResultMessage"
                    yield {"kind": type(message).__name__, **asdict(message)}
            except ClaudeSDKError as error:
                yield {"kind": _BROKEN, "name": type(error).__name__, "text": str(error), "stderr": list(complaints)}
        finally:
            # A second cancellation must not keep the program alive, so its end is a task of its own.
            ending = asyncio.create_task(_end(client, home, busy=not done), name="end of Claude Code")
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
            await asyncio.shield(ending)


async def _refuse(sentence: str) -> AsyncGenerator[Part, None]:
    yield Failed(problem=Problem(kind="bad_request", text=sentence))


def _client(
    connection: Connection, request: ChatRequest, home: Path, complain: Callable[[str], None]
) -> "ClaudeSDKClient":
    """The SDK, which is imported here, and silenced: what it logs reaches us as an exception too."""
    from claude_agent_sdk import ClaudeSDKClient

    logging.getLogger("claude_agent_sdk").setLevel(logging.CRITICAL + 1)
    return ClaudeSDKClient(claude_program.options_for(connection, request, home, complain))


async def _end(client: "ClaudeSDKClient | None", home: Path, *, busy: bool) -> None:
    """End the program and remove its directory. A busy one is interrupted, or it would first finish its request."""
    try:
        if client is not None and busy:
            with contextlib.suppress(*_sdk_errors(), TimeoutError):
                async with asyncio.timeout(_INTERRUPT_S):
                    await client.interrupt()
        if client is not None:
            await client.disconnect()
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _sdk_errors() -> tuple[type[Exception], ...]:
    from claude_agent_sdk import ClaudeSDKError

    return (ClaudeSDKError,)


# -- what is asked ---------------------------------------------------------------------------------------------------


def prompt(messages: Sequence[Message]) -> str:
    """The messages as one text: the last one as it is, and in front of it what was said before.

    Each earlier message stands between tags that none of them holds, so nobody can end his own.
    """
    said = [pair for message in messages for pair in _said(message)]
    if len(said) == 1:
        return fields.whole(said[0][1])
    fence = "message"
    while any(f"<{fence}" in text or f"</{fence}" in text for _, text in said):
        fence += "_"
    *earlier, (_, last) = said if isinstance(messages[-1], UserMessage) else [*said, ("user", "Go on.")]
    quoted = [f"<{fence} from={speaker!r}>\n{text}\n</{fence}>" for speaker, text in earlier]
    return fields.whole("\n\n".join(["The conversation so far:", *quoted, "What is said to you now:", last]))


def _said(message: Message) -> Iterator[tuple[str, str]]:
    """Who says what in a message."""
    match message:
        case UserMessage(text):
            yield "user", text
        case AssistantMessage(text):
            yield "assistant", text
        case ModelMessage(text=text, calls=calls):
            used = [f"{call.name} {call.invalid or fields.compact(call.arguments)}" for call in calls]
            yield "you", "\n".join([*([text] if text else []), *used])
        case ToolResults(results):
            for result in results:
                yield ("failed tool" if result.is_error else "tool"), f"{result.name}: {result.text}"


# -- what streams back -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Use:
    """A use of a tool, whose arguments are still arriving or have arrived."""

    name: str
    fragments: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "".join(self.fragments)

    @property
    def own(self) -> str:
        """The name of one of our tools; "" for one of Claude Code's."""
        return self.name.removeprefix(claude_program.OURS) if self.name.startswith(claude_program.OURS) else ""


class Reader:
    """Reads one run of the program: the model's messages as they stream, what its tools came to, and the result.

    Whole messages repeat what has streamed, so only the deltas are text. A call of ours counts once the program has
    accepted it: the model is told by the program when its arguments do not fit, and tries again.
    """

    def __init__(self, connection: Connection) -> None:
        self.reply = Reply(WIRE, round_=0)
        self._connection = connection
        self._uses: dict[str, _Use] = {}
        self._places: dict[object, str] = {}
        self._worked = False
        self._thought = False
        self._error = ""

    def take(self, event: object) -> Iterator[Part]:
        """The parts that a message of the program brings."""
        match fields.text(event, "kind"):
            case "StreamEvent" if not fields.get(event, "parent_tool_use_id"):
                yield from self._stream(fields.get(event, "event"))
            case "UserMessage":
                for block in fields.each(event, "content"):
                    yield from self._used(block)
            case "AssistantMessage":
                self._error = fields.text(event, "error")
            case "ResultMessage":
                self._close(event)
            case "broken":
                self.reply.fail(self._broken(event))
            case _:
                pass  # the program tells much about itself that is not for us

    def replay(self, calls: Sequence[ToolCall]) -> Sequence[Json]:  # noqa: ARG002 - nothing is kept
        """Nothing: the conversation goes back as text."""
        return ()

    def _stream(self, event: object) -> Iterator[Part]:
        """An event of the Messages wire, as the program passes it on; each message counts its blocks anew."""
        place, block, delta = (fields.get(event, name) for name in ("index", "content_block", "delta"))
        match fields.text(event, "type"), fields.text(block, "type") or fields.text(delta, "type"):
            case "content_block_start", "tool_use":
                self._places[place] = fields.text(block, "id")
                self._uses[fields.text(block, "id")] = _Use(fields.text(block, "name"))
            case "content_block_delta", "text_delta":
                # What is said after a tool was used is a paragraph of its own; a reply cut at its limit just goes on.
                yield from self.reply.say("\n\n" if self._worked and self.reply.spoke else "")
                self._worked = False
                yield from self.reply.say(fields.text(delta, "text"))
            case "content_block_start", "thinking":
                yield from self.reply.think("\n\n" if self._thought else "")
                self._thought = True
            case "content_block_delta", "thinking_delta":
                yield from self.reply.think(fields.text(delta, "thinking"))
            case "content_block_delta", "input_json_delta":
                yield from self._argue(self._places.get(place, ""), fields.text(delta, "partial_json"))
            case "content_block_stop", _:
                yield from self._begin(self._places.pop(place, ""))
            case _:
                pass  # wires grow

    def _argue(self, id_: str, typed: str) -> Iterator[Part]:
        """The arguments of a tool go on; those of Claude Code's own tools are nobody's business but its."""
        use = self._uses.get(id_)
        if use is not None and typed:
            use.fragments.append(typed)
            if use.own:
                yield ToolArgsDelta(id=id_, name=use.own, text=fields.whole(typed))

    def _begin(self, id_: str) -> Iterator[Part]:
        """The arguments of a tool are complete."""
        use = self._uses.get(id_)
        if use is not None and not use.own:
            yield ServerToolUsed(name=use.name, status="running", detail=self._about(use), local=True)

    def _used(self, block: object) -> Iterator[Part]:
        """What a tool came to."""
        id_, failed = fields.text(block, "tool_use_id"), fields.get(block, "is_error") is True
        use = self._uses.get(id_)
        if use is None:
            return
        self._worked = True
        if not use.own:
            status: Literal["failed", "completed"] = "failed" if failed else "completed"
            about, changed = self._about(use), self._changed(use)
            yield ServerToolUsed(name=use.name, status=status, detail=about, changed=changed, local=True)
        elif not failed:
            self.reply.open(id_, id_=id_, name=use.own)
            self.reply.settle(id_, use.raw)

    def _about(self, use: _Use) -> str:
        given = fields.arguments_of(use.raw) or {}
        return fields.whole(claude_program.detail_of(given, self._connection.options.cwd))

    def _changed(self, use: _Use) -> str:
        """The file of the user's own that this use of a tool writes, if it is one."""
        given = fields.arguments_of(use.raw) or {}
        return fields.whole(claude_program.changed_by(use.name, given, self._connection.options.writable))

    def _close(self, result: object) -> None:
        """The result, which is the terminal marker."""
        self.reply.count(fields.get(result, "usage"), _usage(result, paid=bool(self._connection.key)))
        reason = fields.text(result, "stop_reason")
        if not fields.get(result, "is_error"):
            self.reply.stop(cut=reason == "max_tokens")
        elif self._error == "max_output_tokens" and self.reply.spoke:
            self.reply.stop(cut=True)
        else:
            self.reply.fail(self._failure(result, reason))

    def _failure(self, result: object, reason: str) -> Problem:
        """Why the program gave up. It puts the provider's complaint into words of its own."""
        status = fields.get(result, "api_error_status")
        said = [error for error in fields.each(result, "errors") if isinstance(error, str)]
        complaint = problems.Complaint(
            status=status if isinstance(status, int) else None,
            message=fields.text(result, "result") or "; ".join(said) or fields.text(result, "subtype"),
        )
        kind = _KIND_OF_ERROR.get(self._error) or problems.classify(complaint)
        if reason == "refusal":
            kind = "refused"
        elif complaint.status is None and kind == "overloaded":
            kind = next((kind for word, kind in _KIND_OF_WORD if word in complaint.message), kind)
        if kind == "auth" and not self._connection.key:
            text = f"Claude Code is not logged in: run `claude` once and log in, or set {self._connection.key_name}"
            return Problem(kind="auth", text=text, status=complaint.status)
        return problems.problem(self._connection, kind, complaint)

    def _broken(self, event: object) -> Problem:
        """What went wrong between the program and us."""
        text, last = fields.text(event, "text"), fields.text(event, "stderr", 0)
        match fields.text(event, "name"):
            case "CLINotFoundError" | "CLIConnectionError":
                sentence = f"Claude Code did not start: {last or text}"
                return Problem(kind="bad_request", text=problems.presentable(sentence, self._connection.key))
            case "CLIJSONDecodeError" | "MessageParseError":
                return problems.problem(self._connection, "malformed", detail=text)
            case _:
                return problems.problem(self._connection, "truncated", detail=last or text)


def _usage(result: object, *, paid: bool) -> Usage | None:
    """What the whole run counted; a login has no price for a single run, though the program names one."""
    counted, cost = fields.get(result, "usage"), fields.get(result, "total_cost_usd")
    cached = fields.count(counted, "cache_read_input_tokens")
    written = fields.count(counted, "cache_creation_input_tokens")
    usage = Usage(
        input_tokens=fields.count(counted, "input_tokens") + cached + written,
        output_tokens=fields.count(counted, "output_tokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=fields.count(counted, "output_tokens_details", "thinking_tokens"),
        cost=Decimal(str(cost)) if paid and isinstance(cost, int | float) and 0 <= cost < math.inf else None,
    )
    return usage if usage.input_tokens or usage.output_tokens else None
