"""Which answers become which candidates, and how alike two texts are."""

import pytest

from massgen.ballots import Candidate
from massgen.coordination.candidates import candidate_id, has_key, identity, key_of, merged, resembles
from massgen.events import AnswerSubmitted


def _answer(agent: str, label: str, text: str, version: int = 1) -> AnswerSubmitted:
    return AnswerSubmitted(agent=agent, call=1, label=label, version=version, text=text, key=key_of(text))


# -- the short answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Final answer:\tforty   two", "forty two"),
        ("Final answer: `4`  \n\n  \n", "4"),
        ("Final answer: \"'4'.\"", "4"),
        ("Final answer: e.g..", "e.g"),
        ("Final answer: a.b", "a.b"),
        ("Final answer: $$\\boxed{ \\boxed{ 7 }. }$$", "7"),
        ("Final answer: \\boxed{x} or \\boxed{y}", "x} or \\boxed{y"),
        ("Final answer: X", "x"),
        ("Final answer: STRASSE", "strasse"),
        ("Final answer: Straße", "strasse"),
        ("Final answer: final answer: 4", "final answer: 4"),
    ],
)
def test_a_short_answer_is_read_through_its_wrapping(line: str, key: str) -> None:
    assert key_of(f"Because.\n{line}") == key


def test_only_the_last_line_is_read_for_a_short_answer() -> None:
    assert key_of("One.\nTwo.\nFinal answer: 4") == "4"
    assert key_of("One.\nFinal answer: 4\nThree.") == ""


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("007", "7"),
        ("0", "0"),
        ("00", "0"),
        ("-0", "0"),
        ("-7", "-7"),
        ("+7", "7"),
        ("0.50", "0.5"),
        ("-.5", "-0.5"),
        ("10.00", "10"),
        ("100", "100"),
        ("-", "-"),
        ("+", "+"),
        ("1.", "1"),
        ("1e3", "1e3"),
        ("1.2.3", "1.2.3"),
        ("7 apples", "7 apples"),
    ],
)
def test_a_plain_number_has_one_spelling_and_anything_else_keeps_its_own(value: str, key: str) -> None:
    assert key_of(f"Final answer: {value}") == key


def test_a_last_line_of_500_characters_may_be_a_short_answer_and_one_of_501_may_not() -> None:
    room = 500 - len("Final answer: ")
    assert key_of("Final answer: " + "x" * room) == "x" * room
    assert key_of("Final answer: " + "x" * (room + 1)) == ""


# -- what makes answers the same -------------------------------------------------------------------------------------


def test_an_answer_with_a_key_is_known_by_it_and_any_other_by_its_lines() -> None:
    assert identity("So it is.\nFinal answer: 4", "4") == ("key", "4")
    assert identity("  Ｏne \t way \n\n\n  to go ", "") == ("text", "One way\nto go")


def test_only_an_identity_of_a_short_answer_has_a_key() -> None:
    assert has_key(("key", "4")) is True
    assert has_key(("text", "4")) is False


def test_a_text_of_up_to_a_million_characters_is_normalised_and_a_longer_one_taken_as_it_stands() -> None:
    long = "x" * 999_999 + " "
    assert identity(long, "") == ("text", "x" * 999_999)
    assert identity(long + " ", "") == ("text", long + " ")
    assert identity(long + " ", "4") == ("key", "4")


def test_equal_answers_are_one_candidate_in_the_place_of_the_earliest() -> None:
    answers = [
        _answer("ann", "agent1.1", "One way.\nFinal answer: 4"),
        _answer("bob", "agent2.1", "Prose."),
        _answer("cid", "agent3.1", "Another way.\nFinal answer: 4.0"),
        _answer("ann", "agent1.2", "A third way.\nFinal answer: 4", version=2),
        _answer("bob", "agent2.2", "Other prose.", version=2),
    ]
    assert merged(answers, {each.label: identity(each.text, each.key) for each in answers}) == (
        Candidate(
            candidate="867045dec50e",
            label="agent1.1",
            members=("agent1.1", "agent3.1", "agent1.2"),
            supporters=("ann", "cid"),
        ),
        Candidate(candidate="204aa599a788", label="agent2.1", members=("agent2.1",), supporters=("bob",)),
        Candidate(candidate="f0c56bba6694", label="agent2.2", members=("agent2.2",), supporters=("bob",)),
    )


def test_the_id_of_a_candidate_is_a_short_hash_of_author_and_version() -> None:
    assert candidate_id("ann", 1) == "867045dec50e"
    assert len({candidate_id(*each) for each in (("ann", 1), ("ann", 2), ("ann1", 1), ("bob", 1))}) == 4


def test_no_answers_make_no_candidates() -> None:
    assert merged([], {}) == ()


# -- what merely resembles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("a b c", "C  b\nA a", 1.0),
        ("a b c", "c d e", 0.2),
        ("a b", "c d", 0.0),
        ("a", "", 0.0),
        ("", "a", 0.0),
        ("", " ", 1.0),
        ("a b c d", "a b", 0.5),
    ],
)
def test_resemblance_is_the_share_of_the_words_that_both_texts_have(one: str, other: str, overlap: float) -> None:
    assert resembles(one, other) == overlap
