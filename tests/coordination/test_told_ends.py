"""What is told of the presentation, and of a turn that ends before its time: whole events, and nothing else."""

from massgen.coordination.signals import Cancelled, Reply
from massgen.events import (
    CallCancelled,
    CallFailed,
    PresentationEnded,
    RetryScheduled,
    TurnEnded,
    WinnerSelected,
)
from massgen.messages import Problem
from tests.helpers.table import Table
from tests.helpers.told import closed, drafted

ANSWERED = TurnEnded(turn=1, outcome="answered")


# -- the presentation --------------------------------------------------------------------------------------------------


def _won(**rules: object) -> Table:
    t = Table("ann", "bob", **rules)  # type: ignore[arg-type]  # as above
    t.ask()
    t.replies("ann", Reply(text="stored", truncated=True))
    t.skips("bob")
    return t


def _stored(because: str) -> PresentationEnded:
    return PresentationEnded(
        agent="ann", label="agent1.1", text="stored", source="stored", because=because, truncated=True
    )


def test_what_the_winner_says_is_the_final_answer() -> None:
    t = _won()
    assert t.replies("ann", Reply(text=" final \n", truncated=True)) == [
        PresentationEnded(agent="ann", label="agent1.1", text="final", source="presented", truncated=True),
        ANSWERED,
    ]


def test_a_presentation_that_is_not_cut_is_not_marked() -> None:
    t = _won()
    ended, _ = t.says("ann", "final")
    assert ended == PresentationEnded(agent="ann", label="agent1.1", text="final", source="presented", truncated=False)


def test_an_empty_presentation_is_tried_again_and_then_the_stored_text_stands() -> None:
    t = _won(max_retries=1)
    empty = Problem(kind="empty", text="The presentation was empty.")
    failed, scheduled = t.says("ann", "")
    assert failed == CallFailed(agent="ann", call=2, problem=empty, consequence="retried")
    assert isinstance(scheduled, RetryScheduled)
    t.retries("ann")
    assert t.says("ann", "") == [
        CallFailed(agent="ann", call=3, problem=empty, consequence="out_of_stage"),
        _stored("the presentation failed"),
        TurnEnded(turn=1, outcome="answered", because="the presentation failed"),
    ]


def test_a_presentation_that_the_user_does_not_wait_for_is_the_stored_text() -> None:
    t = _won()
    assert t.skips("ann") == [
        CallCancelled(agent="ann", call=2, because="skipped"),
        _stored("skipped"),
        TurnEnded(turn=1, outcome="answered", because="skipped"),
    ]


def test_where_the_stored_text_is_to_be_used_nobody_presents() -> None:
    t = _won(final_answer_strategy="winner_reuse")
    assert t.events[-2:] == [_stored("winner_reuse"), TurnEnded(turn=1, outcome="answered", because="winner_reuse")]
    assert _won(final_answer_strategy="winner_reuse", must_present=True).working == ("ann",)


def test_a_winner_that_can_no_longer_be_asked_has_its_stored_text() -> None:
    t = drafted("ann", "bob", "cid")
    t.fails("ann", "auth")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    because = "ann can no longer be asked"
    assert t.events[-2:] == [
        PresentationEnded(agent="ann", label="agent1.1", text="text of ann", source="stored", because=because),
        TurnEnded(turn=1, outcome="answered", because=because),
    ]


def test_a_presentation_that_is_not_affordable_is_the_stored_text_and_partial() -> None:
    t = _won(max_calls=2)
    assert t.events[-2:] == [_stored("budget"), TurnEnded(turn=1, outcome="partial", because="budget")]


def test_the_last_call_of_the_budget_is_for_the_presentation() -> None:
    assert _won(max_calls=3).working == ("ann",)


# -- the end before its time -------------------------------------------------------------------------------------------


def test_a_turn_that_has_not_begun_cannot_be_stopped() -> None:
    assert Table("ann").cancels() == []


def test_a_turn_stopped_before_any_answer_has_none() -> None:
    t = Table("ann", "bob")
    t.ask()
    assert t.cancels() == [
        CallCancelled(agent="ann", call=1, because="cancelled"),
        CallCancelled(agent="bob", call=1, because="cancelled"),
        TurnEnded(turn=1, outcome="cancelled", because="cancelled"),
    ]
    assert t.cancels() == []


def test_a_budget_used_up_before_any_answer_is_a_failure() -> None:
    t = Table("ann")
    t.ask()
    assert t.send(Cancelled(because="budget"))[1:] == [TurnEnded(turn=1, outcome="failed", because="budget")]


def test_a_turn_stopped_among_the_drafts_has_one_of_them() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.replies("ann", Reply(text="stored", truncated=True))
    assert t.cancels() == [
        CallCancelled(agent="bob", call=1, because="cancelled"),
        WinnerSelected(agent="ann", label="agent1.1", because="partial"),
        _stored("cancelled"),
        TurnEnded(turn=1, outcome="partial", because="cancelled"),
    ]


def test_a_turn_stopped_in_a_ballot_has_who_leads_in_it() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("ann", "agent3.1")
    assert t.cancels() == [
        CallCancelled(agent="bob", call=2, because="cancelled"),
        CallCancelled(agent="cid", call=2, because="cancelled"),
        closed(t, "cut_short"),
        WinnerSelected(agent="cid", label="agent3.1", because="partial"),
        PresentationEnded(agent="cid", label="agent3.1", text="text of cid", source="stored", because="cancelled"),
        TurnEnded(turn=1, outcome="partial", because="cancelled"),
    ]


def test_a_turn_stopped_in_the_presentation_keeps_its_winner() -> None:
    t = _won()
    assert t.cancels() == [
        CallCancelled(agent="ann", call=2, because="cancelled"),
        _stored("cancelled"),
        TurnEnded(turn=1, outcome="partial", because="cancelled"),
    ]


def test_a_turn_that_cannot_afford_a_second_ballot_ends_with_who_led_in_the_first() -> None:
    t = drafted("ann", "bob", "cid", "dan", max_calls=10)
    t.revises("ann", "better")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    assert t.votes("dan", "agent2.1")[1:] == [
        closed(t, "all_done"),
        WinnerSelected(agent="ann", label="agent1.1", because="partial"),
        PresentationEnded(agent="ann", label="agent1.1", text="text of ann", source="stored", because="budget"),
        TurnEnded(turn=1, outcome="partial", because="budget"),
    ]


def test_a_second_ballot_costs_a_call_less_than_there_are_agents_when_one_stands_by_its_revision() -> None:
    t = drafted("ann", "bob", "cid", "dan", max_calls=11)
    t.revises("ann", "better")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent2.1")
    assert t.working == ("bob", "cid", "dan")


def test_a_second_ballot_costs_a_call_of_everybody_when_two_have_revised() -> None:
    t = drafted("ann", "bob", "cid", "dan", max_calls=11)
    t.revises("ann", "better")
    t.revises("bob", "best")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent2.1")
    assert t.outcome == ("partial", "budget")
