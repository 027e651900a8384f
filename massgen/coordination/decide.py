"""One signal in, events out: the door of the core.

`decide` is total: a late, doubled or foolish signal is answered with nothing, never with an exception. A signal whose
call is not the agent's open one, or whose timer is not armed, changes nothing; that is the whole defence against races.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import assert_never

from massgen.agents import AgentId
from massgen.coordination import balloting, drafting, presenting, resuming
from massgen.coordination.asking import ask_again, fail, let_go
from massgen.coordination.carrying import carry_over
from massgen.coordination.ending import stop
from massgen.coordination.plan import timers
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
    TimerFired,
    TurnDeadline,
)
from massgen.coordination.state import Call, State
from massgen.coordination.story import Story
from massgen.events import (
    AgentUnavailable,
    StageEndsSoon,
    TurnEvent,
    TurnStarted,
)
from massgen.messages import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens because of a signal, and the state after it: the state before with these events folded in."""

    events: Sequence[TurnEvent]
    state: State


def decide(state: State, signal: Signal, *, now: float = 0.0) -> Decision:
    """What happens because of this signal; `now` is in seconds since the turn began."""
    story = Story(state, now=now)
    match signal:
        case Start():
            if state.stage == "before":
                _start(story, signal)
        case Resume():
            if state.stage not in ("before", "over"):
                resuming.resume(story, signal.unavailable)
                _go_on(story)
        case Replied():
            if call := state.open_call(signal.agent, signal.call):
                _replied(story, signal, call)
                _go_on(story)
        case Failed():
            if call := state.open_call(signal.agent, signal.call):
                _failed(story, signal.agent, call, signal.problem)
                _go_on(story)
        case TimerFired():
            _fired(story, signal)
        case AgentSkipped():
            seat = state.seats.get(signal.agent)
            if seat and seat.busy and seat.calls == signal.call:
                let_go(story, "skipped", agent=signal.agent)
                carry_over(story, signal.agent)
                _go_on(story)
        case Cancelled():
            if state.stage not in ("before", "over"):
                stop(story, signal.because)
        case _:
            assert_never(signal)
    return Decision(events=story.events, state=story.state)


def _start(story: Story, start: Start) -> None:
    started = TurnStarted(
        turn=start.turn,
        question=start.question,
        agents=start.agents,
        seed=start.seed,
        rules=asdict(start.rules),
        compactable=start.compactable,
        attached=start.attached,
    )
    story.tell(started)
    for agent, problem in start.unavailable.items():
        story.tell(AgentUnavailable(agent=agent, problem=problem))
    drafting.begin(story)


def _replied(story: Story, signal: Replied, call: Call) -> None:
    match call.stage:
        case "ballot":
            balloting.replied(story, signal.agent, call, signal.reply)
        case "presentation" if story.state.stage == "presentation":
            presenting.replied(story, signal.agent, call, signal.reply)
        case "draft" | "presentation":
            drafting.replied(story, signal.agent, call, signal.reply)
        case _:
            assert_never(call.stage)


def _failed(story: Story, agent: AgentId, call: Call, problem: Problem, *, final: bool = False) -> None:
    if call.stage == "ballot" and problem.kind == "refused":
        balloting.refused_by_model(story, agent, call, problem)
        return
    fail(story, agent, call, problem, final=final)
    if not story.state.seats[agent].busy:
        carry_over(story, agent)


def _fired(story: Story, signal: TimerFired) -> None:
    state, timer = story.state, signal.timer
    match timer:
        case CallDeadline():
            if call := state.open_call(timer.agent, timer.call):
                _failed(story, timer.agent, call, _timeout(state, timer), final=not timer.silent)
                _go_on(story)
            return
        case _ if timer not in timers(state):
            return
        case TurnDeadline():
            stop(story, "deadline")
        case StageDeadline() if state.stage == "draft":
            drafting.overdue(story)
            _go_on(story)
        case StageDeadline():
            balloting.overdue(story)
        case StageWarning():
            story.tell(StageEndsSoon(ballot=timer.ballot, seconds=state.rules.warning_s))
        case GraceOver():
            drafting.grace_over(story)
        case RetryDue():
            ask_again(story, timer.agent)
        case _:
            assert_never(timer)


def _go_on(story: Story) -> None:
    """Leave the stage if it is over."""
    match story.state.stage:
        case "draft":
            drafting.close_if_over(story)
        case "ballot":
            balloting.close_if_over(story)
        case "presentation":
            presenting.close_if_over(story)
        case "before" | "over":
            pass
        case _:
            assert_never(story.state.stage)


def _timeout(state: State, timer: CallDeadline) -> Problem:
    if timer.silent:
        return Problem(kind="timeout", text=f"silent for {state.rules.silence_s:g} s")
    return Problem(kind="timeout", text=f"not finished after {state.rules.call_s:g} s")
