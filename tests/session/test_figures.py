"""What a turn costs on disk and in memory, counted on real turns; `benchmarks/sessions.py` measures time."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import sessions
from massgen.events import CallStarted, RetryScheduled, TurnStarted, UsageCounted
from massgen.session.artifacts import Artifacts
from massgen.session.reading import read
from massgen.session.store import LOG_NAME


def asked(directory: Path, turns: int, after: Callable[[], None] = lambda: None) -> Path:
    """A session of so many turns; `after` looks on after each of them."""
    directory.mkdir()
    talk = sessions.chat(directory)
    questions = [f"Question {number}" for number in range(1, turns + 1)]

    async def ask() -> None:
        await sessions.ask(talk, *questions, after=after)
        await talk.aclose()

    asyncio.run(ask())
    assert talk.session is not None
    return talk.session.directory


def test_a_turn_leaves_at_most_twelve_files_and_three_times_its_text(tmp_path: Path) -> None:
    session = asked(tmp_path / "sessions", 4)
    files, said = sessions.on_disk(session), sessions.the_text(read(session / LOG_NAME).records)
    assert len(files) <= 2 + 4 * 10
    assert sum(files.values()) <= 3 * said


def test_a_turn_is_written_as_seldom_as_somebody_sees_something_new(tmp_path: Path) -> None:
    """Three drafts, the ballot, three votes, the presentation and the end; what only counts rides along."""
    session = asked(tmp_path / "sessions", 1)
    batches: list[list[object]] = [[]]
    for line, record in zip(
        (session / LOG_NAME).read_bytes().splitlines(), read(session / LOG_NAME).records, strict=True
    ):
        batches[-1].append(record.event)
        if b'"more":true' not in line[:40]:
            batches.append([])
    synced = [
        [type(event).__name__ for event in batch]
        for batch in batches
        if not all(isinstance(event, CallStarted | RetryScheduled | UsageCounted) for event in batch)
    ]
    assert [each[0] for each in synced] == [
        "SessionStarted",
        "TurnStarted",
        *["AnswerSubmitted"] * 3,
        *["VoteCast"] * 3,
        "PresentationEnded",
    ]
    assert (synced[-1][0], synced[-1][-1]) == ("PresentationEnded", "TurnEnded")


@pytest.mark.slow
def test_a_chat_of_many_turns_keeps_what_was_asked_and_answered(tmp_path: Path) -> None:
    """Twice the conversation: once to tell it to the models, once as the summary says it."""
    kept: list[int] = []

    def look() -> None:
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        asked(tmp_path / "sessions", 200, look)
    finally:
        tracemalloc.stop()
    final = len(sessions.text("Final answer of ann to “Question 100”").encode())
    slope = (kept[199] - kept[49]) / 150
    assert slope < 4 * final


def test_the_files_of_a_session_are_made_anew_turn_by_turn(tmp_path: Path) -> None:
    """A summary that grew with its session is the one that is made of all of it at once."""
    session = asked(tmp_path / "sessions", 3)
    summary = (session / "SESSION_SUMMARY.txt").read_text("utf-8")
    (session / "SESSION_SUMMARY.txt").unlink()
    held = read(session / LOG_NAME)
    Artifacts(session, logging_enabled=False, zone=sessions.now().tzinfo, earlier=held.saved).restore()
    assert (session / "SESSION_SUMMARY.txt").read_text("utf-8") == summary
    assert [*held.saved.only(TurnStarted)] == [each for each in held.records if isinstance(each.event, TurnStarted)]
