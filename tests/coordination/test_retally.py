"""A ballot counted again in other ways, and what it leaves unsaid."""

from massgen.ballots import Candidate
from massgen.coordination.chance import lot
from massgen.coordination.retally import Minority, Retally, minority, retally
from massgen.coordination.rules import Rules
from massgen.coordination.state import Ballot
from massgen.events import VoteCast

LOTS = tuple((seed, turn) for seed in ("seed", "other", "third") for turn in (1, 2, 3))
AUTHORS = {"a": "ann", "b": "bob", "c": "cid"}


def _candidate(name: str) -> Candidate:
    return Candidate(candidate=name, label=f"{name}.1", members=(f"{name}.1",), supporters=(AUTHORS[name],))


BALLOT = Ballot(number=1, candidates=tuple(map(_candidate, "abc")))


def _votes(**given: str) -> dict[str, VoteCast]:
    """`eve="ba"`: eve's first choice is b, and a is acceptable."""
    return {
        agent: VoteCast(agent=agent, ballot=1, call=2, first=choices[0], also=tuple(choices[1:]), reason=f"{agent}!")
        for agent, choices in given.items()
    }


def _retally(rules: Rules | None = None, *, seed: str = "seed", turn: int = 1, **votes: str) -> Retally:
    return retally(BALLOT, _votes(**votes), rules or Rules(), seed=seed, turn=turn)


# -- counted again ---------------------------------------------------------------------------------------------------


def test_a_ballot_is_counted_under_every_rule_without_each_voter_and_with_self_votes() -> None:
    votes = {"ann": "acb", "bob": "c", "cid": "abc", "dan": "a", "eve": "ab", "fay": "cb", "gus": "bca"}
    assert _retally(**votes) == Retally(
        winner="b",
        by_rule={"approval": "b", "plurality": "a", "borda": "c"},
        without={"ann": "a", "bob": "b", "cid": "c", "dan": "b", "eve": "c", "fay": "a", "gus": "b"},
        self_votes="a",
    )


def test_self_votes_are_left_out_where_they_were_counted() -> None:
    again = _retally(Rules(count_self_votes=True), ann="a", bob="b", cid="a", dan="b", eve="b")
    assert (again.winner, again.self_votes) == ("b", "b")


def test_ties_fall_by_the_lot_of_the_turn() -> None:
    for seed, turn in LOTS:
        drawn = min("abc", key=lambda each, lots=(seed, turn): lot(*lots, each))  # type: ignore[misc]
        assert _retally(seed=seed, turn=turn).winner == drawn


# -- the sentence ----------------------------------------------------------------------------------------------------


def _said(**changes: object) -> str:
    same: dict[str, object] = {
        "winner": "a",
        "by_rule": {"approval": "a", "plurality": "a", "borda": "a"},
        "without": {"ann": "a", "bob": "a"},
        "self_votes": "a",
    }
    return Retally(**{**same, **changes}).sentence(AUTHORS.__getitem__)  # type: ignore[arg-type]  # the fields above


def test_an_outcome_that_does_not_hang_on_the_count_is_said_to_be_the_same() -> None:
    assert _said() == "won under 3 of 3 rules; without any one vote: the same"


def test_rules_under_which_another_would_have_won_are_named_with_the_other() -> None:
    by_rule = {"approval": "a", "plurality": "b", "borda": "c"}
    assert _said(by_rule=by_rule) == (
        "won under 1 of 3 rules (plurality: bob, borda: cid); without any one vote: the same"
    )


def test_voters_without_whom_another_would_have_won_are_named_by_that_other() -> None:
    without = {"ann": "b", "bob": "a", "cid": "c", "dan": "b"}
    assert _said(without=without) == "won under 3 of 3 rules; without ann or dan: bob; without cid: cid"


def test_self_votes_are_only_mentioned_when_they_would_have_changed_the_outcome() -> None:
    assert _said(self_votes="b") == (
        "won under 3 of 3 rules; without any one vote: the same; with self-votes treated the other way: bob"
    )


# -- the minority ----------------------------------------------------------------------------------------------------


def _minority(winner: str = "a", *, seed: str = "seed", turn: int = 1, **votes: str) -> Minority | None:
    return minority(BALLOT, _votes(**votes), Rules(), winner=winner, seed=seed, turn=turn)


def test_the_minority_is_the_strongest_other_answer_with_the_votes_of_those_who_did_not_want_the_winner() -> None:
    votes = {"ann": "b", "bob": "a", "cid": "ab", "dan": "cb", "eve": "a"}
    given = _votes(**votes)
    assert _minority(**votes) == Minority(candidate=_candidate("b"), votes=(given["ann"], given["dan"]))


def test_an_answer_that_nobody_else_wanted_is_still_the_opinion_of_its_author() -> None:
    assert _minority(bob="a", cid="c") == Minority(candidate=_candidate("c"), votes=tuple(_votes(cid="c").values()))


def test_there_is_no_minority_when_every_voter_found_the_winner_acceptable() -> None:
    assert _minority(bob="a", cid="ba", eve="ca") is None
    assert _minority() is None


def test_of_two_that_were_wanted_as_much_the_lot_of_the_turn_names_one() -> None:
    for seed, turn in LOTS:
        drawn = min("bc", key=lambda each, lots=(seed, turn): lot(*lots, each))  # type: ignore[misc]
        found = _minority(seed=seed, turn=turn, dan="b", eve="c")
        assert found
        assert found.candidate == _candidate(drawn)
