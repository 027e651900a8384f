"""The conversation as later turns see it: every question that got a final answer, since the last reset."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from massgen.agents import AgentId
from massgen.events import ConversationCleared, FilesDelivered, PresentationEnded, Record, TurnStarted
from massgen.messages import Part
from massgen.prompts.conversation import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    turn: int = 0
    question: str = ""
    delivered: str = ""
    answers: tuple[tuple[int, Exchange], ...] = ()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(exchange for _, exchange in self.answers)


def conversation(records: Iterable[Record]) -> tuple[Exchange, ...]:
    """What a new turn is told of the turns before it, oldest first."""
    return _fold(records).exchanges


def last_turn(records: Iterable[Record]) -> int:
    """The number of the last turn that was begun, answered or not; 0 before the first."""
    return _fold(records).turn


class Transcript:
    """The same, live: a subscriber of the bus. `records` is what the session already holds."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._told = _fold(records)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What a new turn is told of the turns before it, oldest first."""
        return self._told.exchanges

    @property
    def turns(self) -> int:
        """How many turns were begun in this session, cleared ones included."""
        return self._told.turn

    @property
    def delivered(self) -> str:
        """Where the last files that belong to an answer are, seen from the session's directory; empty without any."""
        return self._told.delivered

    def record(self, record: Record) -> None:
        """Fold one more record."""
        self._told = _tell(self._told, record)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Running text is no part of the conversation."""


def _fold(records: Iterable[Record]) -> _Told:
    told = _Told()
    for record in records:
        told = _tell(told, record)
    return told


def _tell(told: _Told, record: Record) -> _Told:
    match record.event:
        case TurnStarted(turn=turn, question=question):
            return replace(told, turn=turn, question=question)
        case PresentationEnded(text=text):
            exchange = Exchange(question=told.question, answer=text)
            earlier = tuple(each for each in told.answers if each[0] != told.turn)
            return replace(told, answers=(*earlier, (told.turn, exchange)))
        case FilesDelivered(path=path):
            return replace(told, delivered=path)
        case ConversationCleared(after_turn=last):
            return replace(told, answers=tuple(each for each in told.answers if each[0] > last))
        case _:
            return told
