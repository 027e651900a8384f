"""Words for what happened: every durable event, and the `Record` that numbers and dates it.

An event is in the past tense, frozen, complete by itself and readable in ten years. Field types stay within what JSON
can carry: strings, numbers, booleans, tuples and other dataclasses of this file or `messages`. Fields may be added with
a default; none is ever renamed or given another meaning, because old logs must replay.

Streaming text is not an event: it is shown and appended to `agent_outputs/`, and the whole text of every answer is in
its event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from massgen.agents import AgentDescription, AgentId
from massgen.ballots import Candidate, Shown, Tally
from massgen.messages import Json, Problem, Stage, Usage

# -- the session -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """The first event of every log. `format` is its major version; `config` is how the user named the team."""

    format: int
    massgen: str
    session: str
    config: str
    agents: tuple[AgentDescription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCleared:
    """The user reset the conversation: later turns do not see the turns up to here."""

    after_turn: int


# -- a turn ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The user asked. `agents` are the ones that take part, in the order of the configuration.

    `compactable`: there is a conversation before this question that can be shortened for a model with little room.
    """

    turn: int
    question: str
    agents: tuple[AgentId, ...]
    seed: str
    rules: Mapping[str, Json] = field(default_factory=dict)
    compactable: bool = False


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


# -- what calls did on the way ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted:
    """An agent's tool call began."""

    agent: AgentId
    call: int
    id: str
    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEnded:
    """An agent's tool call ended; `text` is what the model was told.

    `changed` is the file of the user's own that it changed, as an absolute path; empty when it changed none.
    """

    agent: AgentId
    call: int
    id: str
    name: str
    text: str
    is_error: bool
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignToolUsed:
    """A tool that is not ours came to its end: one that a provider runs itself, or a program such as Claude Code.

    `detail` says what it was used on (a path, a query), as far as that is known; `changed` as in `ToolEnded`.
    """

    agent: AgentId
    call: int
    name: str
    detail: str
    is_error: bool
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounted:
    """What one request of a call used. `usage` is None where the provider sent no count.

    `price` is its cost in US dollars by the list of that day, where `usage` has none of the provider's own.
    """

    agent: AgentId
    call: int
    usage: Usage | None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesDelivered:
    """The presenter's workspace was kept as the turn's deliverable; `path` is relative to the session's directory.

    Every agent's workspace begins the next turn as a copy of it.
    """

    turn: int
    agent: AgentId
    path: str


TurnEvent: TypeAlias = (
    TurnStarted
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
CallEvent: TypeAlias = ToolStarted | ToolEnded | ForeignToolUsed | UsageCounted
SessionEvent: TypeAlias = SessionStarted | ConversationCleared | FilesDelivered
Event: TypeAlias = SessionEvent | TurnEvent | CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event with its number in the session (from 1) and its time (seconds since the epoch, UTC).

    Only the bus makes records, so `seq` orders everything even when the clock jumps.
    """

    seq: int
    at: float
    event: Event
