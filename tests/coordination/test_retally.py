"""Counting a ballot again: how much its outcome hangs on the rule, on one voter, or on votes for the own text."""

from massgen.coordination.retally import Minority, Retally, minority, retally
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot
from massgen.events import Candidate, VoteCast

A, B, C = (
    Candidate(candidate=name, label=f"agent{place}.1", members=(f"agent{place}.1",), supporters=(author,))
    for place, (name, author) in enumerate((("a", "ann"), ("b", "bob"), ("c", "cid")), 1)
)
BALLOT = Ballot(number=1, candidates=(A, B, C))
LABELS = {each.candidate: each.label for each in BALLOT.candidates}


def vote(agent: str, first: str, *also: str) -> VoteCast:
    return VoteCast(agent=agent, ballot=1, call=1, first=first, also=also, reason=f"{agent} says so.")


def votes(*given: VoteCast) -> dict[str, VoteCast]:
    return {each.agent: each for each in given}


def count(given: dict[str, VoteCast], **rules: object) -> Retally:
    return retally(BALLOT, given, Rules(**rules), seed="seed", turn=1)  # type: ignore[arg-type]  # names of rules


ACCEPTABLE_TO_ALL = votes(vote("dan", "a", "c"), vote("eve", "a", "c"), vote("fay", "c"), vote("gus", "b", "c"))


def test_a_compromise_wins_where_acceptable_answers_count_and_loses_where_they_do_not() -> None:
    counted = count(ACCEPTABLE_TO_ALL)
    assert counted == Retally(
        winner="c",
        by_rule={"approval": "c", "plurality": "a", "borda": "c"},
        without={"dan": "c", "eve": "c", "fay": "c", "gus": "c"},
        self_votes="c",
    )
    assert counted.sentence(LABELS.__getitem__) == (
        "won under 2 of 3 rules (plurality: agent1.1); without any one vote: the same"
    )


def test_the_winner_is_that_of_the_rule_that_was_played_by() -> None:
    counted = count(ACCEPTABLE_TO_ALL, vote_rule="plurality")
    assert (counted.winner, counted.by_rule) == ("a", {"approval": "c", "plurality": "a", "borda": "c"})
    assert counted.sentence(LABELS.__getitem__).startswith(
        "won under 1 of 3 rules (approval: agent3.1, borda: agent3.1)"
    )


CLOSE = votes(vote("dan", "a"), vote("eve", "a"), vote("bob", "b"), vote("cid", "b"), vote("fay", "b"))


def test_one_voter_or_the_treatment_of_self_votes_may_turn_the_outcome() -> None:
    counted = count(CLOSE, count_self_votes=True)
    assert counted == Retally(
        winner="b",
        by_rule={"approval": "b", "plurality": "b", "borda": "b"},
        without={"dan": "b", "eve": "b", "bob": "a", "cid": "a", "fay": "a"},
        self_votes="a",
    )
    assert counted.sentence(LABELS.__getitem__) == (
        "won under 3 of 3 rules; without bob: agent1.1; without cid: agent1.1; without fay: agent1.1; "
        "with self-votes treated the other way: agent1.1"
    )


def test_a_clear_outcome_hangs_on_nothing() -> None:
    clear = votes(vote("dan", "a"), vote("eve", "a"), vote("fay", "b"))
    assert count(clear).sentence(LABELS.__getitem__) == "won under 3 of 3 rules; without any one vote: the same"


def test_the_minority_is_who_wanted_the_strongest_other_answer_and_not_the_winner() -> None:
    given = votes(
        vote("dan", "a"), vote("eve", "a", "b"), vote("fay", "b"), vote("gus", "c", "b"), vote("ann", "c", "a")
    )
    found = minority(BALLOT, given, Rules(), winner="a", seed="seed", turn=1)
    assert found == Minority(candidate=B, votes=(given["fay"], given["gus"]))


def test_a_vote_for_the_own_text_is_an_opinion_though_it_does_not_count() -> None:
    given = votes(vote("dan", "a"), vote("bob", "b"))
    found = minority(BALLOT, given, Rules(), winner="a", seed="seed", turn=1)
    assert found == Minority(candidate=B, votes=(given["bob"],))


def test_where_everybody_can_live_with_the_winner_there_is_no_minority() -> None:
    given = votes(vote("dan", "a"), vote("bob", "b", "a"))
    assert minority(BALLOT, given, Rules(), winner="a", seed="seed", turn=1) is None
    assert minority(BALLOT, {}, Rules(), winner="a", seed="seed", turn=1) is None
