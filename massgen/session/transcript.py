"""The conversation as later turns see it: every question that got a final answer, as its user has changed it since."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, get_args

from massgen.agents import AgentId
from massgen.coordination.chance import fence
from massgen.events import (
    AnswerPromoted,
    ConversationCleared,
    ConversationCompacted,
    FilesDelivered,
    PresentationEnded,
    Record,
    SessionEvent,
    TurnStarted,
    TurnUndone,
)
from massgen.messages import Part
from massgen.prompts import attaching
from massgen.prompts.conversation import Exchange, summarised

FOLDED: Final = (*get_args(SessionEvent), TurnStarted, PresentationEnded)
"""The events that the conversation is folded from; a long log is read for these alone."""


def conversation(records: Iterable[Record]) -> tuple[Exchange, ...]:
    """What a new turn is told of the turns before it, oldest first."""
    return Transcript(records).exchanges


def last_turn(records: Iterable[Record]) -> int:
    """The number of the last turn that was begun, answered or not; 0 before the first."""
    return Transcript(records).turns


class Transcript:
    """The same, live: a subscriber of the bus. `records` is what the session already holds of what is `FOLDED`."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._turn = 0
        self._question = ""
        self._attached = ""
        self._answers: dict[int, Exchange] = {}
        self._delivered: dict[int, str] = {}
        for record in records:
            self.record(record)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What a new turn is told of the turns before it, oldest first."""
        return tuple(self._answers.values())

    @property
    def answered(self) -> tuple[int, ...]:
        """The turns that the exchanges are of; a summary stands under the last turn that it is about."""
        return tuple(self._answers)

    @property
    def turns(self) -> int:
        """How many turns were begun in this session, cleared ones included."""
        return self._turn

    @property
    def delivered(self) -> str:
        """Where the last files that belong to an answer are, seen from the session's directory; empty without any."""
        return self._delivered[max(self._delivered)] if self._delivered else ""

    def record(self, record: Record) -> None:
        """Fold one more record."""
        match record.event:
            case TurnStarted(turn=turn, question=question) as start:
                self._turn, self._question = turn, question
                self._attached = attaching.files(start.attached, fence=fence(start.seed, turn))
            case PresentationEnded(text=text):
                self._answers.pop(self._turn, None)
                self._answers[self._turn] = Exchange(question=self._question, answer=text, files=self._attached)
            case FilesDelivered(turn=turn, path=path):
                self._delivered[turn] = path
            case ConversationCleared(after_turn=last):
                self._answers = self._after(last)
            case TurnUndone(turn=turn):
                if not self._is_summary(turn):
                    self._answers.pop(turn, None)
                self._delivered.pop(turn, None)
            case AnswerPromoted(turn=turn, text=text):
                self._promote(turn, text)
            case ConversationCompacted(through_turn=last, summary=summary):
                self._answers = {last: summarised(last, summary), **self._after(last)}
            case _:
                pass

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Running text is no part of the conversation."""

    def _promote(self, turn: int, text: str) -> None:
        """Another answer stands for the turn; its files, if it has any, are delivered by the next event."""
        self._delivered.pop(turn, None)
        if turn in self._answers and not self._is_summary(turn):
            self._answers[turn] = replace(self._answers[turn], answer=text)
        elif turn == self._turn and turn not in self._answers:  # a turn that came to no final answer
            self._answers[turn] = Exchange(question=self._question, answer=text, files=self._attached)

    def _is_summary(self, turn: int) -> bool:
        return turn in self._answers and self._answers[turn].through > 0

    def _after(self, last: int) -> dict[int, Exchange]:
        return {turn: each for turn, each in self._answers.items() if turn > last}
