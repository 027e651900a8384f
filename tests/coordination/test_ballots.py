"""What a ballot comes to: when it ends, what the next one holds, who is asked in it, and which votes stay."""

from collections.abc import Sequence

import pytest

from massgen.coordination.signals import TurnDeadline
from massgen.coordination.tally import may_write
from massgen.events import (
    BallotClosed,
    BallotOpened,
    CallCancelled,
    CallStarted,
    ReplyRefused,
    TurnEvent,
    VoteCast,
    WinnerSelected,
)
from tests.helpers.table import Table

SEVEN = ("ann", "bob", "cid", "dan", "eve", "fay", "gus")


def at_the_ballot(*agents: str, **rules: object) -> Table:
    t = Table(*agents, **rules)
    t.ask()
    t.drafts()
    return t


def labels(t: Table) -> list[str]:
    """The representatives of the candidates of the last ballot."""
    return [each.label for each in t.ballot.candidates]


def closed(events: Sequence[TurnEvent]) -> tuple[int, str]:
    [event] = (event for event in events if isinstance(event, BallotClosed))
    return event.number, event.because


def test_three_ballots_take_a_new_answer_in_all_but_the_last() -> None:
    t = at_the_ballot("ann", "bob", "cid", max_ballots=3, max_new_answers_per_agent=5)
    for number in (1, 2):
        assert t.ballot.number == number
        for agent in t.agents:
            t.revises(agent, f"{agent} writes once more: {number}")
    assert (t.ballot.number, labels(t)) == (3, ["agent1.3", "agent2.3", "agent3.3"])
    assert not any(may_write(t.state, agent) for agent in t.agents)
    refused, *_ = t.revises("ann", "ann writes for the last time")
    assert isinstance(refused, ReplyRefused)
    t.votes("ann", "agent2.3")
    t.votes("cid", "agent2.3")
    assert (t.winner, t.calls) == (("agent2.3", "ballot"), 3 * 4 + 1 + 1)


@pytest.mark.parametrize(("most", "ballots"), [(1, 1), (2, 2), (3, 3)])
def test_there_are_as_many_ballots_as_the_rules_allow(most: int, ballots: int) -> None:
    t = at_the_ballot("ann", "bob", max_ballots=most, max_new_answers_per_agent=5)
    version = 1
    while t.state.stage == "ballot":
        version += 1
        if may_write(t.state, t.working[0]):
            t.revises(t.working[0], f"{t.working[0]} writes number {version}")
        else:
            t.votes(t.working[0], labels(t)[0])
    assert sum(isinstance(event, BallotOpened) for event in t.events) == ballots


def test_the_limit_for_each_agent_counts_its_draft() -> None:
    t = Table("ann", "bob", "cid", max_ballots=3, max_new_answers_per_agent=2)
    t.ask()
    t.drafts("ann", "bob")
    t.skips("cid")
    t.revises("ann", "ann thinks better of it")
    t.revises("cid", "cid has something after all")
    t.votes("bob", "agent1.1")
    assert [may_write(t.state, agent) for agent in t.agents] == [False, True, True]


def test_the_limit_for_all_together_counts_every_answer() -> None:
    t = at_the_ballot("ann", "bob", "cid", max_new_answers_global=4)
    assert may_write(t.state, "bob")
    t.revises("ann", "ann thinks better of it")
    assert not may_write(t.state, "bob")
    assert isinstance(t.revises("bob", "bob thinks better of it")[0], ReplyRefused)


def test_a_revision_takes_the_place_of_what_only_its_author_wrote() -> None:
    t = Table("ann", "bob", "cid")
    t.ask()
    t.says("ann", "the same")
    t.says("bob", "the  same")
    t.says("cid", "another")
    t.revises("ann", "better than the same")
    t.revises("cid", "better than another")
    t.votes("bob", "agent1.1")
    assert [(each.members, each.supporters) for each in t.ballot.candidates] == [
        (("agent1.1", "agent2.1"), ("ann", "bob")),
        (("agent1.2",), ("ann",)),
        (("agent3.2",), ("cid",)),
    ]
    assert t.working == t.agents


def test_a_new_answer_with_the_key_of_a_waiting_one_is_a_vote_for_it() -> None:
    t = at_the_ballot("ann", "bob")
    t.revises("ann", "Now I see.\nFinal answer: 4")
    t.revises("bob", "So do I.\nFinal answer: 4.0")
    assert t.counted(1) == {"bob": ("agent1.2",)}
    assert (t.ballot.number, labels(t)) == (2, ["agent2.1", "agent1.2"])
    assert t.winner == ("agent1.2", "ballot"), "bob could only vote for its own draft now, and that does not count"


def test_a_vote_for_a_waiting_answer_counts_for_nothing_before_its_ballot() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan")
    t.revises("ann", "better")
    t.revises("bob", "better")
    t.votes("cid", "agent4.1")
    t.votes("dan", "agent3.1")
    assert t.scores(1) == {"agent1.1": 0.0, "agent2.1": 0.0, "agent3.1": 1.0, "agent4.1": 1.0}
    assert t.counted(2) == {"ann": ("agent1.2",)}
    t.fails("bob", "auth")
    assert t.counted(2) == {"ann": ("agent1.2",), "bob": ("agent1.2",)}


def test_the_author_of_the_only_revision_stands_by_it_and_that_counts() -> None:
    t = at_the_ballot("ann", "bob", "cid")
    t.revises("ann", "ann thinks better of it")
    t.votes("bob", "agent3.1")
    events = t.votes("cid", "agent2.1")
    [standing] = (event for event in events if isinstance(event, VoteCast) and event.ballot == 2)
    assert standing == VoteCast(
        agent="ann",
        ballot=2,
        call=2,
        first=t.ballot.candidate_of("agent1.2").candidate,  # type: ignore[union-attr]  # it is on the ballot
        reason="Stands by its revision.",
        how="standing",
    )
    t.votes("bob", "agent2.1")
    t.votes("cid", "agent3.1")
    assert t.winner == ("agent1.2", "ballot")


def test_the_author_of_the_only_revision_stands_by_it_in_the_third_ballot_too() -> None:
    t = at_the_ballot("ann", "bob", "cid", max_ballots=3, max_new_answers_per_agent=3)
    t.revises("ann", "ann thinks better of it")
    t.revises("bob", "bob thinks better of it")
    t.votes("cid", "agent1.1")
    t.revises("cid", "cid thinks better of it")
    t.votes("bob", "agent1.2")
    t.votes("ann", "agent2.2")
    assert (t.ballot.number, t.working, t.counted(3)) == (3, ("ann", "bob"), {"cid": ("agent3.2",)})


def test_a_vote_is_carried_from_the_second_ballot_to_the_third_as_far_as_its_candidates_are_there() -> None:
    t = at_the_ballot(*SEVEN[:5], max_ballots=3, max_new_answers_per_agent=3)
    for number in (1, 2):
        t.revises("ann", f"ann thinks better of it: {number}")
        t.revises("bob", f"bob thinks better of it: {number}")
        t.votes("cid", f"agent1.{number}", "agent4.1", "agent2.1" if number == 1 else "agent5.1")
        t.votes("dan", f"agent2.{number}")
        t.votes("eve", "agent3.1")
    assert (t.ballot.number, t.working, labels(t)) == (
        3,
        t.agents,
        ["agent3.1", "agent4.1", "agent5.1", "agent1.3", "agent2.3"],
    )
    for agent in ("cid", "dan", "eve"):
        t.fails(agent, "auth")
    assert t.counted(3) == {"cid": ("agent4.1", "agent5.1"), "eve": ("agent3.1",)}


def test_more_than_half_of_the_living_end_the_ballots_though_an_answer_waits() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan", "eve")
    t.revises("ann", "ann thinks better of it")
    t.votes("bob", "agent3.1")
    t.votes("dan", "agent3.1")
    assert t.state.stage == "ballot"
    events = t.votes("eve", "agent3.1")
    assert closed(events) == (1, "decided")
    assert [event.agent for event in events if isinstance(event, CallCancelled)] == ["cid"]
    assert t.winner == ("agent3.1", "ballot")


def test_exactly_half_of_the_living_do_not() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan")
    t.revises("ann", "ann thinks better of it")
    t.votes("bob", "agent3.1")
    t.votes("dan", "agent3.1")
    t.votes("cid", "agent4.1")
    assert t.ballot.number == 2


def test_who_is_out_of_the_turn_is_not_among_the_living() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan")
    t.revises("ann", "ann thinks better of it")
    t.votes("bob", "agent3.1")
    t.votes("dan", "agent3.1")
    t.fails("cid", "auth")
    assert t.winner == ("agent3.1", "ballot")


def test_a_ballot_with_a_waiting_answer_is_not_cut_short_while_a_majority_may_still_come() -> None:
    t = at_the_ballot(*SEVEN, max_new_answers_global=8)
    t.revises("ann", "ann thinks better of it")
    for agent in ("bob", "cid", "dan"):
        t.votes(agent, "agent5.1")
    for agent in ("eve", "fay"):
        t.fails(agent, "refused")
    assert (t.ballot.number, t.working) == (1, ("gus",)), "nobody may write any more, and no rival can win"
    t.votes("gus", "agent5.1")
    assert t.winner == ("agent5.1", "ballot")


def test_a_ballot_is_not_cut_short_while_somebody_may_still_write() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan", "eve")
    t.votes("ann", "agent2.1")
    t.votes("cid", "agent2.1")
    for agent in ("dan", "eve"):
        t.fails(agent, "refused")
    assert (t.state.stage, t.working) == ("ballot", ("bob",)), "bob cannot help a rival to win, but it may write"


def test_and_is_when_nobody_may_write_and_no_rival_can_even_tie() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan", "eve", max_ballots=1)
    t.votes("ann", "agent2.1")
    t.votes("cid", "agent2.1")
    t.fails("dan", "refused")
    assert t.working == ("bob", "eve"), "both together could make a rival its equal"
    assert closed(t.fails("eve", "refused")) == (1, "decided")
    assert t.winner == ("agent2.1", "ballot")


def test_what_an_agent_might_say_for_its_own_text_is_not_waited_for() -> None:
    t = Table("ann", "bob", "cid", max_ballots=1)
    t.ask()
    t.drafts("bob", "cid")
    t.skips("ann")
    t.votes("ann", "agent2.1")
    assert t.working == ("bob", "cid"), "bob might find the rival as good"
    assert closed(t.fails("bob", "refused")) == (1, "decided")
    assert t.winner == ("agent2.1", "ballot")


def test_but_it_is_when_votes_for_the_own_text_count() -> None:
    t = Table("ann", "bob", "cid", max_ballots=1, count_self_votes=True)
    t.ask()
    t.drafts("bob", "cid")
    t.skips("ann")
    t.votes("ann", "agent2.1")
    t.fails("bob", "refused")
    assert t.working == ("cid",)
    t.votes("cid", "agent3.1")
    assert t.scores() == {t.winner[0]: 1.0, "agent2.1": 1.0, "agent3.1": 1.0}


def test_the_weight_of_a_vote_that_is_awaited_is_reckoned_with() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan", max_ballots=1, vote_weights={"dan": 2.5})
    t.votes("ann", "agent2.1")
    t.votes("cid", "agent2.1")
    t.fails("bob", "refused")
    assert t.working == ("dan",)
    t.votes("dan", "agent3.1")
    assert t.winner == ("agent3.1", "ballot")
    assert t.scores() == {"agent3.1": 2.5, "agent2.1": 2.0, "agent1.1": 0.0, "agent4.1": 0.0}


def test_all_that_is_known_counts_when_the_turn_is_out_of_time() -> None:
    t = at_the_ballot("ann", "bob", "cid", "dan")
    t.votes("bob", "agent4.1")
    events = t.fires(TurnDeadline())
    assert closed(events) == (1, "cut_short")
    assert [event for event in events if isinstance(event, WinnerSelected)] == [
        WinnerSelected(agent="dan", label="agent4.1", because="partial")
    ]


def test_every_voter_is_asked_under_the_number_of_the_ballot() -> None:
    t = at_the_ballot("ann", "bob")
    t.revises("ann", "ann thinks better of it")
    t.revises("bob", "bob thinks better of it")
    asked = [(event.agent, event.call, event.ballot) for event in t.events if isinstance(event, CallStarted)]
    assert asked == [("ann", 1, 0), ("bob", 1, 0), ("ann", 2, 1), ("bob", 2, 1), ("ann", 3, 2), ("bob", 3, 2)]
