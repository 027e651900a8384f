"""The conversation as later turns see it: every question that got a final answer, as its user has changed it since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from massgen.agents import AgentId
from massgen.events import (
    AnswerPromoted,
    ConversationCleared,
    ConversationCompacted,
    FilesDelivered,
    PresentationEnded,
    Record,
    TurnStarted,
    TurnUndone,
)
from massgen.messages import Part
from massgen.prompts.conversation import SUMMARISED, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    turn: int = 0
    question: str = ""
    delivered: Mapping[int, str] = field(default_factory=dict)
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
    def answered(self) -> tuple[int, ...]:
        """The turns that the exchanges are of; a summary stands under the last turn that it is about."""
        return tuple(turn for turn, _ in self._told.answers)

    @property
    def turns(self) -> int:
        """How many turns were begun in this session, cleared ones included."""
        return self._told.turn

    @property
    def delivered(self) -> str:
        """Where the last files that belong to an answer are, seen from the session's directory; empty without any."""
        return self._told.delivered[max(self._told.delivered)] if self._told.delivered else ""

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
        case FilesDelivered(turn=turn, path=path):
            return replace(told, delivered={**told.delivered, turn: path})
        case ConversationCleared(after_turn=last):
            return replace(told, answers=tuple(each for each in told.answers if each[0] > last))
        case TurnUndone(turn=turn):
            files = {each: path for each, path in told.delivered.items() if each != turn}
            return replace(told, delivered=files, answers=tuple(each for each in told.answers if each[0] != turn))
        case AnswerPromoted(turn=turn, text=text):
            return _promoted(told, turn, text)
        case ConversationCompacted(through_turn=last, summary=summary):
            later = tuple(each for each in told.answers if each[0] > last)
            return replace(told, answers=((last, Exchange(question=SUMMARISED, answer=summary)), *later))
        case _:
            return told


def _promoted(told: _Told, turn: int, text: str) -> _Told:
    """Another answer stands for the turn; its files, if it has any, are delivered by the next event."""
    files = {each: path for each, path in told.delivered.items() if each != turn}
    promoted = tuple((at, replace(each, answer=text) if at == turn else each) for at, each in told.answers)
    if turn == told.turn and turn not in dict(told.answers):  # a turn that came to no final answer
        promoted = (*told.answers, (turn, Exchange(question=told.question, answer=text)))
    return replace(told, delivered=files, answers=promoted)
