"""One random turn through the real core, and everything that was seen of it.

The world that plays it is a foolish one: it says what nobody asked for, says it twice, too late and in another order,
fires timers that are not armed, addresses calls that have ended or not begun, and lets the program die between any two
signals. When its tape has come to its end it becomes reasonable, so every turn ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from massgen.coordination.decide import decide
from massgen.coordination.evolve import evolve
from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    AgentSkipped,
    CallDeadline,
    Cancelled,
    Failed,
    GraceOver,
    Replied,
    Reply,
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
from massgen.coordination.state import State
from massgen.events import TurnEvent
from massgen.messages import Problem, ProblemKind
from tests.helpers import random_texts
from tests.helpers.armed import armed
from tests.helpers.random_start import NO_KEY, start
from tests.helpers.tape import Tape

_KINDS: Final[Sequence[ProblemKind]] = (
    "network",
    "rate_limit",
    "overloaded",
    "timeout",
    "truncated",
    "malformed",
    "empty",
    "refused",
    "context_length",
    "auth",
    "quota",
    "unknown_model",
    "bad_request",
)

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Step:
    """A signal, `now` seconds after the turn began, and what it did."""

    before: State
    signal: Signal
    now: float
    events: tuple[TurnEvent, ...]
    after: State


@dataclass(frozen=True)
class Played:
    """A turn from its start to its end, and some signals after that."""

    start: Start
    steps: tuple[Step, ...]

    @property
    def rules(self) -> Rules:
        return self.start.rules

    @cached_property
    def events(self) -> tuple[TurnEvent, ...]:
        return tuple(event for step in self.steps for event in step.events)

    @property
    def end(self) -> State:
        return self.steps[-1].after

    def all(self, kind: type[E]) -> Iterator[E]:
        """The events of this kind, in their order."""
        return (event for event in self.events if isinstance(event, kind))


def step(state: State, signal: Signal, now: float = 0.0) -> Step:
    """Put one signal to the core."""
    events = tuple(decide(state, signal, now=now).events)
    return Step(state, signal, now, events, folded(events, state))


def folded(events: Sequence[TurnEvent], state: State | None = None) -> State:
    """The state after these events."""
    state = State() if state is None else state
    for event in events:
        state = evolve(state, event)
    return state


def played(data: bytes, *, most: int = 50) -> Played:
    """The turn on this tape, by at most so many agents."""
    tape = Tape(data)
    beginning = start(tape, most=most)
    world = _World(tape, beginning)
    steps = [step(State(), beginning)]
    patience = 3 * len(data) + 60 * (len(beginning.agents) + 1)
    while steps[-1].after.stage != "over":
        assert len(steps) < patience, "the turn does not end"
        signal = world.signal(steps[-1].after)
        steps.append(step(steps[-1].after, signal, world.now))
    for signal in world.echoes():
        steps.append(step(steps[-1].after, signal, world.now))
    return Played(beginning, tuple(steps))


class _World:
    """Everybody but the core. Its agents may be eager to write, mostly agreed on an answer, and prompt with drafts."""

    def __init__(self, tape: Tape, beginning: Start) -> None:
        self.now = 0.0
        self._tape = tape
        self._eager = tape.of((False, False, True))
        self._agreed = tape.of((False, True))
        self._prompt = tape.of((False, True))
        self._agents = beginning.agents[:256]
        self._sent: list[Signal] = [beginning]
        self._held: list[Signal] = []

    def signal(self, state: State) -> Signal:
        """What happens next; it is remembered, and may happen again."""
        self.now += self._tape.of((1.0, 0.0, 10.0, 100.0))
        signal = self._any(state)
        self._sent.append(signal)
        return signal

    def echoes(self) -> Iterator[Signal]:
        """What comes when all is over."""
        yield self._sent[-1]
        yield Cancelled()
        yield from (self._tape.of(self._sent[-256:]) for _ in range(3))

    def _any(self, state: State) -> Signal:
        tape, agent = self._tape, self._tape.of(self._agents)
        if self._prompt and state.stage == "draft":
            return self._ordinary(state)
        calls = state.seats[agent].calls
        match tape.pick(24):
            case 13 | 14:
                return self._failure(state)
            case 15:
                timers = list(armed(state))[1:256]
                return TimerFired(timer=tape.of(timers)) if timers else self._ordinary(state)
            case 16:
                return TimerFired(timer=self._some_timer(agent, tape.pick(calls + 2)))
            case 17 | 18:
                return tape.of(self._sent[-256:])
            case 19:
                self._held.append(self._ordinary(state))
                return tape.of(self._sent[-256:])
            case 20 if self._held:
                return self._held.pop(tape.pick(min(len(self._held), 256)))
            case 21:
                said = random_texts.draft(tape, state, f"strange{len(self._sent)}")
                return Replied(agent=agent, call=tape.pick(calls + 2), reply=said)
            case 22 if tape.once_in(3):
                return Resume(unavailable={agent: NO_KEY} if tape.once_in(3) else {})
            case 22:
                return AgentSkipped(agent=agent, call=max(calls - tape.pick(2), 0))
            case 23 if tape.once_in(3):
                return tape.of(
                    (Cancelled(), Cancelled(because="budget"), TimerFired(timer=TurnDeadline()), self._sent[0])
                )
            case 23:
                return tape.of(
                    (
                        AgentSkipped(agent="nobody", call=1),
                        Replied(agent="nobody", call=1, reply=random_texts.draft(tape, state, "nobody")),
                        TimerFired(timer=CallDeadline(agent="nobody", call=1, silent=True)),
                    )
                )
            case _:
                return self._ordinary(state)

    def _ordinary(self, state: State) -> Signal:
        """A reply to an open call; while there is none, the end of a wait."""
        working = [agent for agent, seat in state.seats.items() if seat.call][:256]
        if not working:
            [waiting, *_] = (agent for agent, seat in state.seats.items() if seat.busy)
            return TimerFired(timer=RetryDue(agent=waiting, call=state.seats[waiting].calls))
        agent = self._tape.of(working)
        call = state.seats[agent].call
        assert call
        mark = f"{state.stage}{len(self._sent)}"
        if call.stage == "ballot" and self._eager and self._tape.pick(3):
            said = random_texts.proposal(self._tape, state, mark)
        elif call.stage == "ballot":
            said = random_texts.judgement(self._tape, state, call, mark, agreed=self._agreed)
        elif self._prompt and state.stage == "draft":
            said = Reply(text=f"{random_texts.CANARY} {mark}")
        else:
            said = random_texts.draft(self._tape, state, mark)
        return Replied(agent=agent, call=call.number, reply=said)

    def _failure(self, state: State) -> Signal:
        working = [agent for agent, seat in state.seats.items() if seat.call][:256]
        if not working:
            return self._ordinary(state)
        agent = self._tape.of(working)
        problem = Problem(kind=self._tape.of(_KINDS), text="It broke.", retry_after=self._tape.of((None, 3.0, 61.0)))
        return Failed(agent=agent, call=state.seats[agent].calls, problem=problem)

    def _some_timer(self, agent: str, call: int) -> Timer:
        return self._tape.of(
            (
                RetryDue(agent=agent, call=call),
                CallDeadline(agent=agent, call=call, silent=False),
                CallDeadline(agent=agent, call=call, silent=True),
                StageDeadline(ballot=self._tape.pick(4)),
                StageWarning(ballot=self._tape.pick(4)),
                GraceOver(),
            )
        )
