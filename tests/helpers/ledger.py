"""What is awaited from whom, kept from the events alone: a second opinion on the seats of the state."""

from collections import Counter

from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    AgentSkipped,
    CallDeadline,
    Cancelled,
    Failed,
    GraceOver,
    Replied,
    Resume,
    RetryDue,
    Signal,
    StageDeadline,
    StageWarning,
    Start,
    Timer,
    TimerFired,
    TurnDeadline,
)
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    DraftingEnded,
    DraftsOverdue,
    PresentationEnded,
    QuorumReached,
    ReplyRefused,
    RetryScheduled,
    StageEndsSoon,
    TurnEnded,
    TurnEvent,
    TurnResumed,
    TurnStarted,
    VoteCast,
    WinnerSelected,
)


class Ledger:
    """`open` and `waiting` are call numbers by agent; `stage` is 0 for the drafts, else the number of the ballot.

    `lost` counts the calls that were open when the program died, by agent, stage and ballot.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.begun = self.over = False
        self.open: dict[str, int] = {}
        self.waiting: dict[str, int] = {}
        self.stage: int | None = None
        self.alone = self._overdue = self._warned = False
        self._grace: float | None = None
        self._waits: dict[str, float] = {}
        self._asked_in: dict[str, tuple[str, int]] = {}
        self.lost: Counter[tuple[str, str, int]] = Counter()

    def enter(self, event: TurnEvent) -> None:
        match event:
            case TurnStarted():
                self.begun, self.stage = True, 0
            case CallStarted():
                assert event.agent not in self.open, "an agent has one open call at most"
                self.waiting.pop(event.agent, None)
                self.open[event.agent] = event.call
                self._asked_in[event.agent] = (event.stage, event.ballot)
                self.alone |= self.stage == 0 and event.stage == "presentation"
            case TurnResumed():
                self.lost.update((agent, *self._asked_in[agent]) for agent in self.open)
                self.open = {}
            case AgentUnavailable():
                self.open.pop(event.agent, None)
                self.waiting.pop(event.agent, None)
            case RetryScheduled():
                self.waiting[event.agent] = event.call
                self._waits[event.agent] = event.wait_s
            case CallCancelled():
                self.waiting.pop(event.agent, None)
                self.open.pop(event.agent, None)
            case VoteCast(how="carried" | "standing"):
                pass
            case AnswerSubmitted() | Abstained() | CallFailed() | ReplyRefused() | PresentationEnded() | VoteCast():
                self.open.pop(event.agent, None)
            case QuorumReached():
                self._grace = event.grace_s
            case DraftsOverdue():
                self._overdue = True
            case StageEndsSoon():
                self._warned = True
            case BallotOpened():
                self.stage, self._warned = event.number, False
            case DraftingEnded() | WinnerSelected():
                self.stage = None
            case TurnEnded():
                self.over = True
            case _:
                pass

    def timers(self) -> dict[Timer, float]:
        """What should be armed now, and for how long."""
        if self.over or not self.begun:
            return {}
        rules, armed = self._rules, dict[Timer, float]()
        armed[TurnDeadline()] = rules.turn_s
        if self.stage is not None and not (self.stage == 0 and (self._overdue or self.alone)):
            length = rules.ballot_s if self.stage else rules.draft_s
            armed[StageDeadline(ballot=self.stage)] = length
            if rules.warning_s < length and not self._warned:
                armed[StageWarning(ballot=self.stage)] = length - rules.warning_s
        if self.stage == 0 and self._grace is not None:
            armed[GraceOver()] = self._grace
        for agent, call in self.waiting.items():
            armed[RetryDue(agent=agent, call=call)] = self._waits[agent]
        for agent, call in self.open.items():
            armed[CallDeadline(agent=agent, call=call, silent=False)] = rules.call_s
            armed[CallDeadline(agent=agent, call=call, silent=True)] = rules.silence_s
        return armed

    def is_stale(self, signal: Signal) -> bool:
        """Whether nobody waits for this signal, or not any more."""
        match signal:
            case Start():
                return self.begun
            case Replied() | Failed():
                return self.open.get(signal.agent) != signal.call
            case AgentSkipped():
                return signal.call not in (self.open.get(signal.agent), self.waiting.get(signal.agent))
            case TimerFired():
                return signal.timer not in self.timers()
            case Cancelled() | Resume():
                return self.over or not self.begun
