"""How turns go: what ends a stage, what is kept of it, and what is left when something goes wrong."""

from massgen.ballots import Shown
from massgen.coordination.signals import GraceOver, StageDeadline, TurnDeadline
from massgen.events import Abstained, CallCancelled, CallFailed, CallStarted, RetryScheduled
from tests.helpers.table import Table


def test_three_agents_draft_vote_and_the_winner_presents() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    for agent in ("ann", "bob", "cid"):
        t.says(agent, f"{agent}'s answer")
    assert t.working == ("ann", "bob", "cid")
    t.votes("ann", "agent2.1", reason="Clear.")
    t.votes("bob", "agent2.1")
    t.votes("cid", "agent2.1")
    assert t.winner == ("agent2.1", "ballot")
    t.says("bob", "the final answer")
    assert (t.calls, t.final.text, t.outcome) == (7, "the final answer", ("answered", ""))


def test_drafts_that_equal_each_other_need_no_ballot() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "It is four.\nFinal answer: 4")
    t.says("bob", "Four, since 2+2.\n**Final answer:** 4.0.")
    assert t.winner == ("agent1.1", "consensus")
    t.says("ann", "4")
    assert (t.calls, t.outcome) == (3, ("answered", ""))


def test_each_voter_sees_the_candidates_in_an_order_of_its_own() -> None:
    agents = [f"a{place}" for place in range(8)]
    t = Table(*agents)
    t.ask()
    for agent in agents:
        t.says(agent, f"text of {agent}")
    orders = {
        tuple(each.candidate for each in event.shown)
        for event in t.events
        if isinstance(event, CallStarted) and event.stage == "ballot"
    }
    assert len(orders) == 8
    first = next(event for event in t.events if isinstance(event, CallStarted) and event.stage == "ballot")
    assert [type(each) for each in first.shown] == [Shown] * 8
    assert [each.label for each in first.shown] == [f"answer{place}" for place in range(1, 9)]


def test_a_ballot_ends_as_soon_as_the_outstanding_votes_cannot_change_it() -> None:
    t = Table("ann", "bob", "cid", "dan", "eve")
    t.ask()
    for agent in t.agents:
        t.says(agent, f"text of {agent}")
    for agent in ("bob", "cid", "dan"):
        t.votes(agent, "agent1.1")
    assert t.winner == ("agent1.1", "ballot")
    late = [event.agent for event in t.events if isinstance(event, CallCancelled)]
    assert late == ["ann", "eve"]


def test_nobody_can_start() -> None:
    t = Table("ann", "bob")
    t.ask(unavailable=("ann", "bob"))
    assert (t.calls, t.outcome) == (0, ("failed", "no agent can start"))


def test_the_only_agent_that_can_start_presents_at_once() -> None:
    t = Table("ann", "bob")
    t.ask(unavailable=("ann",))
    t.says("bob", "alone")
    assert (t.calls, t.winner, t.final.text) == (1, ("agent2.1", "only_answer"), "alone")


def test_all_drafts_failing_ends_the_turn_without_an_answer() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.fails("ann", "auth")
    t.fails("bob", "quota")
    assert t.outcome == ("failed", "no agent answered")


def test_a_presentation_that_fails_leaves_the_text_that_was_voted_on() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    t.fails("bob", "auth")
    t.fails("ann", "auth")
    assert (t.final.text, t.final.source, t.outcome) == ("one", "stored", ("answered", "the presentation failed"))


def test_a_cancelled_turn_keeps_the_best_answer_there_is() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("bob", "two")
    t.cancels()
    assert (t.final.text, t.final.source, t.outcome) == ("two", "stored", ("partial", "cancelled"))


def test_a_turn_cancelled_before_any_answer_is_cancelled() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.cancels()
    assert (t.working, t.outcome) == ((), ("cancelled", "cancelled"))


def test_the_turn_deadline_keeps_the_best_answer_there_is() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    t.fires(TurnDeadline())
    assert (t.final.text, t.outcome) == ("one", ("partial", "deadline"))


def test_when_time_for_drafts_is_over_the_late_ones_become_voters() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    t.fires(StageDeadline(ballot=0))
    assert (t.state.stage, t.working) == ("ballot", ("ann", "bob", "cid"))


def test_a_deadline_without_any_draft_waits_for_the_first() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.fires(StageDeadline(ballot=0))
    assert t.state.stage == "draft"
    t.says("bob", "two")
    assert t.winner == ("agent2.1", "only_answer")


def test_a_quorum_gives_the_others_as_long_again() -> None:
    t = Table("ann", "bob", "cid", quorum="2/3")
    t.ask()
    t.now = 20.0
    t.says("ann", "one")
    t.says("bob", "two")
    assert t.state.grace_s == 20.0
    t.fires(GraceOver())
    assert (t.state.stage, t.working) == ("ballot", ("ann", "bob", "cid"))


def test_a_late_ballot_ends_with_the_votes_there_are() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    for agent in t.agents:
        t.says(agent, f"text of {agent}")
    t.votes("ann", "agent3.1")
    t.fires(StageDeadline(ballot=1))
    assert t.winner == ("agent3.1", "ballot")


def test_stale_and_doubled_signals_change_nothing() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    before = t.state
    assert t.says("ann", "one more") == []
    assert t.falls_silent("ann") == []
    assert t.retries("ann") == []
    assert t.fires(StageDeadline(ballot=1)) == []
    assert t.ask() == []
    assert t.state == before


def test_a_vote_for_the_own_text_is_kept_but_not_counted() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    for agent in t.agents:
        t.says(agent, f"text of {agent}")
    t.votes("ann", "agent1.1")
    t.votes("bob", "agent2.1")
    t.votes("cid", "agent2.1")
    assert (t.counted()["ann"], t.winner) == (("agent1.1",), ("agent2.1", "ballot"))


def test_a_model_that_refuses_to_judge_abstains() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    (abstained,) = t.fails("ann", "refused")
    assert isinstance(abstained, Abstained)


def test_a_provider_that_wants_too_long_a_wait_is_not_waited_for() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    (failed, *_) = t.fails("bob", "rate_limit", retry_after=300.0)
    assert isinstance(failed, CallFailed)
    assert failed.consequence == "out_of_stage"


def test_a_short_retry_after_is_honoured() -> None:
    t = Table("ann", "bob")
    t.ask()
    _, scheduled = t.fails("bob", "rate_limit", retry_after=7.0)
    assert isinstance(scheduled, RetryScheduled)
    assert scheduled.wait_s == 7.0
