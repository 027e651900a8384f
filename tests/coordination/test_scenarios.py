"""The scenarios of the protocol (section 6.12), each under its name and with its calls counted."""

from collections import Counter

import pytest

from massgen.coordination.tally import may_write
from massgen.events import (
    Abstained,
    CallFailed,
    CallStarted,
    ReplyRefused,
    RetryScheduled,
    VoteCast,
)
from massgen.messages import Problem
from tests.helpers.table import Table


def team(size: int) -> tuple[str, ...]:
    return tuple(f"a{place}" for place in range(1, size + 1))


def at_the_ballot(*agents: str, **rules: object) -> Table:
    """Everybody has drafted a text of its own."""
    t = Table(*agents, **rules)
    t.ask()
    t.drafts()
    return t


def test_single_answers_with_one_call_and_no_vote() -> None:
    t = Table("ann")
    t.ask()
    t.says("ann", "Because.")
    assert (t.winner, t.final.text, t.final.source) == (("agent1.1", "single_agent"), "Because.", "presented")
    assert (t.calls, t.outcome) == (1, ("answered", ""))
    assert not [event for event in t.events if isinstance(event, VoteCast)]


@pytest.mark.parametrize("size", [2, 4], ids=["tie", "tie4"])
def test_tie_is_broken_by_lot_and_not_by_the_place_in_the_configuration(size: int) -> None:
    wins: Counter[str] = Counter()
    for seed in range(100):
        t = at_the_ballot(*team(size), seed=str(seed))
        for place, agent in enumerate(t.agents, 1):  # everybody votes for its neighbour
            t.votes(agent, f"agent{place % size + 1}.1")
        wins[t.winner[0]] += 1
        assert (t.calls, t.working) == (2 * size + 1, (t.agents[int(t.winner[0][5]) - 1],))
    assert len(wins) == size
    assert abs(wins["agent1.1"] - 100 / size) < 15, wins


def test_stale_a_vote_counts_for_the_version_the_voter_saw_and_never_for_the_revision() -> None:
    t = at_the_ballot("ann", "bob", "cid")
    t.revises("ann", "ann's better answer")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent3.1")
    assert t.counted(1) == {"bob": ("agent1.1",), "cid": ("agent3.1",)}
    assert t.counted(2) == {"ann": ("agent1.2",)}
    assert t.working == ("bob", "cid"), "the author of the only revision is not asked again"
    t.votes("bob", "agent3.1")
    t.votes("cid", "agent3.1")
    assert t.counted(2) == {"ann": ("agent1.2",), "bob": ("agent3.1",), "cid": ("agent3.1",)}
    assert t.scores(2) == {"agent1.2": 1.0, "agent2.1": 0.0, "agent3.1": 1.0}, "bob's vote for ann's first text is gone"
    assert (t.winner[1], t.calls) == ("ballot", 3 + 3 + 2 + 1)


def test_newpeer_every_ballot_call_shows_the_draft_that_came_long_after_the_others() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.drafts("ann", "bob")
    t.now = 500.0
    assert t.working == ("cid",)
    t.drafts("cid")
    shown = [event.shown for event in t.events if isinstance(event, CallStarted) and event.stage == "ballot"]
    assert [len(each) for each in shown] == [3, 3, 3]
    t.votes("ann", "agent3.1")
    t.votes("bob", "agent3.1")
    assert (t.winner, t.calls) == (("agent3.1", "ballot"), 3 + 3 + 1)


def test_newpeer0_who_has_no_draft_votes_on_the_others_and_nothing_is_asked_twice() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.drafts("ann", "bob")
    t.skips("cid")
    assert t.working == ("ann", "bob", "cid")
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    t.votes("cid", "agent1.1")
    assert (t.winner, t.calls) == (("agent1.1", "ballot"), 3 + 3 + 1)
    assert all(event.attempt == 1 for event in t.events if isinstance(event, CallStarted))


def test_dup_a_new_answer_that_equals_a_candidate_is_a_vote_for_it_and_no_vote_is_lost() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "the   answer")
    t.says("bob", "another")
    t.says("cid", "a third")
    t.votes("ann", "agent3.1")
    t.revises("bob", "the answer")
    t.votes("cid", "agent1.1")
    assert t.counted() == {"ann": ("agent3.1",), "bob": ("agent1.1",), "cid": ("agent1.1",)}
    assert (t.winner, t.calls) == (("agent1.1", "ballot"), 3 + 3 + 1)


@pytest.mark.parametrize("size", [2, 3, 5, 10])
@pytest.mark.parametrize("allowed", [2, 5])
def test_rewrite_ends_though_every_agent_writes_whenever_it_may(size: int, allowed: int) -> None:
    t = at_the_ballot(*team(size), max_new_answers_per_agent=allowed)
    version = 1
    while t.state.stage == "ballot":
        agent, version = t.working[0], version + 1
        if may_write(t.state, agent):
            t.revises(agent, f"{agent} writes number {version}")
        else:
            t.votes(agent, "agent1.2")
    t.says(t.working[0], "done")
    assert (t.outcome, t.calls <= 3 * size + 1) == (("answered", ""), True)


def test_plain_drafts_need_no_second_call_and_prose_in_a_ballot_is_asked_once_more() -> None:
    t = at_the_ballot("ann", "bob", "cid")
    assert t.calls == 3 + 3
    for agent in t.agents:
        refused, again = t.says(agent, "I like the second one best.")
        assert (type(refused), type(again)) == (ReplyRefused, CallStarted)
    for agent in t.agents:
        t.says(agent, f"Well then:\n**{t.shown(agent, 'agent2.1')}**")
    assert t.counted() == {"ann": ("agent2.1",), "bob": ("agent2.1",), "cid": ("agent2.1",)}
    assert (t.winner, t.calls) == (("agent2.1", "ballot"), 3 + 3 + 3 + 1)


def test_badvote_an_unknown_label_is_asked_once_more_and_then_an_abstention() -> None:
    t = at_the_ballot("ann", "bob")
    t.calls_tools("ann", ("vote", {"agent_id": "answer9"}))
    assert t.calls == 2 + 3
    events = t.calls_tools("ann", ("vote", {"agent_id": "answer9"}))
    assert [type(event) for event in events] == [ReplyRefused, Abstained]
    t.votes("bob", "agent1.1")
    assert (t.winner, t.calls) == (("agent1.1", "ballot"), 2 + 3 + 1)


def test_down_one_agent_that_fails_on_every_request_does_not_stop_the_others() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.drafts("ann", "bob")
    overloaded = Problem(kind="overloaded", text="overloaded")
    for stage in ("draft", "ballot"):
        waits = []
        for attempt in (1, 2):
            failed, scheduled = t.fails("cid", "overloaded")
            assert isinstance(scheduled, RetryScheduled)
            assert failed == CallFailed(agent="cid", call=t.call("cid"), problem=overloaded, consequence="retried")
            assert (scheduled.attempt, 0 < scheduled.wait_s <= 2**attempt) == (attempt + 1, True)
            waits.append(scheduled.wait_s)
            t.retries("cid")
        last = t.call("cid")
        failed, *_ = t.fails("cid", "overloaded")
        assert failed == CallFailed(agent="cid", call=last, problem=overloaded, consequence="out_of_stage")
        assert len(set(waits)) == 2, stage
        if stage == "draft":
            t.votes("ann", "agent2.1")
            t.votes("bob", "agent1.1")
    t.says(t.working[0], "final")
    assert ({answer.agent for answer in t.state.answers}, t.outcome) == ({"ann", "bob"}, ("answered", ""))
    assert (t.calls_of("cid"), t.calls) == (3 + 3, 2 + 3 + 2 + 3 + 1)


def test_hang_a_silent_agent_is_left_at_the_silence_deadline_and_retried_once() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.drafts("ann", "bob")
    silent = Problem(kind="timeout", text="silent for 180 s")
    failed, scheduled = t.falls_silent("cid")
    assert failed == CallFailed(agent="cid", call=1, problem=silent, consequence="retried")
    assert isinstance(scheduled, RetryScheduled)
    t.retries("cid")
    failed, *_ = t.falls_silent("cid")
    assert failed == CallFailed(agent="cid", call=2, problem=silent, consequence="out_of_stage")
    assert (t.working, t.calls) == (("ann", "bob", "cid"), 2 + 2 + 3)
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    t.falls_silent("cid")
    t.retries("cid")
    t.falls_silent("cid")
    assert (t.state.stage, t.calls) == ("presentation", 2 + 2 + 2 + 2 + 1)


def test_stag_five_drafts_ten_seconds_apart_cost_eleven_calls() -> None:
    t = Table(*team(5))
    t.ask()
    for place, agent in enumerate(t.agents):
        t.now = 10.0 * place
        assert t.calls == 5
        t.drafts(agent)
    for agent, label in zip(t.agents, ("agent2.1", "agent3.1", "agent4.1", "agent5.1", "agent1.1"), strict=True):
        t.now += 10.0
        t.votes(agent, label)
    t.says(t.working[0], "final")
    assert (t.calls, t.outcome) == (11, ("answered", ""))


@pytest.mark.parametrize(("size", "calls"), [(2, 5), (3, 7), (5, 11), (10, 21)])
def test_differ_different_drafts_and_no_revision_cost_two_calls_each_and_one(size: int, calls: int) -> None:
    t = at_the_ballot(*team(size))
    for agent in t.agents:
        if agent in t.working and t.state.stage == "ballot":
            t.votes(agent, "agent1.1" if agent != "a1" else "agent2.1")
    t.says(t.working[0], "final")
    assert (t.calls, t.outcome) == (calls, ("answered", ""))


@pytest.mark.parametrize("size", [2, 3, 5, 10])
def test_revise_everybody_revising_once_costs_three_calls_each_and_one(size: int) -> None:
    t = at_the_ballot(*team(size))
    for agent in t.agents:
        t.revises(agent, f"{agent} thinks better of it")
    assert [each.label for each in t.ballot.candidates] == [f"agent{place}.2" for place in range(1, size + 1)]
    for agent in t.agents:
        if agent in t.working and t.state.stage == "ballot":
            t.votes(agent, "agent1.2" if agent != "a1" else "agent2.2")
    t.says(t.working[0], "final")
    assert (t.calls, t.outcome) == (3 * size + 1, ("answered", ""))
