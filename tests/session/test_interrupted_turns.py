"""The views of a turn that one program began and another ended."""

import asyncio
from pathlib import Path

from massgen.events import (
    AnswerSubmitted,
    CallFailed,
    CallStarted,
    RetryScheduled,
    SessionStarted,
    TurnEnded,
    TurnResumed,
    TurnStarted,
)
from massgen.messages import Problem, TextDelta
from massgen.session.artifacts import Artifacts
from massgen.session.reading import read, spell
from massgen.session.saved import Saved
from massgen.session.turns import history
from tests.session.playing import play
from tests.session.scene import BEGAN, records, session_started

OUTAGE = Problem(kind="network", text="The line went dead.")
BEGUN = records(
    session_started(),
    TurnStarted(turn=1, question="Why?", agents=("ann", "bob"), seed="s"),
    CallStarted(agent="ann", call=1, stage="draft"),
    CallStarted(agent="bob", call=1, stage="draft"),
    CallFailed(agent="bob", call=1, problem=OUTAGE, consequence="retried"),
    RetryScheduled(agent="bob", call=1, attempt=2, problem=OUTAGE, wait_s=1.0),
    AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="Because it is."),
    CallStarted(agent="bob", call=2, stage="draft", attempt=2),
)


def die(session: Path) -> None:
    """A program that dies while bob speaks for the second time; what streamed is on disk."""
    artifacts = Artifacts(session, logging_enabled=True)
    for record in BEGUN:
        artifacts.record(record)
        match record.event:
            case CallStarted(agent="ann"):
                artifacts.stream("ann", 1, TextDelta("Because it is."))
            case CallStarted(agent="bob", call=1):
                artifacts.stream("bob", 1, TextDelta("I thi"))
            case CallStarted(agent="bob", call=2):
                artifacts.stream("bob", 2, TextDelta("Half of\nan answer"))
            case _:
                pass
    artifacts.settle()


def left(session: Path) -> Saved:
    """What the log of that program holds."""
    log = session / "events.jsonl"
    log.write_bytes(b"".join(map(spell, BEGUN)))
    return read(log).saved


def text_of(session: Path, agent: str) -> str:
    return (session / "turn_1" / "agent_outputs" / f"{agent}.txt").read_text("utf-8")


def test_what_a_dead_program_had_heard_is_in_the_files_of_a_turn_that_is_dropped(session: Path) -> None:
    die(session)
    again = Artifacts(session, logging_enabled=True, earlier=left(session))
    again.restore()
    play(again, records(session_started(), TurnEnded(turn=1, outcome="cancelled", because="dropped"), first=9))

    assert text_of(session, "ann") == (
        "ann · gpt-5 (OpenAI) · turn 1\n\n━━ Answer agent1.1 · 14:30:28 ━━\n\nBecause it is.\n"
    )
    assert text_of(session, "bob") == (
        "bob · gemini-2.5-flash (Gemini) · turn 1\n\n"
        "━━ Failed · 14:30:26 ━━\n\nThe line went dead.\n\n"
        "━━ Partial, not submitted ━━\n\nI thi\n\n"
        "━━ Partial, not submitted ━━\n\nHalf of\nan answer\n"
    )


def test_a_turn_that_goes_on_streams_into_the_same_files(session: Path) -> None:
    die(session)
    again = Artifacts(session, logging_enabled=True, earlier=left(session))
    rest = (
        session_started(),
        TurnResumed(turn=1),
        CallStarted(agent="bob", call=3, stage="draft", attempt=3),
        AnswerSubmitted(agent="bob", call=3, label="agent2.1", version=1, text="An answer."),
        TurnEnded(turn=1, outcome="answered"),
    )
    for record in records(*rest, first=9):
        again.record(record)
        if isinstance(record.event, CallStarted):
            again.stream("bob", 3, TextDelta("An answer."))
            again.settle()
            assert text_of(session, "bob").endswith("━━ Draft · call 3 · 14:30:32 ━━\n\nAn answer.")
    asyncio.run(again.flush())

    assert text_of(session, "bob") == (
        "bob · gemini-2.5-flash (Gemini) · turn 1\n\n"
        "━━ Failed · 14:30:26 ━━\n\nThe line went dead.\n\n"
        "━━ Partial, not submitted ━━\n\nI thi\n\n"
        "━━ Answer agent2.1 · 14:30:33 ━━\n\nAn answer.\n\n"
        "━━ Partial, not submitted ━━\n\nHalf of\nan answer\n"
    )


def test_the_time_in_which_no_program_ran_is_not_the_turn_s() -> None:
    rest = (
        SessionStarted(format=1, massgen="0.1.0", session="s", config="", agents=()),
        TurnResumed(turn=1),
        TurnEnded(turn=1, outcome="answered"),
    )
    told = [*BEGUN, *records(*rest, first=1000)]
    assert [each.at - BEGAN for each in told[-3:]] == [999.0, 1000.0, 1001.0]
    [turn] = history(told).turns
    assert turn.seconds == 7.0
