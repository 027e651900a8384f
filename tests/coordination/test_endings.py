"""Turns that end before their time, in a second round, or by an odd last reply."""

from massgen.coordination.signals import AgentSkipped, Reply, TurnDeadline
from massgen.messages import ToolCall
from tests.helpers.table import Table


def _revision_after_a_ballot() -> Table:
    """Four of five have voted in round 1, two of them for ann; cid has revised, so round 2 asks everybody else."""
    t = Table("ann", "bob", "cid", "dan", "eve")
    t.ask()
    for agent in t.agents:
        t.says(agent, f"text of {agent}")
    t.revises("cid", "a better text of cid")
    t.votes("ann", "agent2.1")
    t.votes("bob", "agent1.1")
    t.votes("dan", "agent1.1")
    t.votes("eve", "agent4.1")
    assert t.working == ("ann", "bob", "dan", "eve")
    return t


def test_a_turn_cut_short_in_round_2_counts_the_votes_of_round_1() -> None:
    t = _revision_after_a_ballot()
    t.cancels()
    assert (t.winner, t.outcome) == (("agent1.1", "partial"), ("partial", "cancelled"))


def test_out_of_time_in_round_2_counts_the_votes_of_round_1() -> None:
    t = _revision_after_a_ballot()
    t.fires(TurnDeadline())
    assert t.winner == ("agent1.1", "partial")


def test_voters_skipped_in_round_2_keep_their_votes_of_round_1() -> None:
    t = _revision_after_a_ballot()
    for agent in ("ann", "bob", "dan", "eve"):
        t.skips(agent)
    assert t.winner == ("agent1.1", "ballot")


def test_a_doubled_skip_skips_one_call_only() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    skip = AgentSkipped(agent="cid", call=t.call("cid"))
    t.send(skip)
    assert t.working == ("ann", "bob", "cid")
    assert t.send(skip) == []


def test_a_label_is_read_when_there_is_no_try_left_for_a_re_ask() -> None:
    t = Table("ann", "bob", max_retries=0)
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    t.says("ann", t.shown("ann", "agent2.1"))
    assert t.counted() == {"ann": ("agent2.1",)}


def test_a_revision_cut_at_the_length_limit_is_marked() -> None:
    t = Table("ann", "bob")
    t.ask()
    t.says("ann", "one")
    t.says("bob", "two")
    call = ToolCall(id="c", name="new_answer", arguments={"content": "three"})
    t.replies("ann", Reply(text="", calls=(call,), truncated=True))
    assert [answer.truncated for answer in t.state.answers] == [False, False, True]


def test_a_short_answer_of_enough_agents_decides_even_behind_a_longer_text_of_more() -> None:
    t = Table("ann", "bob", "cid", "dan", "eve", consensus_threshold=0.3)
    t.ask()
    for agent in ("ann", "bob", "cid"):
        t.says(agent, "the same prose")
    for agent in ("dan", "eve"):
        t.says(agent, f"{agent} thinks so.\nFinal answer: 4")
    assert t.winner == ("agent4.1", "consensus")
