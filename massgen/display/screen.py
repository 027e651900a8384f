"""What a turn looks like at one moment: `Screen`, as plain values; `folding` makes it from events."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from massgen.agents import AgentId
from massgen.ballots import Candidate, Tally
from massgen.bill import NOTHING, Bill
from massgen.events import (
    AnswerSubmitted,
    CompactionEvent,
    ConversationCompacted,
    PresentationEnded,
    TurnEnded,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import (
    Problem,
    Stage,
)

Doing = Literal[
    "waiting",
    "generating",
    "complete",
    "voting",
    "voted",
    "converged",
    "revised",
    "abstained",
    "skipped",
    "too_late",
    "cancelled",
    "retrying",
    "failed",
    "gone",
    "presenting",
]


ToolState = Literal["running", "completed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What an agent is doing.

    `problem` explains "retrying", "failed" (asked again in the next stage) and "gone" (out of this turn); `until` is
    when a retry begins, in the seconds of `Record.at`.
    """

    doing: Doing
    problem: Problem | None = None
    until: float = 0.0


WAITING = Status(doing="waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool call. `said` is its name and what it is used on; `id` is empty where the provider runs it."""

    name: str
    said: str
    state: ToolState = "running"
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent on the screen. `text` and `reasoning` are the sanitised ends of what its running call streamed.

    `draft` is the sanitised end of its newest answer. `asked` is when its last call began and `heard` when that showed
    a sign of life, in the seconds of `Record.at`. `absence` says why it gave no draft; it may have voted all the same.
    `tools` are the tool calls that run, and the last that ended since its last words; `used` is how many there were in
    this call. `thinking`: its last words were reasoning. `pausing`: it has used a tool since its last words, so its
    next ones begin a paragraph. `bill` is what its requests of this turn have used.
    """

    agent: AgentId
    status: Status = WAITING
    absence: Status | None = None
    call: int = 0
    vote: VoteCast | None = None
    text: str = ""
    reasoning: str = ""
    draft: str = ""
    tools: tuple[Tool, ...] = ()
    used: int = 0
    asked: float = 0.0
    heard: float = 0.0
    thinking: bool = False
    pausing: bool = False
    bill: Bill = NOTHING


Phase: TypeAlias = Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A turn as it looks now; `Screen()` is the one before any question.

    `changed` are the files of the user's own that agents have changed, as absolute paths in the order in which they
    were; `bill` is what the requests of the turn have used. `ballot` is the number of the last ballot opened, 0 before
    the first. `compactions` is what came of summarising the conversation, before the turn if it was for it, and `apart`
    what that has used, which is not the turn's. `started`, `ended` and `closes` (when drafts are no longer awaited,
    after a quorum) are in the seconds of `Record.at`.
    """

    turn: int = 0
    phase: Phase = "draft"
    started: float = 0.0
    ended: float | None = None
    closes: float | None = None
    agents: tuple[Agent, ...] = ()
    answers: tuple[AnswerSubmitted, ...] = ()
    ballot: int = 0
    candidates: tuple[Candidate, ...] = ()
    tally: Tally | None = None
    winner: WinnerSelected | None = None
    presentation: PresentationEnded | None = None
    outcome: TurnEnded | None = None
    changed: tuple[str, ...] = ()
    bill: Bill = NOTHING
    compactions: tuple[CompactionEvent | ConversationCompacted, ...] = ()
    apart: Bill = NOTHING

    def agent(self, agent: AgentId) -> Agent | None:
        """Return what is known of `agent`, if it takes part."""
        return next((each for each in self.agents if each.agent == agent), None)

    def answer(self, label: str) -> AnswerSubmitted | None:
        """Return the answer with that public label."""
        return next((each for each in self.answers if each.label == label), None)

    def candidate(self, candidate: str) -> Candidate | None:
        """Return the candidate with that id, if it is on the last ballot."""
        return next((each for each in self.candidates if each.candidate == candidate), None)

    def author(self, candidate: str) -> AgentId | None:
        """Return who wrote the text that stands for a candidate of the last ballot.

        None for an answer that is not on it: a vote may be for one that was given while the ballot was open.
        """
        found = self.candidate(candidate)
        if found is None:
            return None
        answer = self.answer(found.label)
        return answer.agent if answer is not None else next(iter(found.supporters), None)

    @property
    def title(self) -> str:
        """The name of the phase, in the words of the manual."""
        match self.phase:
            case "draft":
                return "Initial Answer Generation"
            case "ballot":
                return f"Coordination Round {self.ballot}"
            case "presentation":
                return "Final Presentation"
            case _:
                assert_never(self.phase)
