"""What happens in a turn: asking, answering, voting, presenting, and how the turn ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from massgen.agents import AgentId
from massgen.ballots import Candidate, Shown, Tally
from massgen.messages import Json, Problem, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file whose text goes with a question, as it was when the question was asked.

    `path` is how the user named it; `cut` is true where `text` is only its beginning.
    """

    path: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The user asked. `agents` are the ones that take part, in the order of the configuration.

    `compactable`: there is a conversation before this question that can be shortened for a model with little room.
    `attached` are the files that the question mentions.
    """

    turn: int
    question: str
    agents: tuple[AgentId, ...]
    seed: str
    rules: Mapping[str, Json] = field(default_factory=dict)
    compactable: bool = False
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResumed:
    """The program died in the middle of this turn and goes on with it; calls that were open then were lost.

    What was finished stands. The agents that were at work are asked again, each by a `CallStarted` of its own.
    """

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUnavailable:
    """An agent of the configuration could not start (its key is missing); the team goes on without it."""

    agent: AgentId
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """An agent was asked. `call` numbers its calls in this turn from 1; `ballot` is 0 outside ballots.

    `attempt` counts the calls of this agent in this stage from 1. `because` says why it is asked again, if it is.
    `compacted`: the earlier turns are told shortened, since all of them are too long for the model.
    """

    agent: AgentId
    call: int
    stage: Stage
    ballot: int = 0
    attempt: int = 1
    shown: tuple[Shown, ...] = ()
    because: str = ""
    compacted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSubmitted:
    """A draft, or in a ballot a revision. `label` is public: `agent1.2` is the second answer of the first agent.

    `key` is the normalised short final answer where the text ends with one, else empty. `truncated` is true when the
    model ran into its length limit.
    """

    agent: AgentId
    call: int
    label: str
    version: int
    text: str
    key: str = ""
    snapshot: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRefused:
    """A reply did not say what was asked for; `reason` is a sentence. The agent may be asked once more."""

    agent: AgentId
    call: int
    reason: str


Consequence = Literal["retried", "out_of_stage", "out_of_turn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed:
    """The world failed a call. Afterwards the agent is retried, or sits out this stage or the whole turn."""

    agent: AgentId
    call: int
    problem: Problem
    consequence: Consequence


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """The agent will be asked again in `wait_s` seconds; `attempt` is the number that try will have."""

    agent: AgentId
    call: int
    attempt: int
    problem: Problem
    wait_s: float


CancelReason = Literal["skipped", "too_late", "decided", "cancelled", "deadline", "budget"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCancelled:
    """A running or awaited call was ended by us: by the user, by a deadline, or because its result cannot matter."""

    agent: AgentId
    call: int
    because: CancelReason


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumReached:
    """Enough drafts are in; the others have `grace_s` seconds more."""

    drafts: int
    grace_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsOverdue:
    """The time for drafts is over without any draft: the first one that comes will end the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEndsSoon:
    """The drafts (`ballot` 0) or this ballot end in `seconds`; agents at work with tools are told so."""

    ballot: int
    seconds: float


DraftingEnd = Literal["all_done", "quorum", "deadline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftingEnded:
    """No draft is awaited any longer."""

    because: DraftingEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotOpened:
    """A frozen set of candidates is put to the vote: "Coordination Round `number`" on the screen."""

    number: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast:
    """A vote as it was given, votes for the own text included: what counts is computed by the tally.

    `first` and `also` are candidate ids. `how` tells a plain vote from an answer that equalled a candidate, from a
    label read out of prose, from a vote carried over from the ballot before, and from the standing approval of one's
    own revision.
    """

    agent: AgentId
    ballot: int
    call: int
    first: str
    also: tuple[str, ...] = ()
    reason: str = ""
    how: Literal["vote", "equal_answer", "prose", "carried", "standing"] = "vote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstained:
    """The agent took part in the ballot without a vote that can be counted."""

    agent: AgentId
    ballot: int
    call: int
    reason: str


BallotEnd = Literal["all_done", "decided", "deadline", "cut_short"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotClosed:
    """No vote is awaited any longer, or none can change the outcome."""

    number: int
    tally: Tally
    because: BallotEnd


WinReason = Literal["single_agent", "only_answer", "consensus", "voting_skipped", "ballot", "partial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WinnerSelected:
    """The answer that leads, and its author, who presents."""

    agent: AgentId
    label: str
    because: WinReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationStarted:
    """The winner is asked for the final answer."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationEnded:
    """The final answer stands. `stored` means: the text that was voted on, for the reason in `because`."""

    agent: AgentId
    label: str
    text: str
    source: Literal["presented", "stored"]
    because: str = ""
    truncated: bool = False


Outcome = Literal["answered", "partial", "cancelled", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The turn is over. `partial`: answered, but cut short by the user, a deadline or a budget."""

    turn: int
    outcome: Outcome
    because: str = ""


TurnEvent: TypeAlias = (
    TurnStarted
    | TurnResumed
    | AgentUnavailable
    | CallStarted
    | AnswerSubmitted
    | ReplyRefused
    | CallFailed
    | RetryScheduled
    | CallCancelled
    | QuorumReached
    | DraftsOverdue
    | StageEndsSoon
    | DraftingEnded
    | BallotOpened
    | VoteCast
    | Abstained
    | BallotClosed
    | WinnerSelected
    | PresentationStarted
    | PresentationEnded
    | TurnEnded
)
