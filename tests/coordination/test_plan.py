"""What should be running in each state, and what the budget of calls still allows."""

import pytest

from massgen.coordination.budget import affords
from massgen.coordination.plan import Plan, deadlines, plan, timers
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
from massgen.coordination.state import Ballot, Call, Seat, State, TurnStage

RULES = Rules(silence_s=1.0, call_s=2.0, draft_s=30.0, ballot_s=20.0, warning_s=5.0, turn_s=40.0)


def _seat(standing: str, calls: int, *, retry_s: float = 0.0) -> Seat:
    last = Call(number=calls, stage="draft", ballot=0, attempt=1, shown=(), because="")
    return Seat(standing=standing, last=last, retry_s=retry_s)  # type: ignore[arg-type]  # a Standing


def test_who_works_has_an_open_call_with_two_deadlines_and_who_waits_a_date() -> None:
    ann = _seat("working", 1)
    seats = {"ann": ann, "bob": _seat("waiting", 3, retry_s=2.5), "cid": _seat("done", 2), "dan": Seat()}
    assert plan(State(rules=RULES, stage="presentation", seats=seats)) == Plan(
        calls={"ann": ann.last},
        timers={
            TurnDeadline(): 40.0,
            RetryDue(agent="bob", call=3): 2.5,
        },
    )
    assert ann.last
    assert deadlines("ann", ann.last, RULES) == {
        CallDeadline(agent="ann", call=1, silent=False): 2.0,
        CallDeadline(agent="ann", call=1, silent=True): 1.0,
    }


@pytest.mark.parametrize("stage", ["before", "over"])
def test_before_and_after_a_turn_nothing_is_armed(stage: TurnStage) -> None:
    seats = {"ann": _seat("waiting", 1, retry_s=2.5)}
    assert timers(State(rules=RULES, stage=stage, seats=seats, grace_s=5.0)) == {}


@pytest.mark.parametrize(
    ("state", "armed"),
    [
        (State(rules=RULES, stage="draft"), {StageDeadline(ballot=0): 30.0, StageWarning(ballot=0): 25.0}),
        (State(rules=RULES, stage="draft", warned=True), {StageDeadline(ballot=0): 30.0}),
        (State(rules=RULES, stage="draft", overdue=True), {}),
        (State(rules=RULES, stage="draft", overdue=True, grace_s=7.0), {GraceOver(): 7.0}),
        (
            State(rules=RULES, stage="ballot", ballot=Ballot(number=2, candidates=()), overdue=True, grace_s=7.0),
            {StageDeadline(ballot=2): 20.0, StageWarning(ballot=2): 15.0},
        ),
        (State(rules=RULES, stage="presentation", ballot=Ballot(number=2, candidates=()), grace_s=7.0), {}),
    ],
    ids=["drafts", "drafts, warned", "drafts, overdue", "drafts, quorum", "second ballot", "presentation"],
)
def test_each_stage_has_its_end_and_a_warning_before_it(state: State, armed: dict[Timer, float]) -> None:
    assert timers(state) == {TurnDeadline(): 40.0, **armed}


@pytest.mark.parametrize(("warning_s", "early"), [(29.5, {StageWarning(ballot=0): 0.5}), (30.0, {}), (31.0, {})])
def test_a_stage_that_is_too_short_for_a_warning_has_none(warning_s: float, early: dict[Timer, float]) -> None:
    rules = Rules(draft_s=30.0, warning_s=warning_s, turn_s=40.0)
    assert timers(State(rules=rules, stage="draft")) == {TurnDeadline(): 40.0, StageDeadline(ballot=0): 30.0, **early}


@pytest.mark.parametrize(
    ("max_calls", "calls", "affordable"),
    [(None, 99, True), (8, 2, True), (8, 3, False), (6, 0, True), (5, 0, False)],
)
def test_a_try_that_an_agent_waits_for_counts_as_made(max_calls: int | None, calls: int, affordable: bool) -> None:
    seats = {"ann": _seat("working", 1), "bob": _seat("waiting", 3), "cid": _seat("done", 1), "dan": Seat()}
    assert affords(State(rules=Rules(max_calls=max_calls), seats=seats), calls) is affordable
