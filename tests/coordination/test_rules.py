"""The rules as exact numbers: quorums, majorities, weights, lots, and how alike two texts are."""

from fractions import Fraction

import pytest

from massgen.coordination.candidates import candidate_id, resembles
from massgen.coordination.chance import lot, share, shuffled
from massgen.coordination.rules import Rules
from massgen.events import Candidate


@pytest.mark.parametrize(
    ("quorum", "agents", "wanted"),
    [
        (None, 5, None),
        (3, 5, 3),
        (9, 5, 5),
        (0, 5, 1),
        ("2/3", 3, 2),
        ("2/3", 4, 3),
        ("2/3", 5, 4),
        ("2/3", 6, 4),
        ("1/2", 1, 1),
        ("1/100", 3, 1),
        ("1/1", 7, 7),
    ],
)
def test_a_quorum_is_a_number_or_an_exact_share_of_the_team(
    quorum: int | str | None, agents: int, wanted: int | None
) -> None:
    assert Rules(quorum=quorum).drafts_for_quorum(agents) == wanted


@pytest.mark.parametrize(
    ("threshold", "supporters", "agents", "agreed"),
    [
        (0.8, 4, 5, False),
        (0.8, 5, 5, True),
        (0.8, 8, 10, False),
        (0.8, 9, 10, True),
        (0.3, 3, 10, False),
        (0.3, 4, 10, True),
        (0.0, 1, 50, True),
        (1.0, 5, 5, False),
        (None, 5, 5, False),
    ],
)
def test_consensus_is_more_than_the_threshold_and_exact(
    threshold: float | None, supporters: int, agents: int, agreed: bool
) -> None:
    assert Rules(consensus_threshold=threshold).is_consensus(supporters, agents) is agreed


def test_weights_are_exact() -> None:
    rules = Rules(vote_weights={"ann": 0.1, "bob": 1.0, "cid": 3})
    assert [rules.weight(agent) for agent in ("ann", "bob", "cid", "dan")] == [Fraction(1, 10), 1, 3, 1]
    assert rules.weight("ann") * 10 == rules.weight("dan")


def test_settings_that_this_version_does_not_know_are_left_out() -> None:
    assert Rules.of({"max_ballots": 3, "mood": "good"}) == Rules(max_ballots=3)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("a b c", "a b c", 1.0),
        ("a b c", "C  B\nA", 1.0),
        ("a b", "b c", 1 / 3),
        ("a a a b", "a", 0.5),
        ("a", "b", 0.0),
        ("a", "", 0.0),
        ("", "", 1.0),
    ],
)
def test_texts_are_as_alike_as_the_words_they_share(one: str, other: str, overlap: float) -> None:
    assert resembles(one, other) == overlap
    assert resembles(other, one) == overlap


def test_lots_are_numbers_of_64_bits_that_depend_on_all_that_is_put_in() -> None:
    lots = [lot("seed", 1, "a"), lot("seed", 2, "a"), lot("seed", 1, "b"), lot("eed", 1, "a"), lot("seed", "1a")]
    assert len(set(lots)) == 5
    assert all(0 <= each < 2**64 for each in lots)
    assert lot("seed", 1, "a") == lot("seed", "1", "a")
    assert max(lot("s", place) for place in range(100)) > 2**63


def test_shares_lie_between_nothing_and_one_and_are_spread() -> None:
    drawn = sorted(share("seed", place) for place in range(200))
    assert drawn[0] >= 0.0
    assert drawn[-1] < 1.0
    assert [sum(each < limit for each in drawn) // 10 for limit in (0.25, 0.5, 0.75)] == pytest.approx(
        [5, 10, 15], abs=2
    )


def test_every_voter_and_every_ballot_has_an_order_of_its_own_whatever_the_order_before() -> None:
    candidates = [
        Candidate(candidate=candidate_id(f"a{place}", 1), label="", members=(), supporters=()) for place in range(9)
    ]
    orders = {
        (turn, ballot, voter): shuffled(candidates, seed="seed", turn=turn, ballot=ballot, voter=voter)
        for turn in (1, 2)
        for ballot in (1, 2)
        for voter in ("ann", "bob")
    }
    assert len(set(orders.values())) == 8
    assert all(sorted(each, key=candidates.index) == candidates for each in orders.values())
    backwards = shuffled(candidates[::-1], seed="seed", turn=1, ballot=1, voter="ann")
    assert backwards == orders[1, 1, "ann"]
    assert shuffled(candidates, seed="other", turn=1, ballot=1, voter="ann") != backwards


def test_every_candidate_comes_first_equally_often() -> None:
    candidates = [Candidate(candidate=name, label="", members=(), supporters=()) for name in "abcd"]
    first = [shuffled(candidates, seed=str(seed), turn=1, ballot=1, voter="ann")[0] for seed in range(400)]
    assert all(70 <= first.count(each) <= 130 for each in candidates)


def test_the_id_of_a_candidate_says_nothing_and_differs_by_author_and_version() -> None:
    ids = {candidate_id(author, version) for author in ("ann", "bob") for version in (1, 2)}
    assert len(ids) == 4
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in ids)
