"""What a reply counts for: the table of cases."""

import pytest

from massgen.ballots import Shown
from massgen.coordination.replies import Choice, Proposal, Unclear, draft_text, read
from massgen.coordination.signals import Reply
from massgen.messages import Json, ToolCall

SHOWN = (
    Shown(label="answer1", candidate="a"),
    Shown(label="answer2", candidate="b"),
    Shown(label="answer3", candidate="c"),
)
NEITHER = Unclear("The reply called neither tool. Call `vote` with one of the labels you were shown.")
NO_LABEL = Unclear(
    "The vote cannot be counted: `agent_id` is missing or is not text. The labels are answer1, answer2, answer3."
)
NO_CONTENT = Unclear("`content` is missing or is not text. Call `new_answer` with the whole answer, or `vote`.")
NOT_NOW = Unclear("No new answer is accepted now. Call `vote` with one of the labels you were shown.")


def _call(tool: str, **arguments: Json) -> ToolCall:
    return ToolCall(id="c", name=tool, arguments=arguments)


def _vote(**arguments: Json) -> ToolCall:
    return _call("vote", **arguments)


def _read(
    *calls: ToolCall, text: str = "", may_write: bool = True, last_chance: bool = False
) -> Choice | Proposal | Unclear:
    return read(Reply(text=text, calls=calls), SHOWN, may_write=may_write, last_chance=last_chance)


# -- votes -----------------------------------------------------------------------------------------------------------


def test_a_vote_names_the_best_what_else_is_acceptable_and_why() -> None:
    vote = _vote(agent_id="answer2", also_acceptable=["answer3", "answer1"], reason=" Clear. ")
    assert _read(vote) == Choice(first="b", also=("c", "a"), reason="Clear.")


@pytest.mark.parametrize("label", [" Answer2 ", "ANSWER2", "answer2\n"])
def test_a_label_is_read_in_any_case_and_with_blanks_around_it(label: str) -> None:
    assert _read(_vote(agent_id=label)) == Choice(first="b", also=(), reason="")


@pytest.mark.parametrize(
    ("given", "also"),
    [
        ([" Answer3 ", "answer1"], ("c", "a")),
        (["answer1", "answer1"], ("a",)),
        (["answer2", "answer1"], ("a",)),
        (["answer9", 7, None, "answer1"], ("a",)),
        ("answer1", ("a",)),
        (None, ()),
        (7, ()),
        ({"answer1": "answer1"}, ()),
    ],
)
def test_of_what_else_is_acceptable_each_label_counts_once_and_the_rest_is_passed_over(
    given: Json, also: tuple[str, ...]
) -> None:
    assert _read(_vote(agent_id="answer2", also_acceptable=given)) == Choice(first="b", also=also, reason="")


@pytest.mark.parametrize("reason", [None, 7, ["Clear."]])
def test_a_reason_that_is_not_text_is_none(reason: Json) -> None:
    assert _read(_vote(agent_id="answer2", reason=reason)) == Choice(first="b", also=(), reason="")


def test_of_several_votes_the_first_is_the_first_choice_and_the_others_are_acceptable() -> None:
    votes = (
        _vote(agent_id="answer3", also_acceptable=["answer1"], reason="Best."),
        _vote(agent_id="answer2", reason="Good, too."),
        _vote(agent_id="answer9"),
        _vote(agent_id="answer3"),
    )
    assert _read(*votes) == Choice(first="c", also=("b", "a"), reason="Best.")


def test_a_vote_and_an_answer_are_a_vote_even_when_it_cannot_be_counted() -> None:
    answer = _call("new_answer", content="Better.")
    assert _read(answer, _vote(agent_id="answer1")) == Choice(first="a", also=(), reason="")
    assert _read(answer, _vote()) == NO_LABEL


@pytest.mark.parametrize("agent_id", [None, "", " ", 2, ["answer2"], {"label": "answer2"}])
def test_a_vote_without_a_label_that_is_text_is_refused(agent_id: Json) -> None:
    assert _read(_vote(agent_id=agent_id)) == NO_LABEL


def test_a_vote_for_a_label_that_was_not_shown_is_refused_whatever_else_it_finds_acceptable() -> None:
    said = _read(_vote(agent_id="Answer9", also_acceptable=["answer1"]), _vote(agent_id="answer2"))
    assert said == Unclear(
        "The vote cannot be counted: there is no 'answer9'. The labels are answer1, answer2, answer3."
    )


# -- new answers -----------------------------------------------------------------------------------------------------


def test_a_new_answer_is_its_content() -> None:
    first, second = _call("new_answer", content="  Better.\n"), _call("new_answer", content="Best.")
    assert _read(first, second, text="I have a better one.") == Proposal("Better.")


@pytest.mark.parametrize("content", [None, "", " \n", 7, ["Better."]])
def test_a_new_answer_without_content_that_is_text_is_refused(content: Json) -> None:
    assert _read(_call("new_answer", content=content)) == NO_CONTENT


@pytest.mark.parametrize("content", ["Better.", None])
def test_a_new_answer_that_may_not_be_written_is_refused(content: Json) -> None:
    assert _read(_call("new_answer", content=content), may_write=False) == NOT_NOW


# -- prose -----------------------------------------------------------------------------------------------------------


def test_prose_is_refused_while_there_is_another_chance() -> None:
    assert _read(text="answer2") == NEITHER
    assert _read(_call("submit", agent_id="answer2"), text="answer2") == NEITHER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hm.\n[ANSWER2]\nYes.", Choice(first="b", also=(), reason="", from_prose=True)),
        ("answer2\nanswer2", Choice(first="b", also=(), reason="", from_prose=True)),
        ("answer2" + "." * 53, Choice(first="b", also=(), reason="", from_prose=True)),
        ("answer2" + "." * 54, NEITHER),
        ("answer1\nanswer2", NEITHER),
        ("answer9", NEITHER),
        ("XXanswer2XX", NEITHER),
    ],
)
def test_at_the_last_chance_a_line_of_up_to_60_characters_that_is_one_label_is_a_vote(
    text: str, said: Choice | Unclear
) -> None:
    assert _read(text=text, last_chance=True) == said


# -- drafts and presentations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "draft"),
    [
        ((), "The text."),
        ((_call("new_answer", content=" The answer. "),), "The answer."),
        ((_call("new_answer", content=7), _call("new_answer", content="The second.")), "The second."),
        ((_call("new_answer", content=" "),), "The text."),
        ((_call("submit", content="The answer."),), "The text."),
    ],
)
def test_a_draft_is_the_first_new_answer_with_content_or_else_the_text(calls: tuple[ToolCall, ...], draft: str) -> None:
    assert draft_text(Reply(text=" The text.\n", calls=calls)) == draft
