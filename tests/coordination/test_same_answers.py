"""When two answers are the same, and how long it may take to tell."""

import time

import pytest

from massgen.ballots import Shown
from massgen.coordination.candidates import identity, key_of
from massgen.coordination.replies import Choice, Unclear, draft_text, read
from massgen.coordination.signals import Reply
from massgen.messages import ToolCall

SHOWN = (Shown(label="answer1", candidate="a"), Shown(label="answer2", candidate="b"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("So it is.\nFinal answer: 4", "4"),
        ("Final answer: 4.", "4"),
        ("**Final answer:** 4.0", "4"),
        ("**Final answer**: +04.50", "4.5"),
        ("- Final answer: .5", "0.5"),
        ("> final ANSWER : -0.0", "0"),
        ("Final answer: $\\boxed{42}$", "42"),
        ("Final answer: “The  Moon”.", "the moon"),
        ("Final answer: １２", "12"),
        ("Final answer: 1,000", "1,000"),
        ("Final answer:", ""),
        ("The final answer: 4", ""),
        ("Final answer: 4\nI hope this helps.", ""),
        ("", ""),
        ("Final answer: " + "x" * 600, ""),
        ("Final answer: 12345678901234567890123456789012345", "12345678901234567890123456789012345"),
        ("Final answer: 12345678901234567890123456789012346", "12345678901234567890123456789012346"),
    ],
)
def test_the_short_answer_is_the_last_line_in_one_spelling(text: str, key: str) -> None:
    assert key_of(text) == key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a  b\n\n c", "a b\nc", True),
        ("A b", "a b", False),
        ("One way.\nFinal answer: 4", "Another way.\nFinal answer: 4.0", True),
        ("One way.\nFinal answer: 4", "One way.\nFinal answer: 5", False),
        ("So it is.\nFinal answer: 4", "So it is. Final answer: 4", False),
    ],
)
def test_answers_are_the_same_by_their_short_answer_or_by_their_lines(one: str, other: str, same: bool) -> None:
    assert (identity(one, key_of(one)) == identity(other, key_of(other))) is same


@pytest.mark.parametrize(
    "hostile",
    [
        "Final answer: x" + " " * 200_000 + "y",
        "Final answer: " + "9" * 2_000_000,
        "Final answer: " + "\\boxed{" * 100_000,
        " " * 400_000,
        "." * 400_000,
        "\n" * 400_000,
    ],
    ids=["blanks", "digits", "boxes", "blank", "dots", "lines"],
)
def test_no_answer_takes_long_to_compare_or_to_read(hostile: str) -> None:
    began = time.process_time()
    identity(hostile, key_of(hostile))
    read(Reply(text=hostile), SHOWN, may_write=True, last_chance=True)
    assert time.process_time() - began < 2.0, "10 s and more with patterns that backtrack, 0.2 s without"


@pytest.mark.parametrize("text", ["answer2", "**answer2**", "Well then:\n\n> `Answer2`.\n", "(answer2)"])
def test_a_label_alone_on_a_line_is_read_as_a_vote_in_the_end(text: str) -> None:
    said = read(Reply(text=text), SHOWN, may_write=False, last_chance=True)
    assert said == Choice(first="b", also=(), reason="", from_prose=True)


@pytest.mark.parametrize("text", ["answer3", "answer1\nanswer2", "I like answer2.", ""])
def test_prose_without_one_label_alone_stays_unclear(text: str) -> None:
    assert isinstance(read(Reply(text=text), SHOWN, may_write=False, last_chance=True), Unclear)


def test_a_made_up_label_is_repeated_only_in_part() -> None:
    call = ToolCall(id="c", name="vote", arguments={"agent_id": "x" * 100_000})
    said = read(Reply(text="", calls=(call,)), SHOWN, may_write=False, last_chance=False)
    label = "x" * 60
    assert said == Unclear(f"The vote cannot be counted: there is no '{label}'. The labels are answer1, answer2.")


def test_what_a_model_puts_into_new_answer_is_the_draft_and_not_its_preamble() -> None:
    call = ToolCall(id="c", name="new_answer", arguments={"content": "The real answer is 42."})
    assert draft_text(Reply(text="I will submit my answer now.", calls=(call,))) == "The real answer is 42."
