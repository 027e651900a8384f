"""The log keeps what it acknowledged, recovers from every torn tail, and never repairs by guessing."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import zlib
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import CallStarted, Record, SessionStarted, ToolStarted, TurnStarted
from massgen.session.log import EventLog, open_log
from massgen.session.reading import Log, last_start, read, spell
from tests.session.scene import TEAM, growing, records, session_started, two_turns

THREE = records(*islice(growing(), 3))


def write(path: Path, written: tuple[Record, ...]) -> None:
    async def append(log: EventLog) -> None:
        for record in written:
            await log.append([record])

    log, _ = open_log(path)
    asyncio.run(append(log))
    log.close()


def append(log: EventLog, *appended: Record) -> None:
    asyncio.run(log.append(appended))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_what_was_appended_is_read_back(path: Path) -> None:
    write(path, two_turns())
    assert read(path) == Log(entries=two_turns(), size=path.stat().st_size)


def test_a_line_is_a_checksum_and_json(path: Path) -> None:
    write(path, THREE[:1])
    checksum, json = path.read_bytes().removesuffix(b"\n").split(b" ", 1)
    assert checksum == b"%08x" % zlib.crc32(json)
    assert json.startswith(b'{"v":1,"seq":1,"at":1736346622.0,"type":"SessionStarted","data":{"format":1,')


def test_the_log_and_its_neighbours_are_private(path: Path) -> None:
    old = os.umask(0)
    try:
        log, _ = open_log(path)
        modes = {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()}
        log.close()
    finally:
        os.umask(old)
    assert modes == {"events.jsonl": "0o600", "writer.pid": "0o600"}


def test_a_log_is_continued_where_it_ended(path: Path) -> None:
    write(path, THREE[:2])
    log, held = open_log(path)
    assert (held.records, log.last_seq) == (THREE[:2], 2)
    append(log, THREE[2])
    log.close()
    assert read(path).records == THREE


def test_a_torn_tail_is_recovered_at_every_byte(path: Path) -> None:
    lines = [spell(record) for record in THREE]
    whole = b"".join(lines)
    ends = [0, len(lines[0]), len(lines[0] + lines[1]), len(whole)]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = sum(1 for end in ends[1:] if end <= length)
        torn = whole[ends[kept] : length]
        assert read(path) == Log(entries=THREE[:kept], size=ends[kept], torn=torn)
        assert path.read_bytes() == whole[:length]


def test_opening_for_writing_sets_a_torn_tail_aside_and_goes_on(path: Path) -> None:
    lines = b"".join(spell(record) for record in THREE[:2])
    for number, torn in enumerate((b"0", b'12345678 {"v":1,"seq"', b"\x00" * 512), start=1):
        path.write_bytes(lines + torn)
        log, held = open_log(path)
        append(log, THREE[2])
        log.close()
        assert held.records == THREE[:2]
        assert read(path) == Log(entries=THREE, size=path.stat().st_size)
        aside = path.with_name(f"events.jsonl.torn-{number}")
        assert (aside.read_bytes(), oct(aside.stat().st_mode & 0o777)) == (torn, "0o600")


def test_a_flipped_byte_is_refused_or_ends_the_prefix_and_never_invents(path: Path) -> None:
    lines = [spell(record) for record in THREE]
    whole = b"".join(lines)
    last = len(whole) - len(lines[2])
    for place in range(len(whole)):
        for bit in (0x01, 0x20, 0x80):
            flipped = bytearray(whole)
            flipped[place] ^= bit
            path.write_bytes(flipped)
            if place < last:
                with pytest.raises(SessionError):
                    open_log(path)
                assert path.read_bytes() == flipped
            else:
                assert read(path) == Log(entries=THREE[:2], size=last, torn=bytes(flipped[last:]))


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


def test_a_second_writer_is_told_who_writes(path: Path) -> None:
    log, _ = open_log(path)
    with pytest.raises(SessionError) as refused:
        open_log(path)
    assert str(refused.value) == f"{path.parent} is in use by another massgen (process {os.getpid()})"
    append(log, *THREE)
    log.close()
    assert read(path).records == THREE


def test_the_lock_is_free_as_soon_as_its_holder_is_killed(path: Path) -> None:
    script = """
import sys
from pathlib import Path
from massgen.session.log import open_log
log, _ = open_log(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(SessionError) as refused:
            open_log(path)
        assert str(refused.value) == f"{path.parent} is in use by another massgen (process {holder.pid})"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    log, _ = open_log(path)
    log.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from massgen.session.log import open_log
from tests.session.scene import growing, records

async def write(log):
    for seq, event in enumerate(growing(), start=1):
        if seq > log.last_seq:
            await log.append(records(event, first=seq))
            print(seq, flush=True)

log, _ = open_log(Path(sys.argv[1]))
asyncio.run(write(log))
"""


@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_what_was_acknowledged_survives_being_killed(path: Path, kills: int) -> None:
    acknowledged = 0
    for kill in range(kills):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(20 + kill):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *(int(line) for line in writer.stdout if line.endswith(b"\n"))])
        held = read(path).records
        assert len(held) >= acknowledged
        assert held == records(*islice(growing(), len(held)))


def test_a_reader_does_not_disturb_the_writer(path: Path) -> None:
    log, _ = open_log(path)
    append(log, *THREE[:2])
    assert read(path).records == THREE[:2]
    with path.open("rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    append(log, THREE[2])
    log.close()


def test_a_full_disk_takes_the_batch_back_and_refuses_from_then_on(path: Path) -> None:
    """RLIMIT_FSIZE makes the kernel write a part of the batch and then fail, as a full disk does."""
    script = """
import asyncio, resource, sys
from pathlib import Path
from massgen.errors import SessionError
from massgen.events import TurnStarted
from massgen.session.log import open_log
from tests.session.scene import records

path = Path(sys.argv[1])
log, _ = open_log(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

def turn(seq, question):
    event = TurnStarted(turn=seq, question=question, agents=("ann",), seed="s")
    asyncio.run(log.append(records(event, first=seq)))
    print("saved", seq)

turn(1, "short")
turn(2, "short")
for question in ("x" * 5000, "short"):
    try:
        turn(3, question)
    except SessionError as error:
        print(str(error).replace(str(path), "PATH"), "|", error.hint)
log.close()
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    refusal = (
        "cannot write PATH: File too large | "
        "The file may not grow further; raise the limit (`ulimit -f`) or start a new session.\n"
    )
    assert (done.stdout, done.stderr) == (f"saved 1\nsaved 2\n{refusal}{refusal}", "")
    held = read(path)
    assert ([record.seq for record in held.records], held.torn) == ([1, 2], b"")


@pytest.mark.parametrize("barrier", [True, False], ids=["barrier", "carried along"])
def test_a_log_that_was_replaced_under_us_is_not_written(path: Path, barrier: bool) -> None:
    log, _ = open_log(path)
    append(log, *THREE[:2])
    path.rename(path.with_name("moved"))
    path.write_bytes(b"")
    third = THREE[2].event if barrier else CallStarted(agent="ann", call=1, stage="draft")
    for _ in range(2):
        with pytest.raises(SessionError) as refused:
            append(log, Record(seq=3, at=0.0, event=third))
        assert str(refused.value) == f"cannot write {path}: another program changed or replaced the file"
    log.close()
    assert path.read_bytes() == b""


def test_a_gap_is_our_own_mistake(path: Path) -> None:
    log, _ = open_log(path)
    with pytest.raises(ValueError) as refused:
        append(log, THREE[1])
    assert str(refused.value) == "records [2] after record 0"
    append(log, THREE[0])
    log.close()
    assert read(path).records == THREE[:1]


def test_batches_of_several_tasks_are_written_in_the_order_they_came(path: Path) -> None:
    many = records(*islice(growing(), 60))
    told: list[int] = []

    async def append_one(log: EventLog, record: Record) -> None:
        await log.append([record])
        told.append(record.seq)

    async def append_all(log: EventLog) -> None:
        async with asyncio.TaskGroup() as tasks:
            for record in many:
                tasks.create_task(append_one(log, record))

    log, _ = open_log(path)
    asyncio.run(append_all(log))
    log.close()
    assert told == list(range(1, 61))
    assert read(path).records == many


def test_a_cancelled_caller_leaves_no_gap(path: Path) -> None:
    async def cancel_the_second(log: EventLog) -> None:
        tasks = [asyncio.create_task(log.append([record])) for record in THREE]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    log, _ = open_log(path)
    asyncio.run(cancel_the_second(log))
    log.close()
    assert read(path).records == THREE


def test_a_log_works_in_one_event_loop_after_another(path: Path) -> None:
    log, _ = open_log(path)
    for record in THREE:
        append(log, record)
    log.close()
    assert read(path).records == THREE


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
    assert read(path) == Log(torn=line[:-2])
