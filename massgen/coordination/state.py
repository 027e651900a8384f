"""The state of one turn, folded from its events and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from massgen.agents import AgentId
from massgen.ballots import Candidate, Shown
from massgen.coordination.candidates import Identity
from massgen.coordination.counting import Count
from massgen.coordination.rules import Rules
from massgen.events import AnswerSubmitted, Attached, PresentationEnded, VoteCast
from massgen.messages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that should be running now; `compacted`: with a shortened conversation."""

    number: int
    stage: Stage
    ballot: int
    attempt: int
    shown: tuple[Shown, ...]
    because: str
    compacted: bool = False


Standing = Literal["idle", "working", "waiting", "done", "skipped", "late", "failed", "out"]
AWAITED: Final = ("working", "waiting")


@dataclass(frozen=True, kw_only=True)  # no slots: `evolve` copies what it changes in one go
class Seat:
    """An agent at the table.

    `last` is its newest call, open or not; `silences`, `refusals` and `lost` count within the stage, the last of them
    calls that were open when the program died; `answers` is the version of its newest answer. `compacted`: the whole
    conversation was too long for its model in this turn. `failed` agents sit out the stage, `out` ones the turn.
    """

    standing: Standing = "idle"
    last: Call | None = None
    silences: int = 0
    refusals: int = 0
    lost: int = 0
    compacted: bool = False
    answers: int = 0
    retry_s: float = 0.0

    @property
    def call(self) -> Call | None:
        """The open call."""
        return self.last if self.standing == "working" else None

    @property
    def calls(self) -> int:
        """How often the agent was asked in this turn."""
        return self.last.number if self.last else 0

    @property
    def busy(self) -> bool:
        """Whether something is awaited from this agent."""
        return self.standing in AWAITED

    @property
    def living(self) -> bool:
        """Whether the agent can still be asked in this turn."""
        return self.standing != "out"


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """The last ballot that was opened; `closed` when no vote is awaited any longer."""

    number: int
    candidates: tuple[Candidate, ...]
    closed: bool = False

    @cached_property
    def by_id(self) -> Mapping[str, Candidate]:
        """The candidates by their ids."""
        return {each.candidate: each for each in self.candidates}

    def candidate_of(self, label: str) -> Candidate | None:
        """The candidate that this answer is a member of."""
        return next((each for each in self.candidates if label in each.members), None)


TurnStage = Literal["before", "draft", "ballot", "presentation", "over"]


@dataclass(frozen=True, kw_only=True)  # no slots, like `Seat`
class State:
    """A turn as it stands.

    `attached` are the files that go with the question. `seats` are in the order of the configuration. `identities`
    say, by public label, what makes an answer the same as another. `votes` are those of each ballot so far, as they
    were given;
    `count` adds up those of the last one.
    `pending` are the public labels of the answers that wait for the next ballot. `warned`: everybody knows that the
    stage ends soon. `presented` is the final answer, once it stands. `compactable`: the conversation so far has
    something to shorten for a model with little room.
    """

    turn: int = 0
    question: str = ""
    attached: tuple[Attached, ...] = ()
    seed: str = ""
    rules: Rules = field(default_factory=Rules)
    stage: TurnStage = "before"
    seats: Mapping[AgentId, Seat] = field(default_factory=dict)
    answers: tuple[AnswerSubmitted, ...] = ()
    identities: Mapping[str, Identity] = field(default_factory=dict)
    ballot: Ballot | None = None
    votes: Mapping[int, Mapping[AgentId, VoteCast]] = field(default_factory=dict)
    count: Count = field(default_factory=lambda: Count.of_none(()))
    pending: tuple[str, ...] = ()
    grace_s: float | None = None
    overdue: bool = False
    warned: bool = False
    compactable: bool = False
    winner: str = ""
    presented: PresentationEnded | None = None

    @property
    def awaited(self) -> list[AgentId]:
        """The agents of whom something is awaited."""
        return [agent for agent, seat in self.seats.items() if seat.standing in AWAITED]

    @property
    def living(self) -> int:
        """How many agents can still be asked."""
        return sum(seat.living for seat in self.seats.values())

    @property
    def ballot_votes(self) -> Mapping[AgentId, VoteCast]:
        """The votes of the open, or last, ballot."""
        return self.votes.get(self.ballot.number, {}) if self.ballot else {}

    def answer(self, label: str) -> AnswerSubmitted:
        """The answer under this public label."""
        return next(each for each in self.answers if each.label == label)

    def open_call(self, agent: AgentId, call: int) -> Call | None:
        """The agent's open call if it has this number: anything else is stale."""
        seat = self.seats.get(agent)
        return seat.call if seat and seat.call and seat.call.number == call else None
