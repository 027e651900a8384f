"""What a list says of a session, from the two ends of its log."""

import zlib
from pathlib import Path

import pytest

from massgen.events import AnswerSubmitted, ConversationCleared, Event, TurnStarted
from massgen.session.glance import Glance, State, glance
from massgen.session.log import open_log
from massgen.session.reading import spell
from massgen.session.records import decode, encode
from tests.session.scene import first_turn, records, session_started, two_turns


def write(session: Path, *events: Event, more: bytes = b"") -> None:
    """Put a log with these events, and then these bytes, into a session."""
    lines = b"".join(spell(decode(encode(each))) for each in records(*events))
    (session / "events.jsonl").write_bytes(lines + more)


def asked(question: str) -> TurnStarted:
    """The beginning of a turn."""
    return TurnStarted(turn=1, question=question, agents=("ann",), seed="s")


def test_a_session_is_told_by_its_turns_its_first_question_and_its_last_record(session: Path) -> None:
    told = two_turns()
    write(session, *(each.event for each in told))

    assert glance(session) == Glance(
        session=session.name, turns=2, question="What is machine learning?", used=told[-1].at
    )


def test_what_follows_a_turn_does_not_open_it_again(session: Path) -> None:
    write(session, session_started(), *first_turn(), ConversationCleared(after_turn=1), session_started())

    assert (glance(session).turns, glance(session).state) == (1, "")


@pytest.mark.parametrize("length", range(1, len(first_turn())))
def test_a_turn_without_its_end_is_interrupted(session: Path, length: int) -> None:
    write(session, session_started(), *first_turn()[:length])

    assert (glance(session).turns, glance(session).state) == (1, "interrupted")


def test_a_half_written_end_belongs_to_the_interruption(session: Path) -> None:
    write(session, session_started(), *first_turn()[:5], more=b'0badcafe {"v":1,"se')

    assert glance(session).state == "interrupted"


def test_a_session_that_is_open_is_in_use(session: Path) -> None:
    write(session, session_started(), *first_turn())
    log, _ = open_log(session / "events.jsonl")
    assert glance(session).state == "in use"
    log.close()
    assert glance(session).state == ""


@pytest.mark.parametrize("place", [0, -2])
def test_damage_near_either_end_is_seen(session: Path, place: int) -> None:
    write(session, session_started(), *first_turn(), session_started())
    path = session / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[place] = b"!" + lines[place][1:]
    path.write_bytes(b"".join(lines))

    assert glance(session).state == "damaged"


def test_a_log_of_another_version_is_called_one(session: Path) -> None:
    write(session, session_started(), *first_turn())
    path = session / "events.jsonl"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    json = first[9:-1].replace(b'"v":1', b'"v":2')
    path.write_bytes(b"%08x %b\n" % (zlib.crc32(json), json) + b"".join(rest))

    assert glance(session).state == "of another version"


def test_a_line_that_says_more_of_itself_than_we_know_is_a_line(session: Path) -> None:
    write(session, session_started(), *first_turn())
    path = session / "events.jsonl"
    lines = path.read_bytes().splitlines()
    json = [line[9:].replace(b'"v":1', b'"v":1,"more":true') for line in lines]
    path.write_bytes(b"".join(b"%08x %b\n" % (zlib.crc32(each), each) for each in json))

    assert (glance(session).turns, glance(session).question) == (1, "What is machine learning?")


def test_the_last_turn_is_found_behind_long_texts(session: Path) -> None:
    started = first_turn()[0]
    long = AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="x" * 100_000)
    write(session, session_started(), started, long, long)

    assert (glance(session).turns, glance(session).state) == (1, "interrupted")


def test_where_the_end_of_the_log_tells_of_no_turn_its_directories_are_counted(session: Path) -> None:
    started = first_turn()[0]
    long = AnswerSubmitted(agent="ann", call=1, label="agent1.1", version=1, text="x" * 1_100_000)
    write(session, session_started(), started, long)
    for name in ("turn_1", "turn_2"):
        (session / name).mkdir()
    (session / "turn_3").touch()

    assert glance(session).turns == 2


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts what a process reads")
def test_a_long_log_is_not_read(session: Path) -> None:
    write(session, session_started(), *first_turn(), *(each for _ in range(250) for each in first_turn()))
    path = session / "events.jsonl"
    assert path.stat().st_size > 1_000_000

    before = characters_read()
    glance(session)
    assert characters_read() - before < 40_000


def characters_read() -> int:
    """How many bytes this process has asked the system for."""
    return int(Path("/proc/self/io").read_text().split()[1])


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


@pytest.mark.parametrize(
    ("log", "state"), [(b"", ""), (b"\x00\xff\n", "damaged"), (b"00000000 {}\n", "damaged"), (b"x", "damaged")]
)
def test_a_log_that_cannot_be_read_is_a_session_all_the_same(session: Path, log: bytes, state: State) -> None:
    (session / "events.jsonl").write_bytes(log)

    assert glance(session) == Glance(session=session.name, turns=0, question="", state=state)
    assert (session / "events.jsonl").read_bytes() == log


def test_what_stands_behind_the_question_is_not_looked_at(session: Path) -> None:
    write(session, session_started(), asked("Why?"), more=b"damage\n")

    assert glance(session).question == "Why?"


def test_a_session_without_a_log_is_no_error(session: Path) -> None:
    assert glance(session) == Glance(session=session.name, turns=0, question="", state="unreadable")
