"""How long a conversation is taken to be, and which part of it a summary stands for."""

import asyncio
from collections.abc import Mapping

import pytest

from massgen.backends.demo import DemoBackend
from massgen.config.script import Script
from massgen.events import (
    AnswerSubmitted,
    CallStarted,
    ConversationCleared,
    Event,
    PresentationEnded,
    TurnEnded,
    TurnStarted,
    UsageCounted,
)
from massgen.messages import Usage
from massgen.orchestrator.fitting import Cut, Told, counted, cut, length, limit, needs, pieces, tokens
from massgen.orchestrator.team import Member, Team
from massgen.prompts.conversation import Exchange, summarised


def told(*sizes: int, summary: int = 0) -> Told:
    """A conversation whose turns are of so many tokens each, after a summary of three turns if it has any."""
    earlier = [summarised(3, "s" * 3 * summary)] if summary else []
    exchanges = [Exchange(question="", answer="x" * 3 * size) for size in sizes]
    first = 4 if summary else 1
    turns = [*([3] if summary else []), *range(first, first + len(sizes))]
    return Told(turns=tuple(turns), exchanges=(*earlier, *exchanges))


def turn(*, ann: int | None = 700, bob: int | None = None, answer: str = "") -> tuple[Event, ...]:
    """A turn in which the providers counted so many tokens for the first request, and more for the others."""

    def usage(number: int | None) -> Usage | None:
        return None if number is None else Usage(input_tokens=number, output_tokens=10)

    return (
        TurnStarted(turn=1, question="Why?", agents=("ann", "bob"), seed="s"),
        CallStarted(agent="ann", call=1, stage="draft"),
        UsageCounted(agent="ann", call=1, usage=usage(ann)),
        UsageCounted(agent="ann", call=1, usage=Usage(input_tokens=9_000)),
        AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="So."),
        UsageCounted(agent="bob", call=1, usage=usage(bob)),
        UsageCounted(agent="bob", call=2, usage=Usage(input_tokens=8_000)),
        PresentationEnded(agent="ann", label="agent1.1", text=answer, source="presented"),
        TurnEnded(turn=1, outcome="answered"),
    )


@pytest.mark.parametrize(
    ("text", "estimate"),
    [("", 0), ("a", 1), ("machine learning", 6), ("机器学习", 4), ("обучение", 6), ("🤖", 2), ("\ud800", 1)],
)
def test_a_token_is_three_bytes(text: str, estimate: int) -> None:
    assert tokens(text) == estimate


def test_the_first_count_of_an_agents_first_call_is_that_of_the_conversation() -> None:
    assert counted(turn(ann=700, bob=650)) == {"ann": 700, "bob": 650}
    assert counted((*turn(ann=1), *turn(ann=2))) == {"ann": 2}
    assert counted(turn(ann=None, bob=0)) == {"ann": 9_000}
    assert counted(()) == {}


def test_a_count_of_a_conversation_that_has_been_changed_since_is_none() -> None:
    assert counted((*turn(), ConversationCleared(after_turn=1))) == {}
    assert counted((ConversationCleared(after_turn=0), *turn())) == {"ann": 700}


def test_what_was_counted_is_believed_and_what_is_new_is_estimated() -> None:
    needed = needs(told(400, 100), "q" * 30, turn(ann=700, answer="x" * 300))
    assert (needed.estimated, needed.of("ann"), needed.of("bob"), needed.most) == (510, 810, 510, 810)


def test_a_count_that_is_more_than_the_text_can_be_is_of_several_requests_and_not_believed() -> None:
    assert needs(told(500), "", turn(ann=5_000)).of("ann") == 5_000
    assert needs(told(500), "", turn(ann=5_001)).of("ann") == 500


def test_the_limit_is_the_smallest_of_those_that_are_exceeded() -> None:
    needed = needs(told(700), "", ())
    assert limit(needed, {"ann": 1_001}, 0.7) is None
    assert limit(needed, {"ann": 999, "bob": 500, "cyd": 100_000}, 0.7) == 350
    assert limit(needed, {}, 0.7) is None


def test_the_last_two_turns_stay_word_for_word() -> None:
    conversation = told(3_000, 10, 20)
    assert cut(conversation) == Cut(
        through=1, oldest=conversation.exchanges[:1], kept=conversation.exchanges[1:], words=500
    )


@pytest.mark.parametrize(("room", "through"), [(30, 1), (29, 2), (19, 3), (0, 3)])
def test_as_many_of_them_stay_as_there_is_room_for(room: int, through: int) -> None:
    found = cut(told(3_000, 10, 20), room=room)
    assert found is not None
    assert (found.through, len(found.kept)) == (through, 3 - through)


def test_one_huge_turn_is_summarised_itself() -> None:
    found = cut(told(20_000))
    assert found is not None
    assert (found.through, found.kept, found.before) == (1, (), 20_000)


def test_an_earlier_summary_is_part_of_the_next_one() -> None:
    conversation = told(300, 20, 20, summary=100)
    found = cut(conversation)
    assert found is not None
    assert (found.through, found.oldest) == (4, conversation.exchanges[:2])


@pytest.mark.parametrize(
    "conversation", [told(), told(5_000), told(10, 20), told(10, 20, 20), told(10, 20, summary=5_000)], ids=repr
)
def test_what_a_summary_could_not_make_shorter_is_left_alone(conversation: Told) -> None:
    assert cut(conversation) is None


@pytest.mark.parametrize(("size", "room", "words"), [(600, 8_000, 100), (60_000, 8_000, 1_500), (60_000, 700, 350)])
def test_a_summary_has_room_by_what_it_stands_for_and_by_what_there_is(size: int, room: int, words: int) -> None:
    found = cut(told(size, 1, 1), room=room)
    assert found is not None
    assert found.words == words


def test_texts_are_read_in_portions_and_nothing_of_them_is_lost() -> None:
    texts = [("user1", "a" * 30), ("assistant1", "b" * 90), ("user2", ""), ("assistant2", "c" * 6)]
    assert pieces(texts, 100) == [texts]
    assert pieces(texts, 20) == [
        [("user1", "a" * 30), ("assistant1", "b" * 30)],
        [("assistant1", "b" * 60), ("user2", "")],
        [("assistant2", "c" * 6)],
    ]
    assert pieces((), 20) == [[]]


def test_a_text_that_fits_into_a_portion_is_not_cut_in_two() -> None:
    assert pieces([("user1", "a" * 30), ("assistant1", "b" * 45)], 20) == [
        [("user1", "a" * 30)],
        [("assistant1", "b" * 45)],
    ]


def test_a_text_that_is_too_long_to_be_quoted_is_quoted_in_pieces() -> None:
    [portion] = pieces([("user1", "a" * 450_000)], 1_000_000)
    assert [len(text) for _, text in portion] == [200_000, 200_000, 50_000]


def test_the_length_of_a_conversation_is_that_of_its_texts() -> None:
    assert length([Exchange(question="abc", answer="defghi")]) == 3


@pytest.mark.parametrize(("needed", "windows"), [(999, {"ann": 4_000}), (1_000, {"ann": 4_000, "bob": 8_000})])
def test_lists_are_opened_only_for_what_could_come_near_a_limit(needed: int, windows: Mapping[str, int]) -> None:
    async def listed() -> int:
        return 8_000

    silent = DemoBackend("nobody", Script(words_per_second=0, repeat=True, agents={}))
    members = {
        "ann": Member(backend=silent, window=4_000, listed_window=listed),
        "bob": Member(backend=silent, listed_window=listed),
        "cyd": Member(backend=silent),
    }
    assert asyncio.run(Team(agents=tuple(members), members=members).windows(needed)) == windows
