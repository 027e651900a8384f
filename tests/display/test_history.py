"""The history tells everything that happened, the same whoever asks and whenever."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from massgen.ballots import Score, Tally
from massgen.display.history import History, history
from massgen.display.keys import Key
from massgen.display.pager import Pager
from massgen.display.theme import ASCII, PLAIN, UNICODE, Theme, plain
from massgen.events import (
    AnswerSubmitted,
    BallotClosed,
    CallStarted,
    ConversationCleared,
    Event,
    PresentationEnded,
    Record,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UsageCounted,
    VoteCast,
    WinnerSelected,
)
from massgen.messages import Usage
from massgen.session import reading
from massgen.session.log import open_log
from tests.display.golden import check, drawn
from tests.display.scene import START, Scene
from tests.display.test_plain import eventful
from tests.helpers.payloads import PAYLOADS, acting

REASON = (
    "It names the trade-off (速さと正確さ) and gives an example that a reader can check; the other two only list terms."
)


def two_rounds() -> Scene:
    """Three drafts, a revision, a tie, a second round, and everything that is counted on the way."""
    scene = Scene("openai_agent_1", "gemini_agent_2", "エージェント三")
    ann, bob, cyd = scene.agents
    scene.asks(ann, bob, cyd).later(3)
    scene.tell(ToolStarted(agent=ann, call=1, id="1", name="read_file", arguments={"path": "src/認証.py"}))
    scene.tell(
        ToolEnded(agent=ann, call=1, id="1", name="read_file", text="class Login:\n    …", is_error=False), after=1
    )
    scene.tell(
        UsageCounted(
            agent=ann, call=1, usage=Usage(input_tokens=12_345, output_tokens=678), price=Decimal("0.02221125")
        )
    )
    scene.drafts(ann).retries(cyd, wait_s=4).later(4).asks(cyd).drafts(bob).later(2).drafts(cyd)
    scene.tell(UsageCounted(agent=bob, call=1, usage=None)).later(0.5)
    scene.opens().asks(ann, bob, cyd, stage="ballot").later(5)
    scene.votes(ann, cyd, reason=REASON).later(1).votes(bob, ann, reason="Short.").later(2).drafts(cyd)
    close(scene, 1, {ann: 1, cyd: 1, bob: 0})
    scene.opens(2).asks(ann, bob, stage="ballot").later(4)
    scene.tell(VoteCast(agent=cyd, ballot=2, call=3, first=f"c-{cyd}", how="standing"))
    scene.votes(ann, cyd, reason=REASON).later(0.5)
    scene.tell(
        VoteCast(
            agent=bob, ballot=2, call=3, first=f"c-{cyd}", also=(f"c-{ann}",), reason="Both are right.", how="prose"
        )
    )
    close(scene, 2, {cyd: 3, ann: 1, bob: 0})
    scene.tell(WinnerSelected(agent=cyd, label="agent3.2", because="ballot")).presents(cyd).later(3)
    used = Usage(input_tokens=2_000, cached_tokens=1_500, output_tokens=400, cost=Decimal("0.0051"))
    scene.tell(UsageCounted(agent=cyd, call=4, usage=used))
    return scene.ends(cyd, "The final answer.")


def close(scene: Scene, number: int, scores: dict[str, float]) -> None:
    counted = tuple(
        Score(candidate=f"c-{who}", score=score, firsts=score, supporters=1) for who, score in scores.items()
    )
    scene.tell(BallotClosed(number=number, tally=Tally(rule="approval", scores=counted), because="all_done"))


def stopped() -> Scene:
    scene = Scene("ann", "bob").asks("ann", "bob").later(1.5).drafts("bob").stops("ann", "cancelled")
    scene.tell(WinnerSelected(agent="bob", label="agent2.1", because="partial"))
    return scene.ends("bob", outcome="partial", because="cancelled")


def session(*scenes: Scene) -> list[Record]:
    """The records of several turns in one session, ten minutes apart, reset after the first."""
    started = SessionStarted(format=1, massgen="0.1", session="session_1", config="team.yaml", agents=())
    events: list[tuple[float, Event]] = [(START - 1, started)]
    for number, scene in enumerate(scenes, 1):
        for record in scene.records:
            event = record.event
            if isinstance(event, TurnStarted):
                event = TurnStarted(turn=number, question=event.question, agents=event.agents, seed="seed")
            events.append((record.at + 600 * (number - 1), event))
        if number == 1:
            events.append((scene.records[-1].at + 60, ConversationCleared(after_turn=1)))
    return [Record(seq=seq, at=at, event=event) for seq, (at, event) in enumerate(events, 1)]


@pytest.mark.parametrize("columns", [60, 100])
def test_a_turn_of_two_rounds_as_reviewed(columns: int) -> None:
    rows = history(two_rounds().records, columns=columns, theme=PLAIN)
    assert max(cell_len(plain(row)) for row in rows) <= columns
    check(f"history-{columns}-columns", drawn(rows))


def test_a_whole_session_turn_by_turn_as_reviewed() -> None:
    rows = history(session(eventful(), stopped()), columns=80, theme=PLAIN)
    check("history-session", drawn(rows))


def test_without_utf8_the_history_is_ascii() -> None:
    theme = Theme(symbols=ASCII, looks={}, encoding="ascii")
    text = drawn(history(two_rounds().records, columns=60, theme=theme))
    assert text.isascii()
    check("history-ascii", text)


def test_it_grows_to_the_same_as_it_is_afterwards() -> None:
    records = session(eventful(), two_rounds())
    growing = History(theme=PLAIN)
    for record in records:
        growing.record(record)
        growing.keep_up(70)
        growing.window(growing.last(10, 70), 10, 70)
    assert growing.whole(70) == history(records, columns=70, theme=PLAIN)


def test_it_is_the_same_for_a_session_read_from_disk(tmp_path: Path) -> None:
    records = session(two_rounds())

    async def write() -> None:
        log = open_log(tmp_path / "events.jsonl")[0]
        await log.append(records)
        log.close()

    asyncio.run(write())
    told = reading.read(tmp_path / "events.jsonl").records
    assert history(told, columns=80, theme=PLAIN) == history(records, columns=80, theme=PLAIN)


def test_a_window_is_a_part_of_the_whole_wherever_it_was_moved_to() -> None:
    told = History(theme=PLAIN, records=session(eventful(), stopped(), two_rounds()))
    whole = told.whole(60)
    place = told.first()
    for first in range(0, len(whole) - 1, 7):
        assert told.window(place, 11, 60) == whole[first : first + 11]
        place = told.moved(place, 7, 60)
    assert told.window(told.moved(place, 1_000, 60), 11, 60) == whole[-1:]
    place = told.last(11, 60)
    for first in range(len(whole) - 11, -1, -7):
        assert told.window(place, 11, 60) == whole[first : first + 11]
        place = told.moved(place, -7, 60)
    assert told.moved(place, -1_000, 60) == told.first()
    turn_3 = next(at for at, row in enumerate(whole) if plain(row).startswith("── Turn 3"))
    assert told.window(told.last_turn(), 9, 60) == whole[turn_3 : turn_3 + 9]


def test_it_says_where_a_window_is() -> None:
    told = History(theme=PLAIN, records=session(eventful(), stopped()))
    last, middle = told.last(8, 60), told.moved(told.first(), 30, 60)
    assert [told.where(place, 8, 60) for place in (told.first(), middle, told.last_turn(), last)] == [
        "turn 1 of 2",
        "turn 1 of 2 · Coordination Round 1 8-10 of 10",
        "turn 2 of 2",
        "turn 2 of 2 · Timeline 3-10 of 10",
    ]
    alone = History(theme=PLAIN, records=stopped().records)
    assert [alone.where(place, 8, 60) for place in (alone.first(), alone.last(8, 60))] == [
        "Turn 1",
        "Timeline 3-10 of 10",
    ]
    assert History(theme=PLAIN).where(told.first(), 8, 60) == ""


class Counting(Theme):
    """A theme that counts the texts that were laid out with it; a subclass because a test hands it in."""

    laid_out: ClassVar[list[int]] = [0]

    def sayable(self, text: str) -> str:
        self.laid_out[0] += 1
        return super().sayable(text)

    @classmethod
    def counted(cls) -> int:
        counted, cls.laid_out[0] = cls.laid_out[0], 0
        return counted


def long_session(events: int) -> list[Record]:
    """A few turns, the last of which used very many tools."""
    records = session(*[eventful()] * 20, stopped())
    for number in range(events - len(records)):
        used = ToolStarted(agent="ann", call=1, id=str(number), name="read_file", arguments={"path": f"{number}.py"})
        records.append(Record(seq=len(records) + 1, at=records[-1].at, event=used))
    return records


def test_of_a_long_history_only_the_window_is_laid_out() -> None:
    records = long_session(5_000)
    told = History(theme=Counting(symbols=UNICODE, looks={}), records=records[:-1])
    told.keep_up(100)
    Counting.counted()
    told.record(records[-1])
    told.keep_up(100)
    pager = Pager(told, theme=PLAIN, follows=True)
    assert plain(pager.rows(100, 40)[38]).endswith('4409.py"}')
    assert Counting.counted() < 3 * 40
    for name in ("page_up", "page_up", "up", "down", "page_down"):
        pager.press(Key(name=name))  # type: ignore[arg-type]  # these are names
        pager.rows(100, 40)
        assert Counting.counted() < 6 * 40
    pager.press(Key(name="home"))
    assert plain(pager.rows(100, 40)[0]).startswith("── Turn 1 ")
    assert Counting.counted() < 6 * 40


def test_a_turn_that_runs_is_told_as_far_as_it_is() -> None:
    scene = Scene("ann", "bob").asks("ann", "bob").later(2).drafts("ann")
    check("history-running", drawn(history(scene.records, columns=60, theme=PLAIN)))


def test_before_the_first_question_it_says_so() -> None:
    for records in ([], session()):
        assert drawn(history(records, columns=80, theme=PLAIN)) == (
            "Nothing has happened yet: the history begins with the first question.\n"
        )


def test_a_long_question_is_cut_and_says_so() -> None:
    start = TurnStarted(turn=1, question="\n".join(f"line {number}" for number in range(40)), agents=(), seed="")
    lines = drawn(history([Record(seq=1, at=START, event=start)], columns=60, theme=PLAIN)).splitlines()
    assert lines[1:3] + lines[12:14] == ["You: line 0", "     line 1", "     line 11", "     (28 more lines)"]


def test_a_turn_of_one_agent_has_no_rounds() -> None:
    scene = (
        Scene("ann").asks("ann").drafts("ann").wins("ann", "single_agent").later(2).ends("ann", "The answer of ann.")
    )
    text = drawn(history(scene.records, columns=60, theme=PLAIN))
    assert "Round" not in text
    assert "  Winner        ann with agent1.1, the only agent\n" in text


TEXT = (
    st.text(st.characters())
    | st.sampled_from(PAYLOADS)
    | st.text(st.sampled_from("日本😀👍🏽\u200d\ufe0f🇩🇪e\u0301\x1b\n "))
)


@settings(max_examples=100, deadline=None)
@given(
    agents=st.lists(TEXT, min_size=2, max_size=5, unique=True),
    text=TEXT,
    columns=st.integers(2, 130),
    theme=st.sampled_from((PLAIN, Theme(symbols=ASCII, looks={}, encoding="ascii"))),
)
def test_no_text_makes_a_row_too_wide_or_acts_on_the_terminal(
    agents: list[str], text: str, columns: int, theme: Theme
) -> None:
    first = agents[0]
    scene = Scene(*agents)
    scene.tell(TurnStarted(turn=1, question=text, agents=tuple(agents), seed=text))
    scene.tell(CallStarted(agent=first, call=1, stage="draft", because=text))
    scene.tell(ToolStarted(agent=first, call=1, id=text, name=text, arguments={text: text}))
    scene.tell(ToolEnded(agent=first, call=1, id=text, name=text, text=text, is_error=True)).drafts(*agents, text=text)
    scene.tell(AnswerSubmitted(agent=first, call=1, label=text, version=2, text=text, key=text))
    scene.opens().votes(agents[1], first, reason=text).fails(first, text=text).wins(first, votes=1)
    scene.tell(PresentationEnded(agent=first, label=text, text=text, source="stored", because=text))
    scene.tell(TurnEnded(turn=1, outcome="partial", because=text))
    rows = history(scene.records, columns=columns, theme=theme)
    assert [row for row in rows if cell_len(plain(row)) > columns or acting(plain(row)) or "\n" in plain(row)] == []
