"""The conversation is what got a final answer since the last reset, live and from the log alike."""

from dataclasses import replace

import pytest

from massgen.coordination.chance import fence
from massgen.events import (
    AnswerPromoted,
    Attached,
    CompactionFailed,
    CompactionStarted,
    ConversationChange,
    ConversationCleared,
    ConversationCompacted,
    FilesDelivered,
    PresentationEnded,
    TurnEnded,
    TurnStarted,
    TurnUndone,
)
from massgen.messages import TextDelta
from massgen.prompts.conversation import Exchange, summarised
from massgen.session.transcript import Transcript, conversation, last_turn
from tests.session.scene import first_turn, records, second_turn, session_started, two_turns


def test_a_reset_hides_the_turns_before_it() -> None:
    assert conversation(two_turns()) == (Exchange(question="And in Python?", answer="import sklearn"),)
    assert last_turn(two_turns()) == 2


def test_turns_without_a_final_answer_are_not_told_but_counted() -> None:
    told = records(
        session_started(),
        *first_turn(),
        TurnStarted(turn=2, question="And now?", agents=("ann",), seed="s"),
        TurnEnded(turn=2, outcome="failed", because="no agent answered"),
    )
    first = Exchange(question="What is machine learning?", answer="Machine learning is\n\n    learn(data)\n")
    assert (conversation(told), last_turn(told)) == ((first,), 2)


def test_an_answer_counts_from_its_presentation_even_if_the_program_died_then() -> None:
    told = records(session_started(), *first_turn()[:-1])
    assert [each.question for each in conversation(told)] == ["What is machine learning?"]


def test_a_second_answer_of_the_same_turn_replaces_the_first() -> None:
    again = PresentationEnded(agent="bob", label="agent2.1", text="Better.", source="presented")
    told = records(session_started(), *first_turn(), again)
    assert [each.answer for each in conversation(told)] == ["Better."]


def test_files_stay_with_their_question() -> None:
    start = TurnStarted(
        turn=1, question="What is it?", agents=("ann",), seed="s", attached=(Attached(path="a.txt", text="AAA"),)
    )
    answer = PresentationEnded(agent="ann", label="agent1.1", text="An A.", source="presented")
    [told] = conversation(records(session_started(), start, answer))
    assert (told.question, told.answer) == ("What is it?", "An A.")
    assert told.asked.endswith(f"<file1 {fence('s', 1)}>\nAAA\n</file1 {fence('s', 1)}>")


def test_a_promoted_answer_stands_and_the_files_of_the_other_do_not() -> None:
    delivered = FilesDelivered(turn=1, agent="bob", path="turn_1/workspace")
    promoted = AnswerPromoted(turn=1, agent="ann", label="agent1.1", text="Learning from data.")
    told = Transcript(records(session_started(), *first_turn(), delivered, promoted))
    assert [each.answer for each in told.exchanges] == ["Learning from data."]
    assert told.delivered == ""


def test_a_draft_of_a_turn_without_a_final_answer_can_be_promoted() -> None:
    told = records(
        session_started(),
        *first_turn()[:6],
        TurnEnded(turn=1, outcome="cancelled"),
        AnswerPromoted(turn=1, agent="ann", label="agent1.1", text="Learning from data."),
    )
    assert conversation(told) == (Exchange(question="What is machine learning?", answer="Learning from data."),)


def test_an_empty_session_has_nothing_to_tell() -> None:
    assert (conversation(()), last_turn(())) == ((), 0)


def test_the_live_transcript_says_the_same_after_every_record() -> None:
    told = two_turns()
    live = Transcript()
    for number, record in enumerate(told, start=1):
        live.record(record)
        live.stream("ann", 1, TextDelta("running"))
        assert (live.exchanges, live.turns) == (conversation(told[:number]), last_turn(told[:number]))


def test_a_resumed_transcript_goes_on() -> None:
    live = Transcript(two_turns())
    live.record(records(ConversationCleared(after_turn=2), first=99)[0])
    assert (live.exchanges, live.turns) == ((), 2)


COMPACTED = ConversationCompacted(through_turn=1, summary="In short.", agent="bob", because="asked")


def test_a_summary_stands_for_the_turns_up_to_its_own() -> None:
    live = Transcript(records(session_started(), *first_turn(), *second_turn(), COMPACTED))
    second = Exchange(question="And in Python?", answer="import sklearn")
    assert (live.exchanges, live.answered) == ((summarised(1, "In short."), second), (1, 2))
    live.record(records(replace(COMPACTED, through_turn=2, summary="Shorter."), first=99)[0])
    assert (live.exchanges, live.answered) == ((summarised(2, "Shorter."),), (2,))


def test_a_summary_that_was_only_tried_changes_nothing() -> None:
    tried = CompactionStarted(agent="bob", through_turn=1, tokens=100, because="limit")
    told = records(session_started(), *first_turn(), tried, CompactionFailed(agent="bob", reason="silent"))
    assert conversation(told) == conversation(records(session_started(), *first_turn()))


@pytest.mark.parametrize(
    "change",
    [TurnUndone(turn=1), AnswerPromoted(turn=1, agent="ann", label="agent1.1", text="Another.")],
    ids=["undone", "promoted"],
)
def test_a_turn_that_is_part_of_a_summary_is_not_changed_alone(change: ConversationChange) -> None:
    told = records(session_started(), *first_turn(), COMPACTED, change)
    assert conversation(told) == (summarised(1, "In short."),)
