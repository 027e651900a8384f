"""The log keeps what it acknowledged, recovers from every torn tail, and never repairs by guessing."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import zlib
from itertools import islice
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.events import CallStarted, Record, TurnStarted
from massgen.session.log import EventLog, open_log
from massgen.session.reading import read, spell
from tests.session.scene import growing, records, two_turns

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
    held = read(path)
    assert (held.records, held.entries, held.torn) == (two_turns(), two_turns(), b"")
    assert (held.size, held.last_seq) == (path.stat().st_size, len(two_turns()))


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


def test_opening_for_writing_sets_a_torn_tail_aside_and_goes_on(path: Path) -> None:
    lines = b"".join(spell(record) for record in THREE[:2])
    for number, torn in enumerate((b"0", b'12345678 {"v":1,"seq"', b"\x00" * 512), start=1):
        path.write_bytes(lines + torn)
        log, held = open_log(path)
        append(log, THREE[2])
        log.close()
        assert held.records == THREE[:2]
        assert (read(path).entries, read(path).torn) == (THREE, b"")
        aside = path.with_name(f"events.jsonl.torn-{number}")
        assert (aside.read_bytes(), oct(aside.stat().st_mode & 0o777)) == (torn, "0o600")


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


def test_a_batch_is_there_as_a_whole_or_not_at_all(path: Path) -> None:
    log, _ = open_log(path)
    append(log, THREE[0])
    append(log, *records(*islice(growing(), 1, 5), first=2))
    log.close()
    whole = path.read_bytes()
    first = len(spell(THREE[0]))
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        log, held = open_log(path)
        log.close()
        assert (held.records, path.read_bytes()) == (THREE[:1], whole[:first])
        if length > first:
            aside = path.with_name("events.jsonl.torn-1")
            assert aside.read_bytes() == whole[first:length]
            aside.unlink()


def test_what_is_safe_can_be_read_where_it_is(path: Path) -> None:
    write(path, two_turns()[:30])
    log, held = open_log(path)
    append(log, *two_turns()[30:])
    started = [record for record in two_turns() if isinstance(record.event, TurnStarted)]
    assert (tuple(held.saved), len(held.saved)) == (two_turns()[:30], 30)
    assert (log.saved[-1], log.saved[3:5]) == (two_turns()[-1], two_turns()[3:5])
    assert [*log.saved.only(TurnStarted)] == started
    for saved in (log.saved, read(path).saved):
        assert tuple(saved.from_turn(-1)) == two_turns()[two_turns().index(started[1]) :]
        assert tuple(saved.from_turn(-2).from_turn(0)) == two_turns()[two_turns().index(started[0]) :]
        assert tuple(saved.from_turn(2)) == ()
    log.close()


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_what_is_no_longer_there_is_told(path: Path, harm: str) -> None:
    write(path, THREE)
    saved = read(path).saved
    path.unlink() if harm == "gone" else os.truncate(path, 700)
    with pytest.raises(SessionError) as refused:
        tuple(saved)
    said = {
        "gone": f"cannot read {path}: No such file or directory",
        "cut": f"{path} is not what it was when it was opened",
    }
    assert str(refused.value) == said[harm]


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
