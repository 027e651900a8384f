"""A damaged log is repaired: what can be kept is kept, what is lost is said, and the damaged file stays."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import (
    ConversationCleared,
    Event,
    FilesDelivered,
    SessionRepaired,
    TurnEnded,
    TurnStarted,
    TurnUndone,
)
from massgen.session import reading
from massgen.session.log import open_log
from massgen.session.reading import read, spell
from massgen.session.repairing import Found, examine, repair, taken
from massgen.session.transcript import conversation
from massgen.session.turns import history
from tests.session.scene import first_turn, records, second_turn, session_started

AT = 1736350000.0


def turn(number: int, question: str = "Why?") -> Sequence[Event]:
    """A turn of three records."""
    return (
        TurnStarted(turn=number, question=question, agents=("ann",), seed="s"),
        FilesDelivered(turn=number, agent="ann", path=f"turn_{number}/workspace"),
        TurnEnded(turn=number, outcome="answered"),
    )


def write(session: Path, *events: Event) -> list[bytes]:
    """Put a log with these events into a session; returns its lines."""
    lines = [spell(each) for each in records(*events)]
    (session / "events.jsonl").write_bytes(b"".join(lines))
    return lines


def look(path: Path) -> Found:
    """What a look at the log finds."""
    with taken(path) as opened:
        return examine(opened, path)


def repaired(session: Path, log: bytes) -> tuple[Event, ...]:
    """Damage the log of a session so and repair it; its events then. The damaged bytes stay beside it."""
    path = session / "events.jsonl"
    path.write_bytes(log)
    with taken(path) as opened:
        aside = repair(path, examine(opened, path), at=AT)
    assert aside.read_bytes() == log
    assert (path.stat().st_mode & 0o777, aside.name) == (0o600, "events.jsonl.damaged-1")
    whole = read(path)
    assert whole.torn == b""
    return tuple(each.event for each in whole.records)


def flipped(lines: Sequence[bytes], *places: int) -> bytes:
    """The log with one byte changed in each of these lines."""
    return b"".join(b"!" + line[1:] if place in places else line for place, line in enumerate(lines))


def test_of_a_log_with_a_damaged_turn_everything_else_is_kept(session: Path) -> None:
    events = (session_started(), *turn(1), *turn(2), *turn(3), TurnUndone(turn=1), *turn(4))
    lines = write(session, *events)

    assert repaired(session, flipped(lines, 4)) == (
        session_started(),
        *turn(1),
        FilesDelivered(turn=2, agent="ann", path="turn_2/workspace"),
        *turn(3),
        TurnUndone(turn=1),
        *turn(4),
        SessionRepaired(lost="Turn 2 could not be read."),
    )


def test_of_a_turn_that_breaks_off_the_beginning_is_kept(session: Path) -> None:
    lines = write(session, session_started(), *first_turn(), *second_turn())
    kept = repaired(session, flipped(lines, 10))

    second = records(*second_turn())
    assert kept == (
        session_started(),
        *first_turn()[:9],
        *(each.event for each in second),
        SessionRepaired(lost="Of turn 1 only a part could be read."),
    )


def test_what_was_changed_between_turns_is_never_undone_by_a_repair(session: Path) -> None:
    lines = write(session, session_started(), *turn(1), *turn(2), ConversationCleared(after_turn=2), *turn(3))

    assert ConversationCleared(after_turn=2) in repaired(session, flipped(lines, 5, 6, 8))


def test_bytes_that_were_put_between_two_records_cost_nothing(session: Path) -> None:
    events = (session_started(), *turn(1), *turn(2))
    lines = write(session, *events)
    lines.insert(3, b"conflicted copy\n")

    assert repaired(session, b"".join(lines)) == (
        *events,
        SessionRepaired(lost="No record is missing: what stood between them was none."),
    )


def test_records_that_stand_there_twice_are_kept_once(session: Path) -> None:
    events = (session_started(), *turn(1), *turn(2))
    lines = write(session, *events)

    assert repaired(session, b"".join((*lines, *lines[1:4])))[:-1] == events


@pytest.mark.parametrize(
    ("damaged", "lost"),
    [
        ((4,), "Turn 2 could not be read."),
        ((4, 10), "Turns 2 and 4 could not be read."),
        ((1, 4, 7, 13), "Turns 1 to 3 and 5 could not be read."),
        ((3,), "Of turn 1 only a part could be read."),
        ((3, 4, 10), "Of turn 1 only a part could be read. Turns 2 and 4 could not be read."),
        ((0,), "1 record between the turns could not be read."),
    ],
)
def test_what_is_lost_is_a_sentence(session: Path, damaged: tuple[int, ...], lost: str) -> None:
    lines = write(session, session_started(), *turn(1), *turn(2), *turn(3), *turn(4), *turn(5), *turn(6))

    assert repaired(session, flipped(lines, *damaged))[-1] == SessionRepaired(lost=lost)


def test_half_of_what_happened_at_once_is_not_kept(session: Path) -> None:
    lines = write(session, session_started(), *turn(1), *turn(2), *turn(3))
    json = lines[4][9:-1].replace(b'"v":1', b'"v":1,"more":true')
    lines[4] = b"%08x %b\n" % (zlib.crc32(json), json)

    assert repaired(session, flipped(lines, 5))[-1] == SessionRepaired(lost="Turn 2 could not be read.")


def test_a_second_repair_keeps_both_damaged_files(session: Path) -> None:
    path = session / "events.jsonl"
    (session / "events.jsonl.damaged-1").symlink_to("nowhere")
    path.write_bytes(flipped(write(session, session_started(), *turn(1), *turn(2)), 2))
    with taken(path) as opened:
        assert repair(path, examine(opened, path), at=AT).name == "events.jsonl.damaged-2"


@pytest.mark.parametrize("log", [b"", b"torn", None], ids=["empty", "torn", "whole"])
def test_what_is_not_damaged_is_found_to_be_so(session: Path, log: bytes | None) -> None:
    lines = write(session, session_started(), *turn(1))
    whole = b"".join(lines)
    path = session / "events.jsonl"
    path.write_bytes(whole if log is None else whole + log if log else log)

    found = look(path)
    assert (found.is_damaged, found.torn) == (False, 4 if log == b"torn" else 0)


@pytest.mark.parametrize("place", [0, 4])
def test_another_version_is_left_to_the_one_that_knows_it(session: Path, place: int) -> None:
    path = session / "events.jsonl"
    lines = write(session, session_started(), *turn(1), *turn(2))
    json = lines[place][9:-1].replace(b'"v":1', b'"v":2')
    lines[place] = b"%08x %b\n" % (zlib.crc32(json), json)
    path.write_bytes(b"".join(lines))

    with pytest.raises(SessionError) as refused:
        look(path)
    assert str(refused.value) == (
        f"{path} was written by another version of MassGen: format 2, this version reads format 1"
    )


def test_a_session_in_use_is_refused(session: Path) -> None:
    path = session / "events.jsonl"
    write(session, session_started())
    log, _ = open_log(path)
    with pytest.raises(SessionError) as refused:
        look(path)
    log.close()
    assert "is in use by another massgen (process " in str(refused.value)


@pytest.mark.parametrize("step", [17, pytest.param(3, marks=pytest.mark.slow)])
def test_a_flipped_byte_is_repaired_or_was_no_damage(session: Path, step: int) -> None:
    events = (session_started(), *turn(1), *turn(2), TurnUndone(turn=1), *turn(3))
    whole = b"".join(write(session, *events))
    path = session / "events.jsonl"
    for place in range(0, len(whole), step):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with taken(path) as opened:
            found = examine(opened, path)
            assert [each for each in map(_event, found.kept) if each not in events] == []
            if found.is_damaged:
                repair(path, found, at=AT)
        kept = reading.read(path)
        assert len(history(kept.entries).turns) >= 2
        conversation(kept.records)
        for aside in session.glob("events.jsonl.damaged-*"):
            aside.unlink()


def _event(entry: object) -> object:
    return getattr(entry, "event", None) or getattr(getattr(entry, "record", None), "event", None)
