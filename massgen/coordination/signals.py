"""What the world tells the core, in the imperative of its senders: replies, failures, timers and the user's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from massgen.agents import AgentId
from massgen.coordination.rules import Rules
from massgen.events import Attached
from massgen.messages import Problem, ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said in one call: its text, the coordination tools it called, and a snapshot of its files then."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    truncated: bool = False
    snapshot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDeadline:
    """The whole turn has taken too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDeadline:
    """The drafts (`ballot` 0) or this ballot have taken too long."""

    ballot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWarning:
    """The drafts (`ballot` 0) or this ballot end soon."""

    ballot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceOver:
    """The quorum of drafts has waited long enough for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue:
    """The wait after the failed call `call` is over."""

    agent: AgentId
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeadline:
    """An open call has taken too long, or (`silent`) has shown no sign of life."""

    agent: AgentId
    call: int
    silent: bool


Timer: TypeAlias = TurnDeadline | StageDeadline | StageWarning | GraceOver | RetryDue | CallDeadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin a turn. `agents` is the whole team as configured, `unavailable` those of it that cannot start.

    `compactable`: the conversation that the agents are told can be shortened if a model has no room for it.
    `attached` are the files that go with the question.
    """

    turn: int
    question: str
    agents: tuple[AgentId, ...]
    seed: str
    rules: Rules
    compactable: bool = False
    attached: tuple[Attached, ...] = ()
    unavailable: Mapping[AgentId, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Go on with a turn that the program died in. `unavailable` are agents that could be asked then and cannot now."""

    unavailable: Mapping[AgentId, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """A call came to its end and the model said this."""

    agent: AgentId
    call: int
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A call came to its end because of this."""

    agent: AgentId
    call: int
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A wait is over."""

    timer: Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSkipped:
    """The user does not want to wait for this call, running or to be tried again, nor for another in its stage."""

    agent: AgentId
    call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Stop the turn with what there is: the user said so, or a budget is used up."""

    because: Literal["cancelled", "budget"] = "cancelled"


Signal: TypeAlias = Start | Resume | Replied | Failed | TimerFired | AgentSkipped | Cancelled
