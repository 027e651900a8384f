"""One event folded into the state; replaying the events of a turn rebuilds it."""

from dataclasses import replace
from typing import TypeVar, assert_never

from massgen.agents import AgentId
from massgen.coordination.candidates import identity
from massgen.coordination.counting import Count
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot, Call, Seat, State
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    DraftingEnded,
    DraftsOverdue,
    PresentationEnded,
    PresentationStarted,
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

_Folded = TypeVar("_Folded", State, Seat)


def evolve(state: State, event: TurnEvent) -> State:  # one flat table, so that exhaustiveness is checked
    """The state after this event. The event is taken as true: only `decide` judges."""
    match event:
        case TurnStarted():
            return State(
                turn=event.turn,
                question=event.question,
                seed=event.seed,
                rules=Rules.of(event.rules),
                compactable=event.compactable,
                attached=event.attached,
                stage="draft",
                seats=dict.fromkeys(event.agents, Seat()),
            )
        case TurnResumed():
            open_calls = {agent: seat for agent, seat in state.seats.items() if seat.call}
            idle = {agent: _changed(seat, standing="idle", lost=seat.lost + 1) for agent, seat in open_calls.items()}
            return _changed(state, seats={**state.seats, **idle})
        case AgentUnavailable():
            return _seat(state, event.agent, _seated(state, event.agent, standing="out"))
        case CallStarted():
            return _seat(state, event.agent, _called(state.seats[event.agent], event))
        case AnswerSubmitted():
            return _answered(state, event)
        case ReplyRefused():
            refusals = state.seats[event.agent].refusals + 1
            return _seat(state, event.agent, _seated(state, event.agent, standing="idle", refusals=refusals))
        case CallFailed():
            return _seat(state, event.agent, _failed(state, event))
        case RetryScheduled():
            return _seat(state, event.agent, _seated(state, event.agent, standing="waiting", retry_s=event.wait_s))
        case CallCancelled():
            standing = "skipped" if event.because == "skipped" else "late"
            return _seat(state, event.agent, _seated(state, event.agent, standing=standing))
        case QuorumReached():
            return _changed(state, grace_s=event.grace_s)
        case DraftsOverdue():
            return _changed(state, overdue=True)
        case StageEndsSoon():
            return _changed(state, warned=True)
        case DraftingEnded() | PresentationStarted():
            return state
        case BallotClosed():
            return _changed(state, ballot=replace(state.ballot, closed=True) if state.ballot else None)
        case BallotOpened():
            ballot = Ballot(number=event.number, candidates=event.candidates)
            seats = {agent: _seated(state, agent, standing="idle") for agent in state.seats}
            count = Count.of_none(event.candidates)
            return _changed(state, stage="ballot", ballot=ballot, count=count, seats=seats, pending=(), warned=False)
        case VoteCast():
            return _voted(state, event)
        case Abstained():
            return _seat(state, event.agent, _seated(state, event.agent, standing="done"))
        case WinnerSelected():
            return _changed(state, stage="presentation", winner=event.label, warned=False)
        case PresentationEnded():
            return _changed(_seat(state, event.agent, _seated(state, event.agent, standing="done")), presented=event)
        case TurnEnded():
            return _changed(state, stage="over")
        case _:
            assert_never(event)


def _seat(state: State, agent: AgentId, seat: Seat) -> State:
    return _changed(state, seats={**state.seats, agent: seat})


def _seated(state: State, agent: AgentId, **changes: object) -> Seat:
    """The agent's seat with these changes; an agent that is out of the turn stays out."""
    seat = state.seats[agent]
    if not seat.living:
        changes.pop("standing", None)
    return _changed(seat, **changes)


def _called(seat: Seat, event: CallStarted) -> Seat:
    call = Call(
        number=event.call,
        stage=event.stage,
        ballot=event.ballot,
        attempt=event.attempt,
        shown=event.shown,
        because=event.because,
        compacted=event.compacted,
    )
    fresh = event.attempt == 1
    return _changed(
        seat,
        standing="working",
        last=call,
        silences=0 if fresh else seat.silences,
        refusals=0 if fresh else seat.refusals,
        lost=0 if fresh else seat.lost,
        compacted=event.compacted,
        retry_s=0.0,
    )


def _answered(state: State, event: AnswerSubmitted) -> State:
    seat = _seated(state, event.agent, standing="done", answers=event.version)
    return _changed(
        state,
        seats={**state.seats, event.agent: seat},
        answers=(*state.answers, event),
        identities={**state.identities, event.label: identity(event.text, event.key)},
        pending=(*state.pending, event.label) if state.stage == "ballot" else state.pending,
    )


def _failed(state: State, event: CallFailed) -> Seat:
    standing = {"retried": "waiting", "out_of_stage": "failed", "out_of_turn": "out"}[event.consequence]
    silences = state.seats[event.agent].silences + (event.problem.kind == "timeout")
    return _seated(state, event.agent, standing=standing, silences=silences)


def _voted(state: State, event: VoteCast) -> State:
    votes = {**state.votes, event.ballot: {**state.votes.get(event.ballot, {}), event.agent: event}}
    count = state.count.with_vote(event, state.ballot.by_id, state.rules) if state.ballot else state.count
    if event.how == "carried":  # its author is out of this ballot: the seat stays as it is
        return _changed(state, votes=votes, count=count)
    seat = _seated(state, event.agent, standing="done")
    return _changed(state, seats={**state.seats, event.agent: seat}, votes=votes, count=count)


def _changed(value: _Folded, **changes: object) -> _Folded:
    """`dataclasses.replace` without its way through every field: most of what a signal costs is this."""
    new = object.__new__(type(value))
    vars(new).update(vars(value), **changes)
    assert len(vars(new)) == len(vars(value)), f"{type(value).__name__} has not all the fields {list(changes)}"
    return new
