"""What a log says is read as far as it is beyond doubt; what a death leaves is told from damage."""

import os
import zlib
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import Record, SessionStarted, ToolStarted, TurnStarted
from massgen.session.log import open_log
from massgen.session.reading import last_start, read, spell
from tests.session.scene import TEAM, growing, records, session_started, two_turns

THREE = records(*islice(growing(), 3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_a_torn_tail_is_recovered_at_every_byte(path: Path) -> None:
    lines = [spell(record) for record in THREE]
    whole = b"".join(lines)
    ends = [0, len(lines[0]), len(lines[0] + lines[1]), len(whole)]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = sum(1 for end in ends[1:] if end <= length)
        held = read(path)
        assert (held.entries, held.last_seq, held.size) == (THREE[:kept], kept, ends[kept])
        assert held.torn == whole[ends[kept] : length]
        assert path.read_bytes() == whole[:length]


@pytest.mark.parametrize("last", [b"", b'1234 {"v":1,"se', b"\0" * 512, b"12345678 {\0" + b"\0" * 64])
def test_an_unfinished_batch_is_torn_with_whatever_stands_behind_it(path: Path, last: bytes) -> None:
    torn = b"".join(spell(*THREE[1:]).splitlines(keepends=True)[:1]) + last
    path.write_bytes(spell(THREE[0]) + torn)
    assert (read(path).records, read(path).torn) == (THREE[:1], torn)


def test_a_version_that_knew_no_batches_has_gone_on_behind_an_unfinished_one(path: Path) -> None:
    unfinished = spell(*THREE[:2]).splitlines(keepends=True)[0]
    path.write_bytes(unfinished + spell(THREE[1]) + spell(THREE[2]))
    assert (read(path).records, read(path).torn) == (THREE, b"")


def test_a_flipped_bit_is_refused_because_somebody_may_have_been_told_that_it_is_safe(path: Path) -> None:
    whole = spell(THREE[0]) + spell(*THREE[1:])
    for place in range(len(whole)):
        for bit in (0x01, 0x20, 0x80):
            flipped = bytearray(whole)
            flipped[place] ^= bit
            path.write_bytes(flipped)
            with pytest.raises(SessionError, match=r"is damaged after record [012] "):
                open_log(path)
            assert path.read_bytes() == flipped


def test_damage_at_the_end_is_told_and_left_alone(path: Path) -> None:
    damaged = spell(THREE[0]) + spell(THREE[1]).replace(b"question", b"answer")
    path.write_bytes(damaged)
    with pytest.raises(SessionError) as refused:
        open_log(path)
    assert str(refused.value) == f"{path} is damaged after record 1 (byte {len(spell(THREE[0]))})"
    assert path.read_bytes() == damaged


def test_damage_in_the_middle_is_told_and_left_alone(path: Path) -> None:
    damaged = spell(THREE[0]) + spell(THREE[1]).replace(b"question", b"answer") + spell(THREE[2])
    path.write_bytes(damaged)
    with pytest.raises(SessionError) as refused:
        open_log(path)
    assert str(refused.value) == (
        f"{path} is damaged after record 1 (byte {len(spell(THREE[0]))}), with valid records behind it"
    )
    repair = f"massgen sessions repair {path.parent.name}"
    assert refused.value.hint == f"Nothing was changed. {repair} says what can be saved."
    assert path.read_bytes() == damaged
    assert [each.name for each in path.parent.iterdir() if "torn" in each.name] == []


@pytest.mark.parametrize("order", [(0, 2), (1,), (0, 1, 1), (1, 0)], ids=["gap", "headless", "twice", "swapped"])
def test_valid_records_out_of_order_are_damage(path: Path, order: tuple[int, ...]) -> None:
    path.write_bytes(b"".join(spell(THREE[place]) for place in order))
    with pytest.raises(SessionError) as refused:
        read(path)
    assert " is damaged after record " in str(refused.value)


def test_another_major_format_is_refused_and_left_alone(path: Path) -> None:
    json = b'{"v":2,"seq":1,"at":0.0,"type":"SessionStarted","data":{}}'
    line = b"%08x %b\n" % (zlib.crc32(json), json)
    path.write_bytes(line)
    with pytest.raises(SessionError) as refused:
        open_log(path)
    assert str(refused.value) == (
        f"{path} was written by another version of MassGen: format 2, this version reads format 1"
    )
    assert path.read_bytes() == line


def test_a_session_that_says_another_format_is_refused(path: Path) -> None:
    event = SessionStarted(format=2, massgen="9", session="s", config="c", agents=TEAM)
    path.write_bytes(spell(Record(seq=1, at=0.0, event=event)))
    with pytest.raises(SessionError) as refused:
        read(path)
    assert str(refused.value) == (
        f"{path} was written by another version of MassGen: format 2, this version reads format 1"
    )


def test_lines_of_a_newer_version_are_kept_between_ours(path: Path) -> None:
    json = b'{"v":1,"seq":2,"at":0.0,"type":"AgentSang","data":{}}'
    line = b"%08x %b\n" % (zlib.crc32(json), json)
    path.write_bytes(spell(THREE[0]) + line + spell(THREE[2]))
    held = read(path)
    assert held.records == (THREE[0], THREE[2])
    assert b"".join(spell(entry) for entry in held.entries) == path.read_bytes()


def test_the_last_start_is_found_among_what_only_looks_like_one(path: Path) -> None:
    first, last = (replace(session_started(), config=f"{name}.yaml") for name in ("first", "last"))
    looks = ToolStarted(agent="ann", call=1, id="t", name="x", arguments={"type": "SessionStarted"})
    asked = TurnStarted(turn=1, question='"type":"SessionStarted"', agents=("ann",), seed="s")
    path.write_bytes(b"".join(map(spell, records(first, asked, last, looks))) + spell(records(first, first=5)[0])[:-1])

    assert last_start(path) == last


def test_without_a_start_the_log_says_what_is_wrong_with_it(path: Path) -> None:
    path.write_bytes(b"")
    assert last_start(path) is None
    path.write_bytes(b"x" + b"".join(map(spell, two_turns()[1:])))
    with pytest.raises(SessionError, match="is damaged after record 0"):
        last_start(path)
    path.unlink()
    with pytest.raises(SessionError, match="cannot read"):
        last_start(path)


@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_what_is_no_file_is_refused_without_hanging(path: Path, kind: str) -> None:
    if kind == "link":
        path.with_name("elsewhere").write_bytes(spell(THREE[0]))
        path.symlink_to(path.with_name("elsewhere"))
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    said = {
        "link": "Too many levels of symbolic links",
        "pipe": "it is not a regular file",
        "directory": "Is a directory",
    }
    with pytest.raises(SessionError) as refused:
        open_log(path)
    assert str(refused.value) == f"cannot open {path}: {said[kind]}"


def test_a_missing_log_cannot_be_read(path: Path) -> None:
    with pytest.raises(SessionError) as refused:
        read(path)
    assert str(refused.value) == f"cannot read {path}: No such file or directory"


def test_text_that_looks_like_a_record_does_not_count_as_one(path: Path) -> None:
    lure = spell(THREE[1]).decode()
    event = TurnStarted(turn=1, question=lure, agents=(), seed="")
    line = spell(Record(seq=1, at=0.0, event=event))
    path.write_bytes(line[:-2])
    assert (read(path).records, read(path).torn) == ((), line[:-2])
