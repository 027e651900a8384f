"""What one stream has brought so far: the part of reading a wire that is the same on all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from massgen.backends import fields
from massgen.messages import (
    Failed,
    Finished,
    Json,
    Part,
    Problem,
    ProblemKind,
    ReasoningDelta,
    Replay,
    TextDelta,
    ToolArgsDelta,
    ToolCall,
    Usage,
)

LONGEST = 2 * 1024 * 1024
"""Characters of a reply's text, and of the arguments of a call, that are taken: a hundred times what models write."""

MADE_UP = "massgen-call-"
"""How the ids begin that we give to calls that came without one."""


@dataclass(slots=True)
class OpenCall:
    """A tool call whose arguments are still arriving. `wire_id` is the id as it came, perhaps ""."""

    id: str
    name: str
    wire_id: str
    fragments: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return "".join(self.fragments)


class Characters:
    """Deltas in, encodable characters out: a UTF-16 pair cut in two by a server is put together again."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        """The characters that are complete now."""
        arrived = self._held + delta
        self._held = arrived[-1:] if "\ud800" <= arrived[-1:] <= "\udbff" else ""
        return fields.whole(arrived[: len(arrived) - len(self._held)])


class Reply:
    """Collects what a reader finds, and knows how the stream ended.

    A `ToolCall` is yielded only in front of `Finished`: before the reply is known to be whole, a call may be cut.
    """

    def __init__(self, wire: str, *, round_: int) -> None:
        """`round_` keeps made-up ids apart within a call."""
        self.usage: Usage | None = None
        self.beside: dict[str, Json] = {}
        """What the next request of the call says besides its messages."""
        self._wire = wire
        self._round = round_
        self._calls: dict[int | str, OpenCall] = {}
        self._text = Characters()
        self._room = LONGEST
        self._reasoning = Characters()
        self._spoke = False
        self._cut: bool | None = None
        self._problem: tuple[ProblemKind, str] | Problem | None = None

    @property
    def decided(self) -> bool:
        """Whether the terminal marker has been seen, or the request has failed. Only usage may still follow."""
        return self._cut is not None or self._problem is not None

    @property
    def spoke(self) -> bool:
        """Whether there was any text but blanks."""
        return self._spoke

    def say(self, delta: str) -> Iterator[Part]:
        """The answer goes on."""
        if characters := self._text.feed(delta)[: self._room]:
            self._spoke = self._spoke or not characters.isspace()
            yield TextDelta(characters)
            self._room -= len(characters)
            if not self._room:
                self.stop(cut=True)

    def think(self, delta: str) -> Iterator[Part]:
        """The visible reasoning goes on."""
        if characters := self._reasoning.feed(delta):
            yield ReasoningDelta(characters)

    def open(self, key: int | str, *, id_: str, name: str) -> OpenCall:
        """A call begins. The key is the reader's own: an index, or an id."""
        made_up = f"{MADE_UP}{self._round}-{len(self._calls) + 1}"
        call = self._calls[key] = OpenCall(id=id_ or made_up, name=name, wire_id=id_)
        return call

    def call(self, key: int | str) -> OpenCall | None:
        """The call that was opened under the key."""
        return self._calls.get(key)

    def argue(self, key: int | str, delta: str) -> Iterator[Part]:
        """A call's arguments go on."""
        call = self._calls.get(key)
        if call is not None and delta:
            call.fragments.append(delta)
            yield ToolArgsDelta(id=call.id, name=call.name, text=fields.whole(delta))

    def settle(self, key: int | str, arguments: str) -> None:
        """The wire repeats a call's arguments as a whole: they count, if there are any."""
        call = self._calls.get(key)
        if call is not None and arguments:
            call.fragments = [arguments]

    def count(self, counted: object, usage: Usage | None) -> None:
        """What the provider counts, in its own words and in ours; what cannot be true is as good as not counted."""
        self.usage = usage if fields.is_credible(counted) else None

    def stop(self, *, cut: bool = False) -> None:
        """The terminal marker; `cut` when the reply ran into the limit on its length."""
        if not self.decided:
            self._cut = cut

    def fail(self, problem: Problem) -> None:
        """The request failed. What goes wrong after the terminal marker no longer matters."""
        if not self.decided:
            self._problem = problem

    def break_off(self, problem: Problem) -> None:
        """The stream broke. What was counted until then is not what it has used, and nobody knows the rest."""
        if not self.decided:
            self._problem, self.usage = problem, None

    def give_up(self, kind: ProblemKind, detail: str) -> None:
        """The provider says in its stream that there will be no answer."""
        if not self.decided:
            self._problem = (kind, detail)

    def ending(
        self,
        replay: Callable[[Sequence[ToolCall]], Sequence[Json]],
        problem: Callable[[ProblemKind, str], Problem],
    ) -> Iterator[Part]:
        """The calls and `Finished`, or `Failed`."""
        calls = tuple(self._whole_calls())
        failure = self._failure(calls)
        if failure is not None:
            told = failure if isinstance(failure, Problem) else problem(*failure)
            yield Failed(problem=told, usage=self.usage if self.decided else None)
        else:
            yield from calls
            yield Finished(
                stop="length" if self._cut else "tool_calls" if calls else "end",
                usage=self.usage,
                replay=Replay(self._wire, tuple(replay(calls)), dict(self.beside)),
            )

    def _failure(self, calls: Sequence[ToolCall]) -> tuple[ProblemKind, str] | Problem | None:
        """Why this is no reply, if it is none."""
        if self._problem is not None:
            return self._problem
        if self._cut is None:
            return "truncated", "the stream ended without its end marker"
        if not calls and not self._spoke:
            return "empty", "it used up max_tokens on reasoning" if self._cut else ""
        return None

    def _whole_calls(self) -> Iterator[ToolCall]:
        """The calls as they ended. One that was cut before its first argument was never made."""
        for position, call in enumerate(self._calls.values(), start=1):
            raw = call.raw[:LONGEST]
            if self._cut and not raw and position == len(self._calls):
                continue
            arguments = fields.arguments_of(raw)
            yield ToolCall(
                id=call.id,
                name=call.name,
                arguments=arguments or {},
                invalid=fields.whole(raw) if arguments is None else "",
            )
