"""What should be running now: open calls and armed timers. The orchestrator starts what is missing, ends the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    CallDeadline,
    GraceOver,
    RetryDue,
    StageDeadline,
    StageWarning,
    Timer,
    TurnDeadline,
)
from massgen.coordination.state import Call, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`timers` maps each armed timer to its length in seconds, counted from when it first appears in a plan.

    The deadlines of calls are not among them: every open call has the same two, from its start to its end.
    """

    calls: Mapping[AgentId, Call]
    timers: Mapping[Timer, float]


def plan(state: State) -> Plan:
    """The calls that should be open and the timers that should be armed in this state."""
    calls = {agent: call for agent, seat in state.seats.items() if (call := seat.call)}
    return Plan(calls=calls, timers=timers(state))


def deadlines(agent: AgentId, call: Call, rules: Rules) -> dict[CallDeadline, float]:
    """How long this call may take, and how long it may be silent, in seconds; the orchestrator measures both."""
    return {
        CallDeadline(agent=agent, call=call.number, silent=False): rules.call_s,
        CallDeadline(agent=agent, call=call.number, silent=True): rules.silence_s,
    }


def timers(state: State) -> dict[Timer, float]:
    """The timers of the turn, its stage and its retries."""
    if state.stage in ("before", "over"):
        return {}
    rules = state.rules
    armed: dict[Timer, float] = {TurnDeadline(): rules.turn_s}
    if state.stage == "draft" and not state.overdue and not _is_answered_alone(state):
        armed |= _stage(state, 0, rules.draft_s)
    if state.stage == "draft" and state.grace_s is not None:
        armed[GraceOver()] = state.grace_s
    if state.stage == "ballot" and state.ballot:
        armed |= _stage(state, state.ballot.number, rules.ballot_s)
    for agent, seat in state.seats.items():
        if seat.standing == "waiting":
            armed[RetryDue(agent=agent, call=seat.calls)] = seat.retry_s
    return armed


def _is_answered_alone(state: State) -> bool:
    """Whether the only agent that could be asked presents at once: no stage limits that."""
    return any(seat.last is not None and seat.last.stage == "presentation" for seat in state.seats.values())


def _stage(state: State, ballot: int, seconds: float) -> dict[Timer, float]:
    """The end of a stage, and the warning before it while that has not been given and there is time for one."""
    early = seconds - state.rules.warning_s
    warning: dict[Timer, float] = {StageWarning(ballot=ballot): early} if early > 0 and not state.warned else {}
    return {StageDeadline(ballot=ballot): seconds, **warning}
