"""What is told of the beginning of a turn, of drafts and of failures: whole events, in order, and nothing else."""

from dataclasses import asdict

import pytest

from massgen.coordination.chance import share
from massgen.coordination.decide import decide
from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    AgentSkipped,
    CallDeadline,
    GraceOver,
    Replied,
    Reply,
    StageDeadline,
    StageWarning,
    Start,
)
from massgen.coordination.state import State
from massgen.events import (
    AgentUnavailable,
    AnswerSubmitted,
    Attached,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    DraftingEnded,
    DraftsOverdue,
    PresentationEnded,
    PresentationStarted,
    QuorumReached,
    RetryScheduled,
    StageEndsSoon,
    TurnEnded,
    TurnStarted,
    WinnerSelected,
)
from massgen.messages import Problem
from tests.helpers.table import Table
from tests.helpers.told import ANN, BOB, CID, asked_to_vote

NOT_SET = Problem(kind="auth", text="OPENAI_API_KEY is not set")
ANSWERED = TurnEnded(turn=1, outcome="answered")


# -- the beginning -----------------------------------------------------------------------------------------------------


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
    assert decide(State(), start).events[0] == TurnStarted(
        turn=7, question="Why?", agents=("ann",), seed="seed", rules=asdict(Rules()), compactable=True
    )


def test_the_files_that_go_with_a_question_are_told_and_kept() -> None:
    attached = (Attached(path="a.txt", text="A", cut=True),)
    start = Start(turn=7, question="Why?", agents=("ann",), seed="seed", rules=Rules(), attached=attached)
    decision = decide(State(), start)
    assert decision.events[0] == TurnStarted(
        turn=7, question="Why?", agents=("ann",), seed="seed", rules=asdict(Rules()), attached=attached
    )
    assert decision.state.attached == attached


def test_a_turn_that_nobody_can_start_fails_at_once() -> None:
    t = Table("ann")
    assert t.ask(unavailable=["ann"])[1:] == [
        AgentUnavailable(agent="ann", problem=NOT_SET),
        TurnEnded(turn=1, outcome="failed", because="no agent can start"),
    ]


def test_a_turn_that_cannot_afford_a_draft_of_everybody_ends_before_it_begins() -> None:
    t = Table("ann", "bob", max_calls=1)
    assert t.ask()[1:] == [TurnEnded(turn=1, outcome="failed", because="budget")]


# -- alone -------------------------------------------------------------------------------------------------------------


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


# -- drafts ------------------------------------------------------------------------------------------------------------


def test_the_last_draft_opens_a_ballot_in_which_everybody_is_asked() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "text of ann")
    t.says("cid", "text of cid")
    assert t.says("bob", "text of bob") == [
        AnswerSubmitted(agent="bob", call=1, label="agent2.1", version=1, text="text of bob"),
        DraftingEnded(because="all_done"),
        BallotOpened(number=1, candidates=(ANN, CID, BOB)),
        *(asked_to_vote(agent, 2, 1, ANN, BOB, CID) for agent in ("ann", "bob", "cid")),
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
        *(asked_to_vote(agent, 2, 1, ANN, BOB) for agent in ("ann", "bob", "cid")),
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


# -- failures ----------------------------------------------------------------------------------------------------------


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


def test_nothing_is_told_about_a_call_that_is_no_longer_open_or_an_agent_that_is_not_there() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.fails("ann")
    t.retries("ann")
    late, stranger = Reply(text="late"), Reply(text="strange")
    assert t.send(Replied(agent="ann", call=1, reply=late)) == []
    assert t.send(Replied(agent="zoe", call=1, reply=stranger)) == []
    assert t.send(AgentSkipped(agent="ann", call=1)) == []
    assert t.send(AgentSkipped(agent="zoe", call=1)) == []
    assert t.fires(CallDeadline(agent="ann", call=1, silent=False)) == []
    assert t.working == ("ann", "bob")
