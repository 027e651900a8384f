"""What happens to a session: it is started, gone on with, and changed by its user."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from massgen.agents import AgentDescription, AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """The first event of every log, and of each start of the program after that.

    `format` is its major version; `config` is how the user named the team. `fingerprint` stands for everything that the
    configuration says, so that a later start can tell whether it says something else; empty where nobody took one.
    """

    format: int
    massgen: str
    session: str
    config: str
    agents: tuple[AgentDescription, ...]
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCleared:
    """The user reset the conversation: later turns do not see the turns up to here."""

    after_turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnUndone:
    """The user took this turn back: later turns do not see it, and files are again those of the turn before.

    `again`: its question is asked once more, by the next turn.
    """

    turn: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPromoted:
    """The user goes on from this answer of a turn instead of the one that won; `label` is its public label."""

    turn: int
    agent: AgentId
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChanged:
    """From now on another model speaks for this agent; `model` is how the user named it, and leads to it again."""

    agent: AgentDescription
    model: str


CompactionReason: TypeAlias = Literal["asked", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCompacted:
    """Later turns see `summary` in place of the turns up to `through_turn`; `agent` wrote it.

    `because` is "asked" when the user wanted it, "limit" when the conversation came near what a model can take. About
    `before` tokens of the conversation became `after`, as MassGen estimates them.
    """

    through_turn: int
    summary: str
    agent: AgentId
    because: CompactionReason
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionStarted:
    """An agent is asked for a summary of the turns up to `through_turn`; the conversation is about `tokens` long."""

    agent: AgentId
    through_turn: int
    tokens: int
    because: CompactionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionFailed:
    """There is no summary from this agent, for this `reason`; `next_agent` is asked instead.

    Without a next one the conversation stays as it was.
    """

    agent: AgentId
    reason: str
    next_agent: AgentId = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForked:
    """This session went its own way here: what stands above is a copy of `session`, up to the end of `turn`."""

    session: str
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRepaired:
    """The log was damaged and was written anew from what could be read; `lost` says in a sentence what could not."""

    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesDelivered:
    """The presenter's workspace was kept as the turn's deliverable; `path` is relative to the session's directory.

    Every agent's workspace begins the next turn as a copy of it.
    """

    turn: int
    agent: AgentId
    path: str


ConversationChange: TypeAlias = (
    ConversationCleared
    | TurnUndone
    | AnswerPromoted
    | ModelChanged
    | ConversationCompacted
    | SessionForked
    | SessionRepaired
)
CompactionEvent: TypeAlias = CompactionStarted | CompactionFailed
SessionEvent: TypeAlias = SessionStarted | FilesDelivered | ConversationChange | CompactionEvent
