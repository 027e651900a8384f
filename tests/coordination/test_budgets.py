"""A budget of calls: what is not asked any more when it does not suffice, and that enough is enough."""

import pytest

from massgen.coordination.signals import Cancelled
from massgen.events import (
    Abstained,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    DraftingEnded,
    PresentationEnded,
    ReplyRefused,
    RetryScheduled,
    TurnEnded,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem
from tests.helpers.table import Table

BROKEN = Problem(kind="network", text="network")


def stored(agent: str, label: str, text: str) -> list[TurnEvent]:
    """How a turn ends whose budget is used up."""
    return [
        PresentationEnded(agent=agent, label=label, text=text, source="stored", because="budget"),
        TurnEnded(turn=1, outcome="partial", because="budget"),
    ]


def two_drafts(max_calls: int | None, **rules: object) -> Table:
    t = Table("ann", "bob", max_calls=max_calls, **rules)
    t.ask()
    t.drafts()
    return t


@pytest.mark.parametrize("limit", [0, 1])
def test_drafts_that_are_not_affordable_are_not_asked_for(limit: int) -> None:
    t = Table("ann", "bob", max_calls=limit)
    _, *events = t.ask()
    assert events == [TurnEnded(turn=1, outcome="failed", because="budget")]
    assert t.working == ()


def test_who_cannot_start_costs_nothing() -> None:
    t = Table("ann", "bob", max_calls=1)
    t.ask(unavailable=("bob",))
    t.says("ann", "alone")
    assert (t.calls, t.outcome) == (1, ("answered", ""))


def test_nobody_who_can_start_needs_no_call_either() -> None:
    t = Table("ann", max_calls=0)
    t.ask(unavailable=("ann",))
    assert t.outcome == ("failed", "no agent can start")


def test_a_retry_that_is_not_affordable_is_not_made() -> None:
    t = Table("ann", "bob", max_calls=2)
    t.ask()
    failed = CallFailed(agent="ann", call=1, problem=BROKEN, consequence="out_of_stage")
    assert t.fails("ann") == [failed]
    assert t.working == ("bob",)


def test_a_retry_that_is_promised_is_kept_and_leaves_nothing_for_another() -> None:
    t = Table("ann", "bob", max_calls=3)
    t.ask()
    _, scheduled = t.fails("ann")
    assert isinstance(scheduled, RetryScheduled)
    assert t.fails("bob") == [CallFailed(agent="bob", call=1, problem=BROKEN, consequence="out_of_stage")]
    [again] = t.retries("ann")
    assert isinstance(again, CallStarted)
    assert t.calls == 3


def test_two_retries_are_promised_where_two_are_affordable() -> None:
    t = Table("ann", "bob", max_calls=4)
    t.ask()
    for agent in t.agents:
        failed, scheduled = t.fails(agent)
        assert (type(failed), type(scheduled)) == (CallFailed, RetryScheduled)
    for agent in t.agents:
        t.retries(agent)
    assert t.calls == 4


def test_a_retry_that_the_user_skips_is_free_for_another() -> None:
    t = Table("ann", "bob", max_calls=3)
    t.ask()
    t.fails("ann")
    t.skips("ann")
    failed, scheduled = t.fails("bob")
    assert (type(failed), type(scheduled)) == (CallFailed, RetryScheduled)


def test_a_shorter_conversation_that_is_not_affordable_is_not_tried() -> None:
    t = Table("ann", "bob", max_calls=2)
    t.ask(compactable=True)
    [failed] = t.fails("ann", "context_length")
    assert isinstance(failed, CallFailed)
    assert failed.consequence == "out_of_turn"


def test_a_ballot_that_is_not_affordable_is_not_opened_and_the_best_draft_stands() -> None:
    t = Table("ann", "bob", "cid", max_calls=5)
    t.ask()
    t.says("ann", "one\nFinal answer: 1")
    t.says("bob", "two\nFinal answer: 2")
    assert t.says("cid", "II\nFinal answer: 2")[1:] == [
        DraftingEnded(because="all_done"),
        WinnerSelected(agent="bob", label="agent2.1", because="partial"),
        *stored("bob", "agent2.1", "two\nFinal answer: 2"),
    ]


@pytest.mark.parametrize(("limit", "opened"), [(3, 0), (4, 1), (5, 1)])
def test_a_ballot_is_opened_when_everybody_can_be_asked(limit: int, opened: int) -> None:
    t = two_drafts(limit)
    assert sum(isinstance(event, BallotOpened) for event in t.events) == opened


def test_who_is_out_of_the_turn_is_not_paid_for() -> None:
    t = Table("ann", "bob", "cid", max_calls=5)
    t.ask()
    t.fails("cid", "auth")
    t.drafts("ann", "bob")
    assert (t.state.stage, t.working) == ("ballot", ("ann", "bob"))


def test_a_second_ballot_that_is_not_affordable_is_not_opened_and_the_first_decides() -> None:
    t = Table("ann", "bob", "cid", "dan", max_calls=4 + 4 + 2)
    t.ask()
    t.drafts()
    t.votes("ann", "agent4.1")
    t.votes("bob", "agent4.1")
    t.revises("cid", "cid thinks better of it")
    closed, selected, *ended = t.votes("dan", "agent1.1")[1:]
    assert isinstance(closed, BallotClosed)
    assert (closed.number, closed.because) == (1, "all_done")
    assert selected == WinnerSelected(agent="dan", label="agent4.1", because="partial")
    assert ended == stored("dan", "agent4.1", "text of dan")


def test_the_author_of_the_only_revision_needs_no_call_in_the_second_ballot() -> None:
    t = Table("ann", "bob", "cid", "dan", max_calls=4 + 4 + 3)
    t.ask()
    t.drafts()
    t.votes("ann", "agent4.1")
    t.votes("bob", "agent4.1")
    t.revises("cid", "cid thinks better of it")
    t.votes("dan", "agent1.1")
    assert (t.ballot.number, t.working, t.calls) == (2, ("ann", "bob", "dan"), 11)


def test_several_authors_of_revisions_do() -> None:
    for limit, number in ((3 + 3 + 2, 1), (3 + 3 + 3, 2)):
        t = Table("ann", "bob", "cid", max_calls=limit)
        t.ask()
        t.drafts()
        t.revises("ann", "ann thinks better of it")
        t.revises("bob", "bob thinks better of it")
        t.votes("cid", "agent1.1")
        assert t.ballot.number == number


def test_a_re_ask_that_is_not_affordable_is_not_made() -> None:
    t = two_drafts(4)
    reason = "The reply called neither tool. Call `vote` with one of the labels you were shown."
    assert t.says("ann", "I like the second one best.") == [
        ReplyRefused(agent="ann", call=2, reason=reason),
        Abstained(agent="ann", ballot=1, call=2, reason=reason),
    ]


def test_and_a_label_alone_is_a_vote_at_once() -> None:
    t = two_drafts(4)
    [vote] = t.says("ann", t.shown("ann", "agent2.1"))
    assert isinstance(vote, VoteCast)
    assert vote.how == "prose"


def test_one_call_more_pays_for_the_re_ask() -> None:
    t = two_drafts(5)
    _, again = t.says("ann", "I like the second one best.")
    assert isinstance(again, CallStarted)


def vote_for_each_other(t: Table) -> None:
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")


def test_a_presentation_that_is_not_affordable_leaves_the_text_that_was_voted_on() -> None:
    t = two_drafts(4)
    vote_for_each_other(t)
    label, because = t.winner
    agent = {"agent1.1": "ann", "agent2.1": "bob"}[label]
    assert because == "ballot"
    assert t.events[-2:] == stored(agent, label, f"text of {agent}")
    assert t.calls == 4


def test_exactly_enough_is_enough() -> None:
    t = two_drafts(5)
    vote_for_each_other(t)
    t.says(t.working[0], "final")
    assert (t.final.text, t.calls, t.outcome) == ("final", 5, ("answered", ""))


def test_a_second_try_to_present_that_is_not_affordable_leaves_the_text_that_was_voted_on() -> None:
    t = two_drafts(5)
    vote_for_each_other(t)
    [presenter] = t.working
    t.fails(presenter)
    assert (t.final.text, t.outcome) == (f"text of {presenter}", ("answered", "the presentation failed"))


def test_the_stored_text_costs_nothing() -> None:
    t = two_drafts(4, final_answer_strategy="winner_reuse")
    vote_for_each_other(t)
    assert (t.final.source, t.outcome) == ("stored", ("answered", "winner_reuse"))


def test_a_budget_that_is_used_up_elsewhere_ends_the_turn_with_the_best_answer() -> None:
    t = two_drafts(None)
    t.votes("ann", "agent2.1")
    *cancelled, closed, selected, final, ended = t.send(Cancelled(because="budget"))
    assert cancelled == [CallCancelled(agent="bob", call=2, because="budget")]
    assert isinstance(closed, BallotClosed)
    assert closed.because == "cut_short"
    assert selected == WinnerSelected(agent="bob", label="agent2.1", because="partial")
    assert [final, ended] == stored("bob", "agent2.1", "text of bob")


def test_and_before_the_first_answer_with_none() -> None:
    t = Table("ann", "bob")
    t.ask()
    *cancelled, ended = t.send(Cancelled(because="budget"))
    assert cancelled == [CallCancelled(agent=agent, call=1, because="budget") for agent in t.agents]
    assert ended == TurnEnded(turn=1, outcome="failed", because="budget")
