"""The count: what a vote adds, who leads, when nothing can change that any more, and who may still write."""

from dataclasses import replace
from fractions import Fraction

import pytest

from massgen.ballots import Candidate, Score, Tally
from massgen.coordination.chance import lot
from massgen.coordination.counting import Count, approvals
from massgen.coordination.evolve import evolve
from massgen.coordination.rules import Rules, VoteRule
from massgen.coordination.state import Ballot, Seat, State
from massgen.coordination.tally import (
    approved_by,
    current,
    is_decided,
    is_majority,
    leader_now,
    may_write,
    most_supported,
    tally,
)
from massgen.events import (
    Abstained,
    AnswerSubmitted,
    BallotOpened,
    CallCancelled,
    CallFailed,
    CallStarted,
    RetryScheduled,
    TurnEvent,
    VoteCast,
)
from massgen.messages import Problem

AGENTS = ("ann", "bob", "cid", "dan", "eve")
OUTAGE = Problem(kind="network", text="It failed.")


def _candidate(name: str, *supporters: str) -> Candidate:
    return Candidate(candidate=name, label=f"{name}.1", members=(f"{name}.1",), supporters=supporters)


A, B, C = _candidate("a", "ann"), _candidate("b", "bob"), _candidate("c", "cid", "dan")
BALLOT = Ballot(number=1, candidates=(A, B, C))


def _vote(agent: str, first: str, *also: str, standing: bool = False) -> VoteCast:
    how = "standing" if standing else "vote"
    return VoteCast(agent=agent, ballot=1, call=2, first=first, also=also, how=how)  # type: ignore[arg-type]


def _state(
    *happened: TurnEvent, candidates: tuple[Candidate, ...] = (A, B, C), max_ballots: int = 1, **rules: object
) -> State:
    """A ballot of five agents, all asked, after these events."""
    state = State(
        turn=1,
        seed="seed",
        rules=Rules(max_ballots=max_ballots, **rules),  # type: ignore[arg-type]  # names are checked by Rules itself
        stage="draft",
        seats=dict.fromkeys(AGENTS, Seat()),
    )
    asked = [CallStarted(agent=agent, call=1, stage="ballot", ballot=1) for agent in AGENTS]
    for event in (BallotOpened(number=1, candidates=candidates), *asked, *happened):
        state = evolve(state, event)
    return state


def _abstains(agent: str) -> Abstained:
    return Abstained(agent=agent, ballot=1, call=1, reason="")


# -- what one vote adds ----------------------------------------------------------------------------------------------


def _count(*votes: VoteCast, **rules: object) -> Count:
    count = Count.of_none(BALLOT.candidates)
    for vote in votes:
        count = count.with_vote(vote, BALLOT.by_id, Rules(**rules))  # type: ignore[arg-type]  # as above
    return count


def _decided(state: State) -> bool:
    """Whether the ballot is decided while those who are awaited have not voted."""
    return is_decided(state, state.awaited)


def test_before_the_first_vote_every_candidate_has_nothing() -> None:
    assert Count.of_none(BALLOT.candidates) == Count({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 0, "c": 0})


@pytest.mark.parametrize(
    ("rule", "scores"),
    [
        ("approval", {"a": 0, "b": 1, "c": 1}),
        ("plurality", {"a": 0, "b": 0, "c": 1}),
        ("borda", {"a": 0, "b": 1, "c": 2}),
    ],
)
def test_what_a_vote_is_worth_depends_on_the_rule_and_its_first_choice_does_not(
    rule: VoteRule, scores: dict[str, int]
) -> None:
    count = _count(_vote("eve", "c", "b"), vote_rule=rule)
    assert count == Count(scores, {"a": 0, "b": 0, "c": 1})


def test_a_full_ranking_gives_its_last_nothing() -> None:
    assert _count(_vote("eve", "b", "c", "a"), vote_rule="borda").scores == {"a": 0, "b": 2, "c": 1}


def test_votes_add_up_with_their_weights() -> None:
    votes = (_vote("dan", "a", "b"), _vote("eve", "a"), _vote("cid", "b"))
    assert _count(*votes, vote_weights={"eve": 2.5}) == Count(
        {"a": Fraction(7, 2), "b": 2, "c": 0}, {"a": Fraction(7, 2), "b": 1, "c": 0}
    )


def test_a_count_stays_as_it_was_when_a_vote_is_added_to_it() -> None:
    before = Count.of_none(BALLOT.candidates)
    before.with_vote(_vote("eve", "a"), BALLOT.by_id, Rules())
    assert before == Count.of_none(BALLOT.candidates)


@pytest.mark.parametrize(
    ("vote", "counted"),
    [
        (_vote("eve", "b", "c"), ("b", "c")),
        (_vote("eve", "b", "c", "b", "c"), ("b", "c")),
        (_vote("eve", "gone", "c"), ("c",)),
        (_vote("ann", "a", "b"), ("b",)),
        (_vote("ann", "b", "a"), ("b",)),
        (_vote("ann", "a", "b", standing=True), ("a", "b")),
        (_vote("cid", "c"), ("c",)),
    ],
)
def test_a_vote_counts_once_for_what_is_there_and_not_for_what_only_its_voter_wrote(
    vote: VoteCast, counted: tuple[str, ...]
) -> None:
    assert approvals(BALLOT.by_id, vote, Rules()) == counted


def test_a_vote_for_the_own_answer_counts_where_the_rules_say_so() -> None:
    assert approvals(BALLOT.by_id, _vote("ann", "a", "b"), Rules(count_self_votes=True)) == ("a", "b")


def test_when_the_first_choice_does_not_count_the_next_is_ranked_first_but_is_no_first_choice() -> None:
    assert _count(_vote("ann", "a", "b"), vote_rule="borda") == Count(
        {"a": 0, "b": 2, "c": 0}, {"a": 0, "b": 0, "c": 0}
    )


# -- the order of the candidates -------------------------------------------------------------------------------------


def _tally(*votes: VoteCast, ballot: Ballot = BALLOT, turn: int = 1, seed: str = "seed", **rules: object) -> Tally:
    return tally(ballot, votes, Rules(**rules), seed=seed, turn=turn)  # type: ignore[arg-type]  # as above


def test_a_tally_tells_the_rule_and_what_each_candidate_got_the_best_first() -> None:
    votes = (_vote("cid", "b", "a"), _vote("dan", "b"), _vote("eve", "a"))
    assert _tally(*votes, vote_weights={"dan": 0.5}, vote_rule="plurality") == Tally(
        rule="plurality",
        scores=(
            Score(candidate="b", score=1.5, firsts=1.5, supporters=1),
            Score(candidate="a", score=1.0, firsts=1.0, supporters=1),
            Score(candidate="c", score=0.0, firsts=0.0, supporters=2),
        ),
    )


def _order(counted: Tally) -> str:
    return "".join(score.candidate for score in counted.scores)


def test_equal_scores_fall_to_first_choices_then_to_supporters() -> None:
    assert _order(_tally(_vote("dan", "b", "a"), _vote("eve", "b", "a"))) == "bac"
    assert _order(_tally(_vote("dan", "a", "b"), _vote("eve", "a", "b"))) == "abc"
    assert _order(_tally(_vote("ann", "c"), _vote("cid", "a"), _vote("dan", "b")))[0] == "c"


def test_what_is_equal_otherwise_falls_by_the_lot_of_seed_turn_and_candidate() -> None:
    for seed, turn in (("seed", 1), ("seed", 2), ("other", 1), ("another", 1)):
        by_lot = sorted("ab", key=lambda each, seed=seed, turn=turn: lot(seed, turn, each))  # type: ignore[misc]
        assert _order(_tally(seed=seed, turn=turn)) == "c" + "".join(by_lot)


def test_the_current_tally_is_that_of_the_votes_so_far() -> None:
    votes = (_vote("bob", "a"), _vote("eve", "a", "b"))
    assert current(_state(*votes, vote_rule="borda")) == _tally(*votes, vote_rule="borda")
    assert current(_state()) == _tally()


def test_an_approval_is_a_counted_vote_that_finds_the_candidate_acceptable() -> None:
    state = _state(_vote("ann", "a", "b"), _vote("cid", "c", "b"), _vote("eve", "b"))
    assert [approved_by(state, each) for each in "abc"] == [0, 3, 1]


# -- when the outcome stands -----------------------------------------------------------------------------------------


def test_a_leader_stands_when_the_outstanding_votes_cannot_reach_it() -> None:
    three = [_vote(agent, "a") for agent in ("bob", "cid", "dan")]
    assert _decided(_state(*three)) is True
    assert _decided(_state(*three[:2])) is False


def test_a_leader_that_could_be_tied_does_not_stand() -> None:
    two = (_vote("bob", "a"), _vote("cid", "a"), _abstains("ann"))
    assert _decided(_state(*two)) is False
    assert _decided(_state(*two, _abstains("dan"))) is True


def test_a_rival_gets_nothing_from_its_only_author() -> None:
    """Bob and eve may still vote. For b only eve can, since bob wrote it."""
    votes = (_vote("cid", "a"), _vote("dan", "a"), _abstains("ann"))
    assert _decided(_state(*votes, candidates=(A, B))) is True
    assert _decided(_state(*votes, candidates=(A, B), count_self_votes=True)) is False
    assert _decided(_state(*votes, candidates=(A, _candidate("b", "bob", "ann")))) is False
    assert _decided(_state(*votes, candidates=(A, B), vote_weights={"eve": 2.0})) is False
    assert _decided(_state(*votes, candidates=(A, B), vote_weights={"bob": 9.0})) is True


def test_every_rival_is_looked_at_and_what_it_has_already() -> None:
    votes = (_vote("bob", "a"), _vote("cid", "a"), _vote("dan", "b"))
    assert _decided(_state(*votes, _abstains("ann"))) is False, "eve can tie it for b"
    assert _decided(_state(*votes, _abstains("eve"))) is False, "so can ann"
    assert _decided(_state(*votes, _vote("eve", "a"))) is True


def test_one_voter_can_give_a_rival_as_many_points_as_it_ranks_others_below() -> None:
    votes = (_vote("bob", "a"), _vote("cid", "a"), _abstains("ann"), _abstains("dan"))
    assert _decided(_state(*votes, vote_rule="borda")) is True, "4 points against 2"
    assert _decided(_state(*votes, vote_rule="borda", vote_weights={"eve": 2.0})) is False, "4 against 4"
    assert _decided(_state(*votes[1:], _abstains("bob"), vote_rule="borda")) is False, "2 against 2"
    assert _decided(_state(*votes[1:], _abstains("bob"), candidates=(A, C), vote_rule="borda")) is False, "1 against 1"


def test_an_agent_that_waits_for_its_next_try_may_still_vote_and_one_that_is_let_go_may_not() -> None:
    votes = (_vote("bob", "a"), _vote("cid", "a"), _abstains("ann"), _abstains("dan"))
    assert _decided(_state(_vote("bob", "a"), *votes[2:])) is False
    fails = CallFailed(agent="eve", call=1, problem=OUTAGE, consequence="retried")
    again = RetryScheduled(agent="eve", call=1, attempt=2, problem=OUTAGE, wait_s=1.0)
    assert _decided(_state(_vote("bob", "a"), *votes[2:], _abstains("cid"), fails, again)) is False
    gone = CallCancelled(agent="eve", call=1, because="skipped")
    assert _decided(_state(_vote("bob", "a"), *votes[2:], _abstains("cid"), gone)) is True


def test_while_somebody_may_still_write_only_a_majority_of_the_living_ends_the_ballot() -> None:
    two = (_vote("bob", "a"), _vote("cid", "a"), _abstains("ann"), _abstains("dan"), _abstains("eve"))
    open_to_eve = (*two[:4],)
    assert _decided(_state(*open_to_eve, max_ballots=2)) is False, "two of five, and eve may write"
    assert _decided(_state(*open_to_eve, max_ballots=2, max_new_answers_per_agent=0)) is True
    three = (*open_to_eve[:3], _vote("dan", "a"))
    assert _decided(_state(*three, max_ballots=2)) is True, "three of five"


def test_while_an_answer_waits_only_a_majority_of_the_living_ends_the_ballot() -> None:
    revision = AnswerSubmitted(agent="ann", call=1, label="agent1.2", version=2, text="Better.")
    two = (_vote("bob", "a"), _vote("cid", "a"), _abstains("dan"), revision)
    assert _decided(_state(*two)) is False
    assert _decided(_state(*two[:2], _vote("dan", "a"), revision)) is True


# -- who leads -------------------------------------------------------------------------------------------------------


def test_most_supported_is_what_most_agents_wrote_and_a_tie_falls_by_lot() -> None:
    assert most_supported(_state(), (A, B, C)) == C
    drawn = {each: most_supported(State(turn=each[0], seed=each[1]), (A, B)) for each in ((1, "a"), (1, "b"), (2, "b"))}
    assert drawn == {(1, "a"): B, (1, "b"): A, (2, "b"): B}


def test_votes_say_who_leads_else_what_most_agents_wrote() -> None:
    assert leader_now(_state(_vote("eve", "b")), ()) == B
    assert leader_now(_state(), ()) == C
    assert leader_now(State(), (A, C)) == C


def test_a_majority_is_more_than_half_of_the_living() -> None:
    out = [CallFailed(agent="eve", call=1, problem=OUTAGE, consequence="out_of_turn")]
    two = [_vote("bob", "a"), _vote("cid", "b", "a")]
    three = [*two, _vote("dan", "a")]
    assert is_majority(_state(*two), "a") is False, "two of five"
    assert is_majority(_state(*two, *out), "a") is False, "two of four"
    assert is_majority(_state(*three), "a") is True
    assert is_majority(_state(*three), "b") is False


def test_a_vote_carried_over_from_an_agent_that_is_out_counts_and_makes_no_majority() -> None:
    gone = Problem(kind="auth", text="No key.")
    out = CallFailed(agent="dan", call=1, problem=gone, consequence="out_of_turn")
    state = _state(_vote("bob", "a"), _vote("cid", "a"), out, replace(_vote("dan", "a"), how="carried"))
    best = current(state).scores[0]
    assert (best.candidate, best.score) == ("a", 3.0)
    assert is_majority(state, "a") is False, "two of the four that are left"


# -- who may write ---------------------------------------------------------------------------------------------------


def _writing(*labels: str, **rules: object) -> State:
    answers = (
        AnswerSubmitted(agent="ann", call=1, label=label, version=version, text=label)
        for version, label in enumerate(labels, 1)
    )
    return _state(*answers, max_ballots=2, **rules)


def test_nobody_writes_in_the_last_ballot() -> None:
    assert may_write(_state(max_ballots=2), "ann") is True
    assert may_write(_state(max_ballots=1), "ann") is False


def test_an_agent_writes_as_many_answers_as_it_has() -> None:
    assert may_write(_writing("agent1.1"), "ann") is True
    assert may_write(_writing("agent1.1", "agent1.2"), "ann") is False
    assert may_write(_writing("agent1.1", "agent1.2"), "bob") is True


def test_all_agents_together_write_as_many_answers_as_they_have() -> None:
    assert may_write(_writing("agent1.1", max_new_answers_global=2), "bob") is True
    assert may_write(_writing("agent1.1", "agent1.2", max_new_answers_global=2), "bob") is False
    assert may_write(_writing("agent1.1", "agent1.2", max_new_answers_global=3), "ann") is False
