"""What is told in answer to each signal: whole events, in their order, with nothing between them."""

from collections.abc import Iterable
from dataclasses import asdict

import pytest

from massgen.coordination.candidates import candidate_id
from massgen.coordination.chance import share, shuffled
from massgen.coordination.decide import decide
from massgen.coordination.rules import Rules
from massgen.coordination.signals import CallDeadline, Cancelled, GraceOver, Reply, StageDeadline, StageWarning, Start
from massgen.coordination.state import Ballot, State
from massgen.coordination.tally import tally
from massgen.events import (
    Abstained,
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotEnd,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    Candidate,
    DraftingEnded,
    DraftsOverdue,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
    ReplyRefused,
    RetryScheduled,
    Shown,
    StageEndsSoon,
    Tally,
    TurnEnded,
    TurnStarted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem, ToolCall
from tests.helpers.table import Table

NOT_SET = Problem(kind="auth", text="OPENAI_API_KEY is not set")
ANSWERED = TurnEnded(turn=1, outcome="answered")
PLACES = ("ann", "bob", "cid", "dan", "eve")


def _candidate(author: str, version: int = 1, *, also_by: Iterable[str] = ()) -> Candidate:
    """The candidate of this answer, which others may have written as well."""
    authors = (author, *also_by)
    members = tuple(f"agent{PLACES.index(each) + 1}.{version}" for each in authors)
    return Candidate(
        candidate=candidate_id(author, version), label=members[0], members=members, supporters=tuple(authors)
    )


def _asked_to_vote(agent: str, call: int, ballot: int, *candidates: Candidate) -> CallStarted:
    order = shuffled(candidates, seed="seed", turn=1, ballot=ballot, voter=agent)
    shown = tuple(Shown(label=f"answer{place}", candidate=each.candidate) for place, each in enumerate(order, 1))
    return CallStarted(agent=agent, call=call, stage="ballot", ballot=ballot, shown=shown)


def _counted(t: Table, rules: Rules | None = None) -> Tally:
    assert t.state.ballot
    return tally(t.state.ballot, t.state.ballot_votes.values(), rules or Rules(), seed="seed", turn=1)


def _closed(t: Table, because: BallotEnd, number: int = 1) -> BallotClosed:
    return BallotClosed(number=number, tally=_counted(t), because=because)


def _drafted(*agents: str, **rules: object) -> Table:
    """A table at which everybody has drafted a text of its own."""
    t = Table(*agents, **rules)  # type: ignore[arg-type]  # names are checked by Rules itself
    t.ask()
    for agent in agents:
        t.says(agent, f"text of {agent}")
    return t


ANN, BOB, CID = _candidate("ann"), _candidate("bob"), _candidate("cid")


# -- the beginning ---------------------------------------------------------------------------------------------------


def test_a_turn_begins_with_the_question_who_is_missing_and_a_call_to_everybody_else() -> None:
    t = Table("ann", "bob", "cid", max_ballots=3)
    assert t.ask("Why?", unavailable=["bob"]) == [
        TurnStarted(
            turn=1, question="Why?", agents=("ann", "bob", "cid"), seed="seed", rules=asdict(Rules(max_ballots=3))
        ),
        AgentUnavailable(agent="bob", problem=NOT_SET),
        CallStarted(agent="ann", call=1, stage="draft"),
        CallStarted(agent="cid", call=1, stage="draft"),
    ]


def test_that_the_conversation_can_be_shortened_is_told() -> None:
    start = Start(turn=7, question="Why?", agents=("ann",), seed="seed", rules=Rules(), compactable=True)
    assert decide(State(), start)[0] == TurnStarted(
        turn=7, question="Why?", agents=("ann",), seed="seed", rules=asdict(Rules()), compactable=True
    )


def test_a_turn_that_nobody_can_start_fails_at_once() -> None:
    t = Table("ann")
    assert t.ask(unavailable=["ann"])[1:] == [
        AgentUnavailable(agent="ann", problem=NOT_SET),
        TurnEnded(turn=1, outcome="failed", because="no agent can start"),
    ]


def test_a_turn_that_cannot_afford_a_draft_of_everybody_ends_before_it_begins() -> None:
    t = Table("ann", "bob", max_calls=1)
    assert t.ask()[1:] == [TurnEnded(turn=1, outcome="failed", because="budget")]


# -- alone -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("team", "because"), [(["ann"], "single_agent"), (["ann", "bob"], "only_answer")])
def test_an_agent_alone_drafts_and_presents_in_one_call(team: list[str], because: str) -> None:
    t = Table(*team)
    assert t.ask(unavailable=team[1:])[-1] == CallStarted(agent="ann", call=1, stage="presentation")
    assert t.replies("ann", Reply(text=" Because.\nFinal answer: 4 ", truncated=True, snapshot="s1")) == [
        AnswerSubmitted(
            agent="ann",
            call=1,
            label="agent1.1",
            version=1,
            text="Because.\nFinal answer: 4",
            key="4",
            snapshot="s1",
            truncated=True,
        ),
        WinnerSelected(agent="ann", label="agent1.1", because=because),  # type: ignore[arg-type]  # a WinReason
        PresentationEnded(
            agent="ann",
            label="agent1.1",
            text="Because.\nFinal answer: 4",
            source="presented",
            truncated=True,
        ),
        ANSWERED,
    ]


# -- drafts ----------------------------------------------------------------------------------------------------------


def test_the_last_draft_opens_a_ballot_in_which_everybody_is_asked() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "text of ann")
    t.says("cid", "text of cid")
    assert t.says("bob", "text of bob") == [
        AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="text of bob"),
        DraftingEnded(because="all_done"),
        BallotOpened(number=1, candidates=(ANN, CID, BOB)),
        *(_asked_to_vote(agent, 2, 1, ANN, BOB, CID) for agent in ("ann", "bob", "cid")),
    ]


def test_drafts_that_are_all_the_same_are_a_consensus() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("bob", "the same")
    assert t.says("ann", "the  same") == [
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="the  same"),
        DraftingEnded(because="all_done"),
        WinnerSelected(agent="bob", label="agent2.1", because="consensus"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=2, stage="presentation"),
    ]


def test_without_voting_the_draft_that_most_agents_wrote_wins() -> None:
    t = Table("ann", "bob", "cid", skip_voting=True)
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    assert t.says("cid", "two")[1:] == [
        DraftingEnded(because="all_done"),
        WinnerSelected(agent="bob", label="agent2.1", because="voting_skipped"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=2, stage="presentation"),
    ]


def test_an_empty_draft_is_tried_again() -> None:
    t = Table("ann", "bob")
    t.ask()
    empty = Problem(kind="empty", text="The model ended without an answer.")
    wait = round(share("seed", 1, "ann", 1) * 2.0, 3)
    assert t.says("ann", " \n") == [
        CallFailed(agent="ann", call=1, problem=empty, consequence="retried"),
        RetryScheduled(agent="ann", call=1, attempt=2, problem=empty, wait_s=wait),
    ]
    assert t.retries("ann") == [CallStarted(agent="ann", call=2, stage="draft", attempt=2)]


def test_a_quorum_gives_grace_and_after_it_the_others_are_too_late() -> None:
    t = Table("ann", "bob", "cid", quorum=2, grace_factor=2.0)
    t.ask()
    t.says("ann", "text of ann")
    t.now = 4.0
    assert t.says("bob", "text of bob")[1:] == [QuorumReached(drafts=2, grace_s=8.0)]
    assert t.fires(GraceOver()) == [
        CallCancelled(agent="cid", call=1, because="too_late"),
        DraftingEnded(because="quorum"),
        BallotOpened(number=1, candidates=(ANN, BOB)),
        *(_asked_to_vote(agent, 2, 1, ANN, BOB) for agent in ("ann", "bob", "cid")),
    ]


def test_the_grace_is_at_least_five_seconds_and_given_once() -> None:
    t = Table("ann", "bob", "cid", "dan", quorum=2)
    t.ask()
    t.says("ann", "one")
    assert t.says("bob", "two")[1:] == [QuorumReached(drafts=2, grace_s=5.0)]
    assert t.says("cid", "three")[1:] == []


def test_a_deadline_with_a_draft_ends_the_stage() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    assert t.fires(StageDeadline(ballot=0)) == [
        DraftsOverdue(),
        CallCancelled(agent="bob", call=1, because="deadline"),
        DraftingEnded(because="deadline"),
        WinnerSelected(agent="ann", label="agent1.1", because="only_answer"),
        PresentationStarted(agent="ann"),
        CallStarted(agent="ann", call=2, stage="presentation"),
    ]


def test_a_deadline_without_a_draft_is_remembered() -> None:
    t = Table("ann", "bob")
    t.ask()
    assert t.fires(StageDeadline(ballot=0)) == [DraftsOverdue()]


def test_when_everybody_has_failed_the_turn_has() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.fails("ann", "auth")
    problem = Problem(kind="quota", text="quota")
    assert t.fails("bob", "quota") == [
        CallFailed(agent="bob", call=1, problem=problem, consequence="out_of_turn"),
        DraftingEnded(because="all_done"),
        TurnEnded(turn=1, outcome="failed", because="no agent answered"),
    ]


def test_a_stage_that_ends_soon_says_when() -> None:
    t = Table("ann", "bob", warning_s=30.0)
    t.ask()
    assert t.fires(StageWarning(ballot=0)) == [StageEndsSoon(ballot=0, seconds=30.0)]
    assert t.fires(StageWarning(ballot=0)) == []
    t.says("ann", "one")
    t.says("bob", "two")
    assert t.fires(StageWarning(ballot=1)) == [StageEndsSoon(ballot=1, seconds=30.0)]


# -- failures --------------------------------------------------------------------------------------------------------


def test_a_failure_that_may_pass_is_told_with_the_next_try() -> None:
    t = Table("ann", "bob")
    t.ask()
    problem = Problem(kind="network", text="network")
    waits = [round(share("seed", 1, "bob", call) * 2.0**call, 3) for call in (1, 2)]
    assert t.fails("bob") == [
        CallFailed(agent="bob", call=1, problem=problem, consequence="retried"),
        RetryScheduled(agent="bob", call=1, attempt=2, problem=problem, wait_s=waits[0]),
    ]
    t.retries("bob")
    assert t.fails("bob") == [
        CallFailed(agent="bob", call=2, problem=problem, consequence="retried"),
        RetryScheduled(agent="bob", call=2, attempt=3, problem=problem, wait_s=waits[1]),
    ]


@pytest.mark.parametrize(
    ("silent", "text", "consequence"),
    [(True, "silent for 1.5 s", "retried"), (False, "not finished after 2.5 s", "out_of_stage")],
)
def test_a_call_that_takes_too_long_fails_and_is_tried_again_only_if_it_was_silent(
    silent: bool, text: str, consequence: str
) -> None:
    t = Table("ann", "bob", silence_s=1.5, call_s=2.5)
    t.ask()
    failed, *more = t.fires(CallDeadline(agent="ann", call=1, silent=silent))
    problem = Problem(kind="timeout", text=text)
    assert failed == CallFailed(agent="ann", call=1, problem=problem, consequence=consequence)  # type: ignore[arg-type]
    assert [type(event) for event in more] == ([RetryScheduled] if silent else [])


def test_a_conversation_that_is_too_long_is_told_again_shortened_and_stays_so() -> None:
    t = Table("ann", "bob")
    rules = Rules()
    t.send(Start(turn=1, question="Why?", agents=t.agents, seed="seed", rules=rules, compactable=True))
    problem = Problem(kind="context_length", text="context length")
    assert t.fails("ann", "context_length") == [
        CallFailed(agent="ann", call=1, problem=problem, consequence="retried"),
        CallStarted(agent="ann", call=2, stage="draft", attempt=2, compacted=True),
    ]
    t.fails("ann")
    assert t.retries("ann") == [CallStarted(agent="ann", call=3, stage="draft", attempt=3, compacted=True)]
    t.says("ann", "one")
    *_, asked, other = t.says("bob", "two")
    assert (asked.compacted, other.compacted) == (True, False)  # type: ignore[union-attr]  # two CallStarted


# -- votes -----------------------------------------------------------------------------------------------------------


def test_a_vote_is_told_as_it_was_given() -> None:
    t = _drafted("ann", "bob", "cid")
    assert t.votes("bob", "agent3.1", "agent1.1", reason="Clear.") == [
        VoteCast(agent="bob", ballot=1, call=2, first=CID.candidate, also=(ANN.candidate,), reason="Clear.", how="vote")
    ]


def test_a_reply_that_is_unclear_is_asked_for_again_with_the_reason_and_then_an_abstention() -> None:
    t = _drafted("ann", "bob", "cid")
    neither = "The reply called neither tool. Call `vote` with one of the labels you were shown."
    shown = _asked_to_vote("bob", 2, 1, ANN, BOB, CID).shown
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
    t = _drafted("ann", "bob", "cid")
    t.says("bob", "Hm.")
    assert t.says("bob", t.shown("bob", "agent1.1")) == [
        VoteCast(agent="bob", ballot=1, call=3, first=ANN.candidate, how="prose")
    ]


def test_a_model_that_will_not_take_part_abstains_with_its_reason() -> None:
    t = _drafted("ann", "bob", "cid")
    assert t.fails("bob", "refused") == [Abstained(agent="bob", ballot=1, call=2, reason="refused")]


def test_a_new_answer_waits_and_one_that_equals_it_is_a_vote_for_it() -> None:
    t = _drafted("ann", "bob", "cid")
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
    t = _drafted("ann", "bob", "cid", max_retries=1)
    assert [type(event) for event in t.says("bob", "Hm.")] == [ReplyRefused, CallStarted]
    t.fails("cid")
    t.retries("cid")
    assert [type(event) for event in t.says("cid", "Hm.")] == [ReplyRefused, Abstained]


def test_the_last_call_of_the_budget_may_be_spent_on_a_reply_that_was_unclear() -> None:
    t = _drafted("ann", "bob", "cid", max_calls=7)
    assert [type(event) for event in t.says("bob", "Hm.")] == [ReplyRefused, CallStarted]
    assert [type(event) for event in t.says("cid", "Hm.")] == [ReplyRefused, Abstained]


# -- the end of a ballot ---------------------------------------------------------------------------------------------


def test_the_last_vote_ends_the_ballot_and_the_winner_is_asked_to_present() -> None:
    t = _drafted("ann", "bob", "cid", max_new_answers_per_agent=1)
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    events = t.votes("cid", "agent2.1")
    assert events == [
        VoteCast(agent="cid", ballot=1, call=2, first=BOB.candidate),
        _closed(t, "all_done"),
        WinnerSelected(agent="bob", label="agent2.1", because="ballot"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=3, stage="presentation"),
    ]


def test_a_ballot_that_is_decided_lets_the_others_go() -> None:
    t = _drafted("ann", "bob", "cid")
    t.votes("ann", "agent2.1")
    assert t.votes("cid", "agent2.1") == [
        VoteCast(agent="cid", ballot=1, call=2, first=BOB.candidate),
        CallCancelled(agent="bob", call=2, because="decided"),
        _closed(t, "decided"),
        WinnerSelected(agent="bob", label="agent2.1", because="ballot"),
        PresentationStarted(agent="bob"),
        CallStarted(agent="bob", call=3, stage="presentation"),
    ]


def test_after_a_ballot_with_one_revision_its_author_stands_by_it_and_the_others_are_asked() -> None:
    t = _drafted("ann", "bob", "cid")
    t.revises("ann", "better")
    t.votes("bob", "agent3.1")
    better = _candidate("ann", 2)
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
        _asked_to_vote("bob", 3, 2, BOB, CID, better),
        _asked_to_vote("cid", 3, 2, BOB, CID, better),
    ]


def test_with_two_revisions_everybody_is_asked_again() -> None:
    t = _drafted("ann", "bob", "cid")
    t.revises("ann", "better")
    t.revises("bob", "best")
    events = t.votes("cid", "agent2.1")
    new = (CID, _candidate("ann", 2), _candidate("bob", 2))
    assert events[2:] == [
        BallotOpened(number=2, candidates=new),
        *(_asked_to_vote(agent, 3, 2, *new) for agent in ("ann", "bob", "cid")),
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
    shared = _candidate("ann", also_by=["bob"])
    assert opened == BallotOpened(number=2, candidates=(shared, CID, _candidate("ann", 2)))


def test_when_time_for_a_ballot_is_over_who_has_not_voted_is_too_late() -> None:
    t = _drafted("ann", "bob", "cid")
    t.votes("ann", "agent3.1")
    assert t.fires(StageDeadline(ballot=1)) == [
        CallCancelled(agent="bob", call=2, because="too_late"),
        CallCancelled(agent="cid", call=2, because="too_late"),
        _closed(t, "deadline"),
        WinnerSelected(agent="cid", label="agent3.1", because="ballot"),
        PresentationStarted(agent="cid"),
        CallStarted(agent="cid", call=3, stage="presentation"),
    ]


def test_who_cannot_vote_again_keeps_its_vote_as_far_as_its_candidates_are_still_there() -> None:
    t = _drafted("ann", "bob", "cid")
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
    t = _drafted("ann", "bob", "cid", "dan", "eve")
    t.revises("ann", "better")
    t.votes("bob", "agent5.1")
    t.votes("cid", "agent5.1")
    assert t.votes("dan", "agent5.1")[1:] == [
        CallCancelled(agent="eve", call=2, because="decided"),
        _closed(t, "decided"),
        WinnerSelected(agent="eve", label="agent5.1", because="ballot"),
        PresentationStarted(agent="eve"),
        CallStarted(agent="eve", call=3, stage="presentation"),
    ]


def test_no_vote_is_carried_into_the_presentation() -> None:
    t = _drafted("ann", "bob", "cid", "dan")
    t.revises("bob", "better")
    t.votes("ann", "agent3.1")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent1.1")
    t.fails("ann", "refused")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent1.1")
    assert [type(event) for event in t.fails("ann", "auth")] == [CallFailed, PresentationEnded, TurnEnded]


def test_who_is_asked_again_does_not_keep_its_vote_of_the_ballot_before() -> None:
    t = _drafted("ann", "bob", "cid")
    t.votes("bob", "agent3.1")
    t.revises("ann", "better")
    t.votes("cid", "agent2.1")
    assert [type(event) for event in t.fails("bob")] == [CallFailed, RetryScheduled]


def test_who_is_too_late_in_the_second_ballot_keeps_its_vote_of_the_first() -> None:
    t = _drafted("ann", "bob", "cid")
    t.votes("bob", "agent3.1")
    t.revises("ann", "better")
    t.votes("cid", "agent2.1")
    t.votes("cid", "agent2.1")
    assert t.fires(StageDeadline(ballot=2))[:2] == [
        CallCancelled(agent="bob", call=3, because="too_late"),
        VoteCast(agent="bob", ballot=2, call=2, first=CID.candidate, how="carried"),
    ]


# -- the presentation ------------------------------------------------------------------------------------------------


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
    t = _drafted("ann", "bob", "cid")
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


# -- the end before its time -----------------------------------------------------------------------------------------


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
    t = _drafted("ann", "bob", "cid")
    t.votes("ann", "agent3.1")
    assert t.cancels() == [
        CallCancelled(agent="bob", call=2, because="cancelled"),
        CallCancelled(agent="cid", call=2, because="cancelled"),
        _closed(t, "cut_short"),
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
    t = _drafted("ann", "bob", "cid", "dan", max_calls=10)
    t.revises("ann", "better")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    assert t.votes("dan", "agent2.1")[1:] == [
        _closed(t, "all_done"),
        WinnerSelected(agent="ann", label="agent1.1", because="partial"),
        PresentationEnded(agent="ann", label="agent1.1", text="text of ann", source="stored", because="budget"),
        TurnEnded(turn=1, outcome="partial", because="budget"),
    ]


def test_a_second_ballot_costs_a_call_less_than_there_are_agents_when_one_stands_by_its_revision() -> None:
    t = _drafted("ann", "bob", "cid", "dan", max_calls=11)
    t.revises("ann", "better")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent2.1")
    assert t.working == ("bob", "cid", "dan")


def test_a_second_ballot_costs_a_call_of_everybody_when_two_have_revised() -> None:
    t = _drafted("ann", "bob", "cid", "dan", max_calls=11)
    t.revises("ann", "better")
    t.revises("bob", "best")
    t.votes("cid", "agent1.1")
    t.votes("dan", "agent2.1")
    assert t.outcome == ("partial", "budget")
