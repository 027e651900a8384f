"""What the world does to calls (section 6.8), at every stage: what is tried again, what is kept, and what follows."""

from collections.abc import Callable, Mapping

import pytest

from massgen.coordination.signals import CallDeadline, StageDeadline
from massgen.events import (
    Abstained,
    BallotClosed,
    CallFailed,
    CallStarted,
    DraftsOverdue,
    PresentationEnded,
    RetryScheduled,
    TurnEnded,
    TurnEvent,
    VoteCast,
)
from massgen.messages import Problem, ProblemKind
from tests.helpers.table import Table

RETRIED: tuple[ProblemKind, ...] = (
    "rate_limit",
    "overloaded",
    "network",
    "timeout",
    "truncated",
    "malformed",
    "empty",
)
FATAL: tuple[ProblemKind, ...] = ("auth", "quota", "unknown_model", "bad_request")


def draft(**rules: object) -> Table:
    t = Table("ann", "bob", "cid", "dan", **rules)
    t.ask(compactable=True)
    return t


def ballot_1(**rules: object) -> Table:
    t = draft(**rules)
    t.drafts()
    return t


def ballot_2(**rules: object) -> Table:
    """Ann has voted for dan and for the first text of bob, which is gone."""
    t = ballot_1(**rules)
    t.revises("bob", "bob thinks better of it")
    t.revises("cid", "cid thinks better of it")
    t.votes("ann", "agent4.1", "agent2.1", reason="Clear.")
    t.votes("dan", "agent1.1")
    assert (t.ballot.number, t.working) == (2, t.agents)
    return t


def presentation(**rules: object) -> Table:
    t = ballot_1(**rules)
    for agent in ("bob", "cid", "dan"):
        t.votes(agent, "agent1.1")
    assert t.working == ("ann",)
    return t


STAGES: Mapping[str, Callable[..., Table]] = {
    "draft": draft,
    "ballot 1": ballot_1,
    "ballot 2": ballot_2,
    "presentation": presentation,
}


def what_follows(stage: str, t: Table) -> list[TurnEvent]:
    """What comes of it that ann is not asked again in this stage."""
    if stage == "ballot 2":
        first = next(each.candidate for each in t.ballot.candidates if each.label == "agent4.1")
        return [VoteCast(agent="ann", ballot=2, call=2, first=first, reason="Clear.", how="carried")]
    if stage == "presentation":
        because = "the presentation failed"
        return [
            PresentationEnded(agent="ann", label="agent1.1", text="text of ann", source="stored", because=because),
            TurnEnded(turn=1, outcome="answered", because=because),
        ]
    return []


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_request_is_made_again_after_a_wait_as_often_as_is_allowed(stage: str) -> None:
    for kind in RETRIED:
        if kind == "timeout":
            continue
        t = STAGES[stage]()
        first = t.call("ann")
        problem = Problem(kind=kind, text=kind.replace("_", " "))
        before = t.state.seats["ann"].last
        assert before
        for attempt in (1, 2):
            call = first + attempt - 1
            failed, scheduled = t.fails("ann", kind)
            assert failed == CallFailed(agent="ann", call=call, problem=problem, consequence="retried")
            assert isinstance(scheduled, RetryScheduled)
            wait = scheduled.wait_s
            assert scheduled == RetryScheduled(
                agent="ann", call=call, attempt=attempt + 1, problem=problem, wait_s=wait
            )
            assert 0.0 <= wait <= 2.0**attempt
            again = CallStarted(
                agent="ann",
                call=call + 1,
                stage=before.stage,
                ballot=before.ballot,
                attempt=attempt + 1,
                shown=before.shown,
            )
            assert t.retries("ann") == [again]
        failed = CallFailed(agent="ann", call=first + 2, problem=problem, consequence="out_of_stage")
        expected = [failed, *what_follows(stage, t)]
        assert t.fails("ann", kind) == expected


def test_without_retries_there_is_none(stage: str) -> None:
    for kind in RETRIED:
        t = STAGES[stage](max_retries=0)
        problem = Problem(kind=kind, text=kind.replace("_", " "))
        failed = CallFailed(agent="ann", call=t.call("ann"), problem=problem, consequence="out_of_stage")
        expected = [failed, *what_follows(stage, t)]
        assert t.fails("ann", kind) == expected


def test_a_wait_that_is_asked_for_is_honoured_up_to_a_minute(stage: str) -> None:
    _, scheduled = STAGES[stage]().fails("ann", "rate_limit", retry_after=60.0)
    assert isinstance(scheduled, RetryScheduled)
    assert scheduled.wait_s == 60.0
    t = STAGES[stage]()
    problem = Problem(kind="rate_limit", text="rate limit", retry_after=60.5)
    failed = CallFailed(agent="ann", call=t.call("ann"), problem=problem, consequence="out_of_stage")
    expected = [failed, *what_follows(stage, t)]
    assert t.fails("ann", "rate_limit", retry_after=60.5) == expected


def test_a_silent_call_is_made_again_once_only(stage: str) -> None:
    t = STAGES[stage]()
    first = t.call("ann")
    silent = Problem(kind="timeout", text="silent for 180 s")
    failed, scheduled = t.falls_silent("ann")
    assert failed == CallFailed(agent="ann", call=first, problem=silent, consequence="retried")
    assert isinstance(scheduled, RetryScheduled)
    t.retries("ann")
    failed = CallFailed(agent="ann", call=first + 1, problem=silent, consequence="out_of_stage")
    expected = [failed, *what_follows(stage, t)]
    assert t.falls_silent("ann") == expected


def test_silence_is_forgotten_with_the_stage() -> None:
    t = draft()
    t.falls_silent("ann")
    t.retries("ann")
    t.drafts()
    _, scheduled = t.falls_silent("ann")
    assert isinstance(scheduled, RetryScheduled)


def test_a_call_that_takes_too_long_is_not_made_again(stage: str) -> None:
    t = STAGES[stage]()
    late = Problem(kind="timeout", text="not finished after 600 s")
    call = t.call("ann")
    failed = CallFailed(agent="ann", call=call, problem=late, consequence="out_of_stage")
    expected = [failed, *what_follows(stage, t)]
    assert t.fires(CallDeadline(agent="ann", call=call, silent=False)) == expected


@pytest.mark.parametrize("kind", FATAL)
def test_what_no_wait_can_heal_puts_the_agent_out_of_the_turn(stage: str, kind: ProblemKind) -> None:
    t = STAGES[stage]()
    problem = Problem(kind=kind, text=kind.replace("_", " "))
    failed = CallFailed(agent="ann", call=t.call("ann"), problem=problem, consequence="out_of_turn")
    expected = [failed, *what_follows(stage, t)]
    assert t.fails("ann", kind) == expected
    assert (t.state.seats["ann"].living, t.state.living) == (False, 3)


def test_a_refusal_is_an_abstention_in_a_ballot_and_a_failure_elsewhere(stage: str) -> None:
    t = STAGES[stage]()
    call, problem = t.call("ann"), Problem(kind="refused", text="refused")
    if stage.startswith("ballot"):
        expected: list[TurnEvent] = [Abstained(agent="ann", ballot=t.ballot.number, call=call, reason="refused")]
    else:
        failed = CallFailed(agent="ann", call=call, problem=problem, consequence="out_of_stage")
        expected = [failed, *what_follows(stage, t)]
    assert t.fails("ann", "refused") == expected


TOO_LONG = Problem(kind="context_length", text="context length")


def test_a_conversation_that_is_too_long_is_shortened_at_once_and_only_once(stage: str) -> None:
    t = STAGES[stage]()
    call = t.state.seats["ann"].last
    assert call
    again = CallStarted(
        agent="ann",
        call=call.number + 1,
        stage=call.stage,
        ballot=call.ballot,
        attempt=2,
        shown=call.shown,
        compacted=True,
    )
    failed = CallFailed(agent="ann", call=call.number, problem=TOO_LONG, consequence="retried")
    assert t.fails("ann", "context_length") == [failed, again]
    failed = CallFailed(agent="ann", call=call.number + 1, problem=TOO_LONG, consequence="out_of_turn")
    expected = [failed, *what_follows(stage, t)]
    assert t.fails("ann", "context_length") == expected


def test_it_is_not_shortened_where_there_is_nothing_to_shorten_or_no_try_left() -> None:
    t = Table("ann", "bob")
    t.ask()
    failed = CallFailed(agent="ann", call=1, problem=TOO_LONG, consequence="out_of_turn")
    assert t.fails("ann", "context_length") == [failed]
    t = draft(max_retries=0)
    assert t.fails("ann", "context_length") == [failed]


def test_it_stays_shortened_in_further_tries_and_in_later_stages() -> None:
    t = draft()
    t.fails("ann", "context_length")
    t.fails("ann", "network")
    t.retries("ann")
    t.drafts()
    for agent in ("bob", "cid", "dan"):
        t.votes(agent, "agent1.1")
    asked = [(event.stage, event.attempt, event.compacted) for event in t.events if isinstance(event, CallStarted)]
    others = [("draft", 1, False)] * 3, [("ballot", 1, False)] * 3
    mine = [("draft", 2, True), ("draft", 3, True)]
    assert asked == [("draft", 1, False), *others[0], *mine, ("ballot", 1, True), *others[1], ("presentation", 1, True)]
    failed, *_ = t.fails("ann", "context_length")
    assert isinstance(failed, CallFailed)
    assert failed.consequence == "out_of_turn"


def test_the_time_for_drafts_is_over() -> None:
    t = draft()
    assert t.fires(StageDeadline(ballot=0)) == [DraftsOverdue()]
    t = draft()
    t.drafts("ann", "bob")
    t.fires(StageDeadline(ballot=0))
    assert (t.state.stage, len(t.ballot.candidates), t.working) == ("ballot", 2, t.agents)


@pytest.mark.parametrize("name", ["ballot 1", "ballot 2"])
def test_the_time_for_a_ballot_is_over(name: str) -> None:
    t = STAGES[name]()
    number = t.ballot.number
    late = t.fires(StageDeadline(ballot=number))
    carried = [event.agent for event in late if isinstance(event, VoteCast)]
    [closed] = (event for event in late if isinstance(event, BallotClosed))
    assert carried == (["ann", "dan"] if number == 2 else [])
    assert (closed.number, closed.because, t.state.stage) == (number, "deadline", "presentation")


def test_back_offs_grow_are_drawn_anew_each_time_and_never_exceed_half_a_minute() -> None:
    waits: dict[int, set[float]] = {}
    for seed in range(60):
        t = Table("ann", "bob", seed=str(seed), max_retries=7)
        t.ask()
        for attempt in range(1, 8):
            _, scheduled = t.fails("ann")
            assert isinstance(scheduled, RetryScheduled)
            waits.setdefault(attempt, set()).add(scheduled.wait_s)
            t.retries("ann")
    longest = [max(each) for each in waits.values()]
    assert all(most <= min(30.0, 2.0**attempt) for attempt, most in enumerate(longest, 1))
    assert all(most > 0.8 * min(30.0, 2.0**attempt) for attempt, most in enumerate(longest, 1))
    assert all(min(each) < 0.2 * max(each) for each in waits.values())
    assert all(len(each) > 55 for each in waits.values())
    assert all(wait == round(wait, 3) for each in waits.values() for wait in each)


def test_two_agents_that_fail_alike_do_not_come_back_at_the_same_time() -> None:
    t = draft()
    waits = {event.wait_s for agent in t.agents for event in t.fails(agent) if isinstance(event, RetryScheduled)}
    assert len(waits) == 4
