"""What a list says of a session, from the first records of its log and the names of its directories."""

from pathlib import Path

import pytest

from massgen.events import Event, TurnStarted
from massgen.session.glance import Glance, glance
from massgen.session.reading import spell
from massgen.session.records import decode, encode
from tests.session.scene import first_turn, records, session_started


def write(session: Path, *events: Event, more: bytes = b"") -> None:
    """Put a log with these events, and then these bytes, into a session."""
    lines = b"".join(spell(decode(encode(each))) for each in records(*events))
    (session / "events.jsonl").write_bytes(lines + more)


def asked(question: str) -> TurnStarted:
    """The beginning of a turn."""
    return TurnStarted(turn=1, question=question, agents=("ann",), seed="s")


def test_a_session_is_told_by_its_turns_and_its_first_question(session: Path) -> None:
    write(session, session_started(), *first_turn())
    for name in ("turn_1", "turn_2"):
        (session / name).mkdir()
    (session / "turn_3").touch()

    assert glance(session) == Glance(session=session.name, turns=2, question="What is machine learning?")


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("Why?\n\n  And \x1b[31mhow?", "Why? And ␛[31mhow?"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_question_is_one_short_line(session: Path, question: str, shown: str) -> None:
    write(session, session_started(), asked(question))

    assert glance(session).question == shown


@pytest.mark.parametrize("log", [b"", b"\x00\xff\n", b"00000000 {}\n"])
def test_a_log_that_cannot_be_read_is_a_session_all_the_same(session: Path, log: bytes) -> None:
    (session / "events.jsonl").write_bytes(log)

    assert glance(session) == Glance(session=session.name, turns=0, question="")
    assert (session / "events.jsonl").read_bytes() == log


def test_what_stands_behind_the_question_is_not_looked_at(session: Path) -> None:
    write(session, session_started(), asked("Why?"), more=b"damage\n")

    assert glance(session).question == "Why?"


def test_a_session_without_a_log_is_no_error(session: Path) -> None:
    assert glance(session) == Glance(session=session.name, turns=0, question="")
