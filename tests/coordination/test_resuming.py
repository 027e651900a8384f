"""Going on after the program died: what was finished stands, what was open is asked again, and nothing else happens."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from massgen.coordination.plan import plan, timers
from massgen.coordination.signals import GraceOver, Replied, Reply, Resume, RetryDue, TimerFired, TurnDeadline
from massgen.coordination.state import State
from massgen.events import (
    AgentUnavailable,
    AnswerSubmitted,
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    DraftingEnded,
    PresentationEnded,
    PresentationStarted,
    ReplyRefused,
    RetryScheduled,
    TurnEnded,
    TurnEvent,
    TurnResumed,
    TurnStarted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Problem
from tests.helpers.examples import tried
from tests.helpers.random_turn import folded, played, step
from tests.helpers.table import Table
from tests.helpers.tape import TAPES, WORDS, Tape

RESUMED = TurnResumed(turn=1)
NO_KEY = Problem(kind="auth", text="OPENAI_API_KEY is not set")


def team(*agents: str, **rules: object) -> Table:
    t = Table(*(agents or ("ann", "bob", "cid")), **rules)
    t.ask()
    return t


def ballot(**rules: object) -> Table:
    t = team(**rules)
    t.drafts()
    return t


def presentation(**rules: object) -> Table:
    t = ballot(**rules)
    t.votes("ann", "agent2.1")
    t.votes("cid", "agent2.1")
    assert t.working == ("bob",)
    return t


def kinds(events: Sequence[TurnEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_finished_drafts_stand_and_the_others_are_asked_again() -> None:
    t = team()
    t.says("bob", "Bob knows.")
    assert t.crashes() == [
        RESUMED,
        CallStarted(agent="ann", call=2, stage="draft", attempt=2),
        CallStarted(agent="cid", call=2, stage="draft", attempt=2),
    ]
    assert [answer.text for answer in t.state.answers] == ["Bob knows."]


def test_finished_votes_stand_and_the_others_are_shown_the_very_same() -> None:
    t = ballot()
    t.votes("ann", "agent3.1")
    before = {agent: t.state.seats[agent].last for agent in ("bob", "cid")}
    events = t.crashes()
    assert kinds(events) == ["TurnResumed", "CallStarted", "CallStarted"]
    for event, call in zip(events[1:], before.values(), strict=True):
        assert isinstance(event, CallStarted)
        assert call is not None
        assert (event.ballot, event.shown, event.attempt) == (1, call.shown, 2)
    assert t.counted() == {"ann": ("agent3.1",)}


def test_a_presenter_is_asked_again() -> None:
    t = presentation()
    assert t.crashes() == [RESUMED, CallStarted(agent="bob", call=4, stage="presentation", attempt=2)]
    t.says("bob", "So it is.")
    assert (t.final.text, t.outcome) == ("So it is.", ("answered", ""))


def test_one_agent_alone_is_asked_again_for_the_presentation() -> None:
    t = team("ann")
    assert t.crashes() == [RESUMED, CallStarted(agent="ann", call=2, stage="presentation", attempt=2)]
    t.says("ann", "Because.")
    assert t.outcome == ("answered", "")


def test_why_an_agent_was_asked_again_is_said_again() -> None:
    t = ballot()
    t.says("ann", "I like them all.")
    again = t.state.seats["ann"].last
    assert again is not None
    t.crashes()
    assert t.state.seats["ann"].last == replace(again, number=4, attempt=3)


def test_a_call_that_was_lost_is_no_try_of_its_agent() -> None:
    t = team(max_retries=1)
    for _ in range(4):
        t.crashes()
    assert isinstance(t.fails("ann")[-1], RetryScheduled)
    t.retries("ann")
    [failed] = t.fails("ann")
    assert isinstance(failed, CallFailed)
    assert failed.consequence == "out_of_stage"


def test_a_voter_may_be_told_once_what_was_wrong_however_often_the_program_died() -> None:
    t = ballot(max_retries=1)
    t.crashes()
    t.crashes()
    assert kinds(t.says("ann", "I like them all.")) == ["ReplyRefused", "CallStarted"]
    assert kinds(t.says("ann", "I still do.")) == ["ReplyRefused", "Abstained"]


def test_a_wait_for_another_try_begins_anew() -> None:
    t = team()
    t.fails("ann")
    wait = t.state.seats["ann"].retry_s
    assert [event.agent for event in t.crashes() if isinstance(event, CallStarted)] == ["bob", "cid"]
    assert timers(t.state)[RetryDue(agent="ann", call=1)] == wait
    [again] = t.retries("ann")
    assert again == CallStarted(agent="ann", call=2, stage="draft", attempt=2)


def test_the_grace_of_a_quorum_begins_anew() -> None:
    t = team(quorum=2)
    t.drafts("ann", "bob")
    assert kinds(t.crashes()) == ["TurnResumed", "CallStarted"]
    assert timers(t.state)[GraceOver()] == 5.0
    assert kinds(t.fires(GraceOver()))[:2] == ["CallCancelled", "DraftingEnded"]


def test_agents_that_cannot_be_asked_any_more_are_out_of_the_turn() -> None:
    t = team()
    t.says("ann", "Ann knows.")
    assert t.crashes(unavailable=["ann", "cid"]) == [
        RESUMED,
        AgentUnavailable(agent="ann", problem=NO_KEY),
        AgentUnavailable(agent="cid", problem=NO_KEY),
        CallStarted(agent="bob", call=2, stage="draft", attempt=2),
    ]
    t.says("bob", "Bob does, too.")
    assert t.working == ("bob",)
    t.votes("bob", "agent1.1")
    assert (t.final.agent, t.final.source, t.final.because) == ("ann", "stored", "ann can no longer be asked")


def test_without_a_presenter_the_text_that_was_voted_on_is_the_answer() -> None:
    t = presentation()
    assert kinds(t.crashes(unavailable=["bob"])) == [
        "TurnResumed",
        "AgentUnavailable",
        "PresentationEnded",
        "TurnEnded",
    ]
    assert (t.final.text, t.final.because) == ("text of bob", "bob can no longer be asked")


def test_without_anybody_to_ask_and_any_draft_the_turn_fails() -> None:
    t = team("ann", "bob")
    assert kinds(t.crashes(unavailable=["ann", "bob"]))[-2:] == ["DraftingEnded", "TurnEnded"]
    assert t.outcome == ("failed", "no agent answered")


def test_lost_calls_were_made_and_count_for_the_budget() -> None:
    t = team(max_calls=7)
    t.says("bob", "Bob knows.")
    t.crashes()
    assert t.calls == 5
    assert kinds(t.crashes()) == ["TurnResumed", "CallStarted", "CallStarted"]
    assert kinds(t.crashes())[1:] == ["WinnerSelected", "PresentationEnded", "TurnEnded"]
    assert (t.calls, t.final.text, t.outcome) == (7, "Bob knows.", ("partial", "budget"))


def test_what_nobody_awaited_goes_on() -> None:
    t = ballot()
    for agent in t.agents:
        t.fails(agent, "overloaded")
        t.skips(agent) if agent != "cid" else None
    assert t.crashes() == [RESUMED]
    t.skips("cid")
    assert t.working != ()


def test_before_and_after_a_turn_there_is_nothing_to_go_on_with() -> None:
    t = team("ann")
    t.says("ann", "Because.")
    assert t.crashes() == []
    assert step(State(), Resume()).events == ()


# -- a log that ends in the middle of a decision ----------------------------------------------------------------------


def up_to(t: Table, kind: type[TurnEvent]) -> Table:
    """The log ends with the last event of this kind."""
    last = max(place for place, event in enumerate(t.events) if isinstance(event, kind))
    t.events = t.events[: last + 1]
    return t


def revised() -> Table:
    """The second ballot, about the only revision: bob stands by it and is not asked."""
    t = ballot()
    t.revises("bob", "bob thinks better of it")
    t.votes("ann", "agent3.1")
    t.votes("cid", "agent1.1")
    assert t.working == ("ann", "cid")
    return t


def alone() -> Table:
    t = team("ann")
    t.says("ann", "Because.")
    return t


def finished() -> Table:
    t = presentation()
    t.says("bob", "So it is.")
    return t


@pytest.mark.parametrize(
    ("table", "last", "told"),
    [
        (team(), TurnStarted, ["CallStarted"] * 3),
        (team("ann"), TurnStarted, ["CallStarted"]),
        (alone(), AnswerSubmitted, ["WinnerSelected", "PresentationEnded", "TurnEnded"]),
        (alone(), WinnerSelected, ["PresentationEnded", "TurnEnded"]),
        (ballot(), DraftingEnded, ["DraftingEnded", "BallotOpened", *["CallStarted"] * 3]),
        (revised(), BallotOpened, ["VoteCast", "CallStarted", "CallStarted"]),
        (revised(), VoteCast, ["CallStarted", "CallStarted"]),
        (ballot(), BallotOpened, ["CallStarted"] * 3),
        (presentation(), BallotClosed, ["BallotClosed", "WinnerSelected", "PresentationStarted", "CallStarted"]),
        (presentation(), WinnerSelected, ["PresentationStarted", "CallStarted"]),
        (presentation(), PresentationStarted, ["PresentationStarted", "CallStarted"]),
        (finished(), PresentationEnded, ["TurnEnded"]),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_a_decision_that_was_told_by_halves_is_brought_to_its_end(
    table: Table, last: type[TurnEvent], told: list[str]
) -> None:
    assert kinds(up_to(table, last).crashes()) == ["TurnResumed", *told]


def test_a_ballot_of_which_not_everybody_was_told_is_put_to_the_others_too() -> None:
    t = ballot()
    asked = [event for event in t.events if isinstance(event, CallStarted) and event.ballot == 1]
    t.events = t.events[: t.events.index(asked[0]) + 1]
    assert t.crashes() == [RESUMED, replace(asked[0], call=3, attempt=2), *asked[1:]]


def test_a_vote_that_decided_the_ballot_closes_it() -> None:
    t = up_to(presentation(), VoteCast)
    assert kinds(t.crashes())[-5:] == [
        "CallCancelled",
        "BallotClosed",
        "WinnerSelected",
        "PresentationStarted",
        "CallStarted",
    ]


def test_a_retry_without_its_wait_is_made_at_once() -> None:
    t = team()
    t.fails("ann")
    up_to(t, CallFailed).crashes()
    assert timers(t.state)[RetryDue(agent="ann", call=1)] == 0.0


def test_a_refusal_without_what_followed_from_it_is_asked_again() -> None:
    t = ballot()
    t.says("ann", "I like them all.")
    up_to(t, ReplyRefused).crashes()
    assert t.working == t.agents


def test_how_a_partial_answer_ended_is_known_without_the_end_of_its_turn() -> None:
    t = presentation()
    t.cancels()
    assert up_to(t, PresentationEnded).crashes() == [RESUMED, TurnEnded(turn=1, outcome="partial", because="cancelled")]


def test_a_cancelled_turn_of_which_the_end_is_missing_ends_with_what_there_is() -> None:
    t = presentation()
    t.cancels()
    assert kinds(up_to(t, CallCancelled).crashes()) == ["TurnResumed", "PresentationEnded", "TurnEnded"]


def any_prefix_of_a_log_is_gone_on_with_to_its_end(tape: bytes, words: bytes) -> None:
    turn, choice = played(tape), Tape(words)
    events = list(turn.events)
    place = 1 + (choice.pick(256) * 256 + choice.pick(256)) % len(events)
    now = folded(events[:place])
    if now.stage == "over":
        return
    resumed = step(now, Resume())
    assert isinstance(resumed.events[0], TurnResumed)
    kept, now = list(resumed.events), resumed.after
    assert now.answers[: len(folded(events[:place]).answers)] == folded(events[:place]).answers
    while now.stage != "over":
        calls = plan(now).calls
        if calls:
            agent = choice.of(list(calls)[:256])
            said = Reply(text=f"answer1 {agent} {len(kept)}")
            signal: Replied | TimerFired = Replied(agent=agent, call=calls[agent].number, reply=said)
        else:
            signal = TimerFired(timer=next(timer for timer in timers(now) if timer != TurnDeadline()))
        then = step(now, signal)
        assert then.events
        kept += then.events
        now = then.after
    assert sum(isinstance(event, TurnEnded) for event in kept) == 1
    assert sum(isinstance(event, PresentationEnded) for event in (*events[:place], *kept)) <= 1


def test_any_prefix_of_a_log_is_gone_on_with_to_its_end() -> None:
    tried(500)(given(TAPES, WORDS)(any_prefix_of_a_log_is_gone_on_with_to_its_end))()


@pytest.mark.slow
def test_any_prefix_of_any_log_is_gone_on_with_to_its_end() -> None:
    tried(5000)(given(TAPES, WORDS)(any_prefix_of_a_log_is_gone_on_with_to_its_end))()
