"""Rules: as their event tells them, and the sums that they are asked for."""

from dataclasses import asdict, replace
from fractions import Fraction

import pytest

from massgen.coordination.rules import Rules


def test_the_defaults_are_those_of_the_protocol() -> None:
    assert asdict(Rules()) == {
        "voting_sensitivity": "lenient",
        "max_new_answers_per_agent": 2,
        "max_new_answers_global": None,
        "answer_novelty_requirement": "lenient",
        "final_answer_strategy": "winner_present",
        "skip_voting": False,
        "must_present": False,
        "max_ballots": 2,
        "consensus_threshold": 0.8,
        "vote_rule": "approval",
        "count_self_votes": False,
        "quorum": None,
        "grace_factor": 1.0,
        "vote_weights": {},
        "max_calls": None,
        "max_tokens": None,
        "max_cost": None,
        "planning": False,
        "planning_instruction": "",
        "max_retries": 2,
        "silence_s": 180.0,
        "call_s": 600.0,
        "draft_s": 600.0,
        "ballot_s": 300.0,
        "warning_s": 60.0,
        "turn_s": 1800.0,
    }


def test_rules_come_back_out_of_their_event_without_what_a_later_version_added() -> None:
    rules = replace(Rules(), vote_rule="borda", quorum="2/3", vote_weights={"ann": 2.0})
    assert Rules.of({**asdict(rules), "lucky_number": 7}) == rules


def test_settings_that_an_older_version_did_not_know_have_their_defaults() -> None:
    assert Rules.of({"max_ballots": 3}) == Rules(max_ballots=3)


@pytest.mark.parametrize(
    ("weights", "weight"),
    [({}, 1), ({"bob": 3.0}, 1), ({"ann": 1.0}, 1), ({"ann": 0.1}, Fraction(1, 10)), ({"ann": 2}, Fraction(2))],
)
def test_a_weight_is_exact_and_one_where_nothing_is_said(weights: dict[str, float], weight: Fraction) -> None:
    assert Rules(vote_weights=weights).weight("ann") == weight


@pytest.mark.parametrize(
    ("quorum", "agents", "drafts"),
    [
        (None, 3, None),
        (2, 3, 2),
        (5, 3, 3),
        (0, 3, 1),
        ("2/3", 3, 2),
        ("2/3", 4, 3),
        ("1/2", 5, 3),
        ("1/9", 3, 1),
        ("0", 3, 1),
        ("1", 3, 3),
    ],
)
def test_a_quorum_is_rounded_up_and_lies_between_one_draft_and_all(
    quorum: int | str | None, agents: int, drafts: int | None
) -> None:
    assert Rules(quorum=quorum).drafts_for_quorum(agents) == drafts


@pytest.mark.parametrize(
    ("threshold", "supporters", "agents", "consensus"),
    [
        (0.8, 4, 5, False),
        (0.8, 5, 5, True),
        (0.7, 7, 10, False),
        (0.7, 8, 10, True),
        (0.5, 2, 3, True),
        (0.0, 1, 3, True),
        (1.0, 3, 3, False),
        (None, 3, 3, False),
    ],
)
def test_more_than_the_threshold_of_the_team_is_a_consensus(
    threshold: float | None, supporters: int, agents: int, consensus: bool
) -> None:
    assert Rules(consensus_threshold=threshold).is_consensus(supporters, agents) is consensus
