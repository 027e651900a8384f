"""The same seed draws the same lots, in every release: a turn of an old log must come out as it did."""

from massgen.coordination.chance import lot, share, shuffled

CANDIDATES = ("a", "b", "c", "d")


def _order(**changes: object) -> str:
    drawn: dict[str, object] = {"seed": "seed", "turn": 1, "ballot": 1, "voter": "ann"} | changes
    return "".join(shuffled(CANDIDATES, **drawn))  # type: ignore[arg-type]  # the four above


def test_a_lot_is_a_hash_of_its_seed_and_its_parts() -> None:
    assert lot("seed", 1, "a") == 9_572_110_352_829_255_887
    assert lot("seed") == 1_851_639_526_980_669_642
    assert lot("seed\udc80", "\udc80") == 12_033_587_418_609_391_264


def test_parts_are_told_apart() -> None:
    assert len({lot("seed", "a", "b"), lot("seed", "ab"), lot("seed", "b", "a"), lot("seeda", "b")}) == 4


def test_a_share_is_the_lot_as_a_part_of_one() -> None:
    assert share("seed", 1, "a") == lot("seed", 1, "a") / 2**64
    assert 0 <= share("seed", 1, "a") < 1


def test_an_order_is_drawn_for_each_voter_ballot_turn_and_seed() -> None:
    assert _order() == "cdba"
    assert _order(voter="bob") == "bcad"
    assert _order(ballot=2) == "dcba"
    assert _order(turn=2) == "dacb"
    assert _order(seed="other") == "bcad"


def test_an_order_does_not_depend_on_the_order_in_which_candidates_came_in() -> None:
    assert shuffled(reversed(CANDIDATES), seed="seed", turn=1, ballot=1, voter="ann") == shuffled(
        CANDIDATES, seed="seed", turn=1, ballot=1, voter="ann"
    )


def test_every_order_is_about_equally_likely() -> None:
    firsts = [_order(seed=str(seed))[0] for seed in range(400)]
    assert [70 < firsts.count(each) < 130 for each in "abcd"] == [True] * 4
