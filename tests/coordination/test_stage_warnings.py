"""The warning before a stage ends: when it is armed, that it is given once, and whom it does not concern."""

import pytest

from massgen.coordination.plan import plan
from massgen.coordination.signals import (
    CallDeadline,
    StageDeadline,
    StageWarning,
    Timer,
    TurnDeadline,
)
from massgen.events import StageEndsSoon
from tests.helpers.armed import armed
from tests.helpers.table import Table


def stage_timers(t: Table) -> dict[Timer, float]:
    return {timer: s for timer, s in plan(t.state).timers.items() if isinstance(timer, StageWarning | StageDeadline)}


def in_a_ballot(*agents: str, **rules: object) -> Table:
    t = Table(*agents, **rules)
    t.ask()
    for agent in agents:
        t.says(agent, f"text of {agent}")
    return t


def test_a_minute_before_the_drafts_end_and_before_each_ballot_ends_a_warning_is_due() -> None:
    t = Table("ann", "bob")
    t.ask()
    assert stage_timers(t) == {StageDeadline(ballot=0): 600.0, StageWarning(ballot=0): 540.0}
    t.says("ann", "one")
    t.says("bob", "two")
    assert stage_timers(t) == {StageDeadline(ballot=1): 300.0, StageWarning(ballot=1): 240.0}
    t.revises("ann", "one, better")
    t.revises("bob", "two, better")
    assert stage_timers(t) == {StageDeadline(ballot=2): 300.0, StageWarning(ballot=2): 240.0}


def test_the_warning_is_given_once_in_each_stage() -> None:
    t = Table("ann", "bob")
    t.ask()
    assert t.fires(StageWarning(ballot=0)) == [StageEndsSoon(ballot=0, seconds=60.0)]
    assert stage_timers(t) == {StageDeadline(ballot=0): 600.0}
    assert t.fires(StageWarning(ballot=0)) == []
    t.says("ann", "one")
    t.says("bob", "two")
    assert t.fires(StageWarning(ballot=0)) == []
    assert t.fires(StageWarning(ballot=2)) == []
    assert t.fires(StageWarning(ballot=1)) == [StageEndsSoon(ballot=1, seconds=60.0)]
    assert t.fires(StageWarning(ballot=1)) == []
    assert stage_timers(t) == {StageDeadline(ballot=1): 300.0}


def test_nothing_but_the_warning_comes_of_a_warning() -> None:
    t = in_a_ballot("ann", "bob")
    before = plan(t.state)
    t.fires(StageWarning(ballot=1))
    after = plan(t.state)
    assert after.calls == before.calls
    assert before.timers == {**after.timers, StageWarning(ballot=1): 240.0}


@pytest.mark.parametrize(
    ("warning", "drafts", "ballots"), [(60.0, True, False), (59.0, True, True), (600.0, False, False)]
)
def test_a_stage_that_is_not_longer_than_the_warning_has_none(warning: float, drafts: bool, ballots: bool) -> None:
    t = Table("ann", "bob", warning_s=warning, draft_s=600.0, ballot_s=60.0)
    t.ask()
    assert (StageWarning(ballot=0) in stage_timers(t)) is drafts
    t.says("ann", "one")
    t.says("bob", "two")
    assert (StageWarning(ballot=1) in stage_timers(t)) is ballots
    assert bool(t.fires(StageWarning(ballot=1))) is ballots


def test_drafts_that_are_overdue_are_neither_warned_nor_ended_again() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.fires(StageDeadline(ballot=0))
    assert stage_timers(t) == {}
    assert t.fires(StageWarning(ballot=0)) == []
    assert t.fires(StageDeadline(ballot=0)) == []


def test_the_presenter_is_not_warned_of_the_end_of_the_ballot_before() -> None:
    t = in_a_ballot("ann", "bob")
    t.fires(StageWarning(ballot=1))
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    assert (t.state.stage, t.state.warned, stage_timers(t)) == ("presentation", False, {})


@pytest.mark.parametrize("unavailable", [(), ("bob",)], ids=["a team of one", "one of two"])
def test_who_answers_alone_presents_and_no_stage_limits_it(unavailable: tuple[str, ...]) -> None:
    t = Table(*("ann", *unavailable))
    t.ask(unavailable=unavailable)
    assert armed(t.state) == {
        TurnDeadline(): 1800.0,
        CallDeadline(agent="ann", call=1, silent=False): 600.0,
        CallDeadline(agent="ann", call=1, silent=True): 180.0,
    }
    assert t.fires(StageDeadline(ballot=0)) == []
    assert t.fires(StageWarning(ballot=0)) == []


def test_the_last_one_left_of_a_team_still_drafts_within_the_stage() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.fails("bob", "auth")
    assert stage_timers(t) == {StageDeadline(ballot=0): 600.0, StageWarning(ballot=0): 540.0}
