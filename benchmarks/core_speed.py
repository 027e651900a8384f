"""What the core costs: the time of `decide`, which folds its own events, signal by signal over whole turns.

The signals of a turn are made first, and the turn is then played again and again in a tight loop. For each signal its
quickest time counts: the others were disturbed by something else on the machine.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from massgen.coordination.decide import decide
from massgen.coordination.plan import plan
from massgen.coordination.signals import Signal
from massgen.coordination.state import State
from massgen.events import TurnEvent
from tests.helpers.table import Table

_PARAGRAPH = (
    "Because the sky scatters blue light more than red, and what is left over colours the evening. " * 2 + "\n\n"
)
_DRAFT = _PARAGRAPH * 5
"""About as long as a short answer of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Microseconds for each signal of one turn, and what asking for the plan after each of them took on average."""

    signals: Sequence[float]
    plan: float

    @property
    def mean(self) -> float:
        return statistics.fmean(self.signals)

    @property
    def median(self) -> float:
        return statistics.median(self.signals)

    @property
    def p95(self) -> float:
        return sorted(self.signals)[int(0.95 * len(self.signals))]

    @property
    def worst(self) -> float:
        return max(self.signals)


class _Recording(Table):
    """A table that remembers the signals it was sent."""

    def __init__(self, agents: int) -> None:
        super().__init__(*(f"agent_{place:02}" for place in range(1, agents + 1)))
        self.signals: list[Signal] = []

    def send(self, signal: Signal) -> Sequence[TurnEvent]:
        self.signals.append(signal)
        return super().send(signal)

    def draft_all(self) -> None:
        self.ask()
        for agent in self.agents:
            self.says(agent, f"{_DRAFT}So says {agent}.")

    def revise_all(self) -> None:
        for agent in self.working:
            self.revises(agent, f"{_DRAFT}So says {agent}, after some thought.")

    def vote_all(self, *, also: int = 0) -> None:
        """Everybody votes for the next agent's answer and accepts so many others, as long as the ballot is open."""
        labels = {agent: self._label(agent) for agent in self.agents}
        for place, agent in enumerate(self.agents):
            if self.state.stage != "ballot":
                break
            later = [labels[self.agents[(place + step) % len(self.agents)]] for step in range(1, also + 2)]
            self.votes(agent, *later, reason="It says most.")

    def present(self) -> None:
        for agent in self.working:
            self.says(agent, f"{_DRAFT}Presented.")
        assert self.state.stage == "over", "the turn is not over"

    def _label(self, agent: str) -> str:
        return next(each.label for each in reversed(self.state.answers) if each.agent == agent)


def differ(agents: int) -> Sequence[Signal]:
    """All drafts differ, nobody revises."""
    table = _Recording(agents)
    table.draft_all()
    table.vote_all()
    table.present()
    return table.signals


def revise(agents: int) -> Sequence[Signal]:
    """Everybody revises once."""
    table = _Recording(agents)
    table.draft_all()
    table.revise_all()
    table.vote_all()
    table.present()
    return table.signals


def accept_all(agents: int) -> Sequence[Signal]:
    """All drafts differ, and every vote finds all the others' acceptable too."""
    table = _Recording(agents)
    table.draft_all()
    table.vote_all(also=agents - 2)
    table.present()
    return table.signals


def measure(turn: Callable[[int], Sequence[Signal]], agents: int, *, runs: int) -> Costs:
    """What each signal of the turn costs, and each plan, at the quickest of so many runs."""
    signals = turn(agents)
    deciding = [_decide_all(signals) for _ in range(runs)]
    states = _states(signals)
    planning = [_plan_all(states) for _ in range(runs)]
    return Costs(
        signals=[min(times) / 1000 for times in zip(*deciding, strict=True)],
        plan=statistics.fmean(min(times) for times in zip(*planning, strict=True)) / 1000,
    )


def _decide_all(signals: Sequence[Signal]) -> list[int]:
    """Nanoseconds for each signal."""
    state, times = State(), []
    for signal in signals:
        began = time.perf_counter_ns()
        state = decide(state, signal, now=1.0).state
        times.append(time.perf_counter_ns() - began)
    return times


def _plan_all(states: Sequence[State]) -> list[int]:
    """Nanoseconds for the plan of each state."""
    times = []
    for state in states:
        began = time.perf_counter_ns()
        plan(state)
        times.append(time.perf_counter_ns() - began)
    return times


def _states(signals: Sequence[Signal]) -> list[State]:
    states = [State()]
    for signal in signals:
        states.append(decide(states[-1], signal, now=1.0).state)
    return states[1:]
