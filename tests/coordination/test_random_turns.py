"""The random turns of the invariants are worth something: they get everywhere, and end whatever is said."""

from typing import get_args

from massgen.coordination.signals import Replied
from massgen.events import (
    BallotClosed,
    BallotOpened,
    CallFailed,
    CallStarted,
    TurnEnded,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from tests.helpers.random_turn import Played, played
from tests.helpers.tape import Tape, spooled

EVERYWHERE = {
    *(event.__name__ for event in get_args(TurnEvent)),
    "ballot 1",
    "ballot 2",
    "ballot 3",
    "closed: all_done",
    "closed: cut_short",
    "closed: deadline",
    "closed: decided",
    "compacted, try 1",
    "compacted, try 2",
    "compacted, try 3",
    "compacted, try 4",
    "ended: answered",
    "ended: cancelled",
    "ended: failed",
    "ended: partial",
    "failed: out_of_stage",
    "failed: out_of_turn",
    "failed: retried",
    "ignored: AgentSkipped",
    "ignored: Cancelled",
    "ignored: Failed",
    "ignored: Replied",
    "ignored: Resume",
    "ignored: Start",
    "ignored: TimerFired",
    "vote: carried",
    "vote: equal_answer",
    "vote: prose",
    "vote: standing",
    "vote: vote",
    "won: ballot",
    "won: consensus",
    "won: only_answer",
    "won: partial",
    "won: single_agent",
    "won: voting_skipped",
}


def corners(turn: Played) -> set[str]:
    """Where this turn has been."""
    been = {type(event).__name__ for event in turn.events}
    been |= {f"ballot {each.number}" for each in turn.all(BallotOpened)}
    been |= {f"closed: {each.because}" for each in turn.all(BallotClosed)}
    been |= {f"vote: {each.how}" for each in turn.all(VoteCast)}
    been |= {f"failed: {each.consequence}" for each in turn.all(CallFailed)}
    been |= {f"won: {each.because}" for each in turn.all(WinnerSelected)}
    been |= {f"ended: {each.outcome}" for each in turn.all(TurnEnded)}
    been |= {f"compacted, try {min(each.attempt, 4)}" for each in turn.all(CallStarted) if each.compacted}
    return been | {f"ignored: {type(step.signal).__name__}" for step in turn.steps if not step.events}


def test_random_turns_get_everywhere() -> None:
    been = set[str]().union(*(corners(played(tape)) for tape in spooled(600)))
    assert been == EVERYWHERE


def test_random_teams_have_one_agent_and_fifty_and_everything_between() -> None:
    sizes = {len(played(tape).start.agents) for tape in spooled(400, size=40)}
    assert {1, 2, 3, 50} <= sizes
    assert len(sizes) > 25


def test_a_tape_at_its_end_is_an_ordinary_world() -> None:
    turn = played(b"")
    assert all(isinstance(step.signal, Replied) for step in turn.steps[1:-5])
    assert [(each.outcome, each.because) for each in turn.all(TurnEnded)] == [("answered", "")]
    assert len(list(turn.all(CallStarted))) == 7


def test_a_tape_is_read_once_and_then_says_nothing_but_the_first_choice() -> None:
    tape = Tape(b"\x05\x02\xff")
    assert [tape.pick(4), tape.of("abc"), tape.once_in(256), tape.pick(9), tape.of("abc"), tape.once_in(3)] == [
        1,
        "c",
        True,
        0,
        "a",
        False,
    ]
