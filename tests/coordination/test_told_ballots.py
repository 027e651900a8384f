"""What is told of a ballot, from the first reply to the winner: whole events, in their order, and nothing else."""

import pytest

from massgen.ballots import Score, Tally
from massgen.coordination.candidates import candidate_id
from massgen.coordination.rules import Rules
from massgen.coordination.signals import Reply, StageDeadline
from massgen.coordination.state import Ballot
from massgen.coordination.tally import tally
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    PresentationEnded,
    PresentationStarted,
    ReplyRefused,
    RetryScheduled,
    TurnEnded,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import ToolCall
from tests.helpers.table import Table
from tests.helpers.told import ANN, BOB, CID, asked_to_vote, candidate, closed, drafted

# -- votes -------------------------------------------------------------------------------------------------------------


def test_a_vote_is_told_as_it_was_given() -> None:
    t = drafted("ann", "bob", "cid")
    assert t.votes("bob", "agent3.1", "agent1.1", reason="Clear.") == [
        VoteCast(agent="bob", ballot=1, call=2, first=CID.candidate, also=(ANN.candidate,), reason="Clear.", how="vote")
    ]


def test_a_reply_that_is_unclear_is_asked_for_again_with_the_reason_and_then_an_abstention() -> None:
    t = drafted("ann", "bob", "cid")
    neither = "The reply called neither tool. Call `vote` with one of the labels you were shown."
    shown = asked_to_vote("bob", 2, 1, ANN, BOB, CID).shown
    assert t.says("bob", "I like it.") == [
        ReplyRefused(agent="bob", call=2, reason=neither),
        CallStarted(agent="bob", call=3, stage="ballot", ballot=1, attempt=2, shown=shown, because=neither),
    ]
    _, scheduled = t.fails("bob")
    assert isinstance(scheduled, RetryScheduled)
    assert t.retries("bob") == [
        CallStarted(agent="bob", call=4, stage="ballot", ballot=1, attempt=3, shown=shown, because=neither)
    ]
    assert t.says("bob", "I still like it.") == [
        ReplyRefused(agent="bob", call=4, reason=neither),
        Abstained(agent="bob", ballot=1, call=4, reason=neither),
    ]


def test_a_label_in_prose_is_told_as_one() -> None:
    t = drafted("ann", "bob", "cid")
    t.says("bob", "Hm.")
    assert t.says("bob", t.shown("bob", "agent1.1")) == [
        VoteCast(agent="bob", ballot=1, call=3, first=ANN.candidate, how="prose")
    ]


def test_a_model_that_will_not_take_part_abstains_with_its_reason() -> None:
    t = drafted("ann", "bob", "cid")
    assert t.fails("bob", "refused") == [Abstained(agent="bob", ballot=1, call=2, reason="refused")]


def test_a_new_answer_waits_and_one_that_equals_it_is_a_vote_for_it() -> None:
    t = drafted("ann", "bob", "cid")
    call = ToolCall(id="c", name="new_answer", arguments={"content": "Better.\nFinal answer: 7"})
    assert t.replies("ann", Reply(text="Here:", calls=(call,), truncated=True, snapshot="s2")) == [
        AnswerSubmitted(
            agent="ann",
            call=2,
            label="agent1.2",
            version=2,
            text="Better.\nFinal answer: 7",
            key="7",
            snapshot="s2",
            truncated=True,
        )
    ]
    assert t.revises("bob", "Otherwise.\nFinal answer: 7.0") == [
        VoteCast(agent="bob", ballot=1, call=2, first=candidate_id("ann", 2), how="equal_answer")
    ]
    assert t.revises("cid", "text of  bob")[0] == VoteCast(
        agent="cid", ballot=1, call=2, first=BOB.candidate, how="equal_answer"
    )


@pytest.mark.parametrize(
    ("requirement", "most_words"),
    [("lenient", "one two three four"), ("balanced", "a b c d e f g x y z"), ("strict", "a b x y")],
)
def test_a_new_answer_may_have_so_many_words_of_another(requirement: str, most_words: str) -> None:
    t = Table("ann", "bob", answer_novelty_requirement=requirement)
    t.ask()
    t.says("ann", {"lenient": "one two three four", "balanced": "a b c d e f g", "strict": "a b"}[requirement])
    t.says("bob", "something else")
    events = t.revises("bob", most_words.replace("one two", "two one"))
    assert [type(event) for event in events] == [AnswerSubmitted]


@pytest.mark.parametrize(("requirement", "draft"), [("balanced", "a b c d e f g h x y z"), ("strict", "a b c x y")])
def test_a_new_answer_that_says_too_little_that_is_new_is_refused(requirement: str, draft: str) -> None:
    t = Table("ann", "bob", answer_novelty_requirement=requirement)
    t.ask()
    t.says("ann", draft.replace(" x", "").replace(" y", "").replace(" z", ""))
    t.says("bob", "something else")
    reason = "The new answer says too little that is new. Vote for the answer it resembles."
    refused, again = t.revises("bob", draft)
    assert refused == ReplyRefused(agent="bob", call=2, reason=reason)
    assert isinstance(again, CallStarted)
    assert again.because == reason


def test_a_new_answer_may_resemble_what_its_author_wrote() -> None:
    t = Table("ann", "bob", answer_novelty_requirement="strict")
    t.ask()
    t.says("ann", "a b c d")
    t.says("bob", "e f g h")
    assert [type(event) for event in t.revises("ann", "a b c d e")] == [AnswerSubmitted]


def test_the_last_try_may_be_spent_on_a_reply_that_was_unclear() -> None:
    t = drafted("ann", "bob", "cid", max_retries=1)
    assert [type(event) for event in t.says("bob", "Hm.")] == [ReplyRefused, CallStarted]
    t.fails("cid")
    t.retries("cid")
    assert [type(event) for event in t.says("cid", "Hm.")] == [ReplyRefused, Abstained]


def test_the_last_call_of_the_budget_may_be_spent_on_a_reply_that_was_unclear() -> None:
    t = drafted("ann", "bob", "cid", max_calls=7)
    assert [type(event) for event in t.says("bob", "Hm.")] == [ReplyRefused, CallStarted]
    assert [type(event) for event in t.says("cid", "Hm.")] == [ReplyRefused, Abstained]


def test_what_its_author_thought_better_of_may_be_written_by_another() -> None:
    t = drafted("ann", "bob", "cid", max_ballots=3)
    t.revises("ann", "better")
    t.votes("bob", "agent3.1")
    t.votes("cid", "agent2.1")
    assert t.revises("bob", "text of ann") == [
        AnswerSubmitted(agent="bob", call=3, label="agent2.2", version=2, text="text of ann")
    ]


# -- the end of a ballot -----------------------------------------------------------------------------------------------


def test_the_last_vote_ends_the_ballot_and_the_winner_is_asked_to_present() -> None:
    t = drafted("ann", "bob", "cid", max_new_answers_per_agent=1)
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    events = t.votes("cid", "agent2.1")
    assert events == [
        VoteCast(agent="cid", ballot=1, call=2, first=BOB.candidate),
        closed(t, "all_done"),
        WinnerSelected(agent="bob", label="agent2.1", because="ballot"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=3, stage="presentation"),
    ]


def test_a_ballot_that_is_decided_lets_the_others_go() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("ann", "agent2.1")
    assert t.votes("cid", "agent2.1") == [
        VoteCast(agent="cid", ballot=1, call=2, first=BOB.candidate),
        CallCancelled(agent="bob", call=2, because="decided"),
        closed(t, "decided"),
        WinnerSelected(agent="bob", label="agent2.1", because="ballot"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=3, stage="presentation"),
    ]


def test_after_a_ballot_with_one_revision_its_author_stands_by_it_and_the_others_are_asked() -> None:
    t = drafted("ann", "bob", "cid")
    t.revises("ann", "better")
    t.votes("bob", "agent3.1")
    better = candidate("ann", 2)
    events = t.votes("cid", "agent2.1")
    first = Ballot(number=1, candidates=(ANN, BOB, CID))
    counted = tally(first, t.state.votes[1].values(), Rules(), seed="seed", turn=1)
    assert events == [
        VoteCast(agent="cid", ballot=1, call=2, first=BOB.candidate),
        BallotClosed(number=1, tally=counted, because="all_done"),
        BallotOpened(number=2, candidates=(BOB, CID, better)),
        VoteCast(
            agent="ann", ballot=2, call=2, first=better.candidate, reason="Stands by its revision.", how="standing"
        ),
        asked_to_vote("bob", 3, 2, BOB, CID, better),
        asked_to_vote("cid", 3, 2, BOB, CID, better),
    ]


def test_nobody_is_asked_when_the_standing_approval_alone_decides() -> None:
    t = drafted("ann", "bob")
    t.revises("ann", "better")
    better = candidate("ann", 2)
    score = Score(candidate=better.candidate, score=1.0, firsts=1.0, supporters=1)
    other = Score(candidate=BOB.candidate, score=0.0, firsts=0.0, supporters=1)
    assert t.votes("bob", "agent2.1")[2:] == [
        BallotOpened(number=2, candidates=(BOB, better)),
        VoteCast(
            agent="ann", ballot=2, call=2, first=better.candidate, reason="Stands by its revision.", how="standing"
        ),
        BallotClosed(number=2, tally=Tally(rule="approval", scores=(score, other)), because="decided"),
        WinnerSelected(agent="ann", label="agent1.2", because="ballot"),
        PresentationStarted(agent="ann"),
        CallStarted(agent="ann", call=3, stage="presentation"),
    ]


def test_with_two_revisions_everybody_is_asked_again() -> None:
    t = drafted("ann", "bob", "cid")
    t.revises("ann", "better")
    t.revises("bob", "best")
    events = t.votes("cid", "agent2.1")
    new = (CID, candidate("ann", 2), candidate("bob", 2))
    assert events[2:] == [
        BallotOpened(number=2, candidates=new),
        *(asked_to_vote(agent, 3, 2, *new) for agent in ("ann", "bob", "cid")),
    ]


def test_what_others_wrote_too_stays_when_one_of_its_authors_revises() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "the same")
    t.says("bob", "the same")
    t.says("cid", "other")
    t.revises("ann", "better")
    t.votes("bob", "agent3.1")
    opened = t.votes("cid", "agent1.1")[2]
    shared = candidate("ann", also_by=["bob"])
    assert opened == BallotOpened(number=2, candidates=(shared, CID, candidate("ann", 2)))


def test_when_time_for_a_ballot_is_over_who_has_not_voted_is_too_late() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("ann", "agent3.1")
    assert t.fires(StageDeadline(ballot=1)) == [
        CallCancelled(agent="bob", call=2, because="too_late"),
        CallCancelled(agent="cid", call=2, because="too_late"),
        closed(t, "deadline"),
        WinnerSelected(agent="cid", label="agent3.1", because="ballot"),
        PresentationStarted(agent="cid"),
        CallStarted(agent="cid", call=3, stage="presentation"),
    ]


def test_who_cannot_vote_again_keeps_its_vote_as_far_as_its_candidates_are_still_there() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("bob", "agent1.1", "agent3.1", "agent2.1", reason="Clear.")
    t.revises("ann", "better")
    t.votes("cid", "agent2.1")
    assert t.fails("bob", "auth")[1:2] == [
        VoteCast(
            agent="bob",
            ballot=2,
            call=2,
            first=CID.candidate,
            also=(BOB.candidate,),
            reason="Clear.",
            how="carried",
        )
    ]


def test_what_more_than_half_approve_of_wins_although_a_revision_waits() -> None:
    t = drafted("ann", "bob", "cid", "dan", "eve")
    t.revises("ann", "better")
    t.votes("bob", "agent5.1")
    t.votes("cid", "agent5.1")
    assert t.votes("dan", "agent5.1")[1:] == [
        CallCancelled(agent="eve", call=2, because="decided"),
        closed(t, "decided"),
        WinnerSelected(agent="eve", label="agent5.1", because="ballot"),
        PresentationStarted(agent="eve"),
        CallStarted(agent="eve", call=3, stage="presentation"),
    ]


def test_no_vote_is_carried_into_the_presentation() -> None:
    t = drafted("ann", "bob", "cid", "dan")
    t.revises("bob", "better")
    t.votes("ann", "agent3.1")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent1.1")
    t.fails("ann", "refused")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent1.1")
    assert [type(event) for event in t.fails("ann", "auth")] == [CallFailed, PresentationEnded, TurnEnded]


def test_who_is_asked_again_does_not_keep_its_vote_of_the_ballot_before() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("bob", "agent3.1")
    t.revises("ann", "better")
    t.votes("cid", "agent2.1")
    assert [type(event) for event in t.fails("bob")] == [CallFailed, RetryScheduled]


def test_who_is_too_late_in_the_second_ballot_keeps_its_vote_of_the_first() -> None:
    t = drafted("ann", "bob", "cid")
    t.votes("bob", "agent3.1")
    t.revises("ann", "better")
    t.votes("cid", "agent2.1")
    t.votes("cid", "agent2.1")
    assert t.fires(StageDeadline(ballot=2))[:2] == [
        CallCancelled(agent="bob", call=3, because="too_late"),
        VoteCast(agent="bob", ballot=2, call=2, first=CID.candidate, how="carried"),
    ]
