"""What the loopback server answers, said once for all wires."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from massgen.messages import Json


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. `arguments` given as text are sent as they are, whole or broken; an empty id is not sent."""

    name: str
    arguments: Mapping[str, Json] | str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the reply counts, in our own reckoning (`massgen.messages.Usage`); each wire reports it in its own way.

    Only on Chat Completions does this server report a `cost`, in dollars.
    """

    input: int = 12
    output: int = 7
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer to one request.

    Text and reasoning given as several strings stream as that many deltas; one string streams in words. `calls` are
    `Call`s or pairs of name and arguments. `stop` is our word for how it ends: "length" and "refused" are translated
    into the wire's own.

    Faults: a `status` other than 200 answers `body` (JSON, or text as it is) instead of a stream; `error` is an error
    object inside the stream, after everything else; `cut_after` ends the stream after so many pieces of text (0: before
    any event), cleanly or by a reset; `stall_after` sends nothing more after as many, until the client leaves; `hangs`
    keeps the connection open after a whole reply; `raw` is sent instead of any events, each of its pieces by itself and
    counted like a piece of text.
    """

    text: str | Sequence[str] = ""
    reasoning: str | Sequence[str] = ""
    calls: Sequence[Call | tuple[str, Mapping[str, Json]]] = ()
    tokens: Tokens | None = Tokens()
    stop: Literal["end", "length", "refused"] = "end"
    status: int = 200
    headers: Mapping[str, str] | None = None
    body: "Json | bytes" = None
    error: Mapping[str, Json] | None = None
    cut_after: int | None = None
    cut: Literal["clean", "reset"] = "clean"
    stall_after: int | None = None
    hangs: bool = False
    raw: bytes | Sequence[bytes] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The text in the pieces it streams in."""
        return _pieces(self.text)

    @property
    def thoughts(self) -> tuple[str, ...]:
        """The reasoning in the pieces it streams in."""
        return _pieces(self.reasoning)

    @property
    def tool_calls(self) -> tuple[Call, ...]:
        """The calls, each with an id."""
        named = (call if isinstance(call, Call) else Call(*call, id=f"call_{n}") for n, call in enumerate(self.calls))
        return tuple(named)


def _pieces(text: str | Sequence[str]) -> tuple[str, ...]:
    """A string in words, each with the blank behind it."""
    if not isinstance(text, str):
        return tuple(text)
    words = text.split(" ")
    return tuple(f"{word} " for word in words[:-1]) + ((words[-1],) if words[-1] else ())
