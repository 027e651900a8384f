"""Wherever a log is cut, and whichever of its bits is flipped: whole batches are recovered, or it is refused.

The logs are those that real turns have written, see `logs/README.md`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from massgen.errors import SessionError
from massgen.session.log import open_log
from massgen.session.reading import Log, read, read_open
from massgen.session.records import decode

LOGS = {log.stem: log.read_bytes() for log in Path(__file__).with_name("logs").glob("*.jsonl")}
BATCHED = "changed_forked_repaired_and_resumed"
LOGS["the first turn of it"] = LOGS[BATCHED][: LOGS[BATCHED].index(b'"type":"TurnEnded"')].rpartition(b"\n")[0] + b"\n"
SMALL = ("no_answer", "the first turn of it")
REFUSED = re.compile(r"LOG (is damaged after record \d+ \(byte \d+\)(, with valid records behind it)?)")


def boundaries(log: bytes) -> Iterator[int]:
    """The lengths of its longest prefixes of whole batches, by a reader that knows nothing but where lines end."""
    end = 0
    yield end
    for line in log.splitlines(keepends=True):
        end += len(line)
        if b'"more":true' not in line[:40]:
            yield end


class Lens:
    """A file without a name, in which one log after another is looked at."""

    def __init__(self) -> None:
        self._opened = os.memfd_create("log")

    def look(self, log: bytes | bytearray) -> Log | str:
        """What a reader makes of these bytes: what it holds, or the words with which it is refused."""
        os.ftruncate(self._opened, 0)
        os.pwrite(self._opened, log, 0)
        try:
            return read_open(self._opened, Path("LOG"))
        except SessionError as error:
            return str(error)


def is_prefix(held: Log, log: bytes, ends: set[int], cut: int) -> bool:
    """Whether this is the longest prefix of whole batches in so many bytes, and all the rest is set aside."""
    whole = max(end for end in ends if end <= cut)
    return (held.size, held.torn) == (whole, log[whole:cut])


@pytest.mark.parametrize(
    ("name", "step"),
    [
        *((name, 1 if name in SMALL else 97) for name in LOGS),
        *(pytest.param(name, 1, marks=pytest.mark.slow) for name in LOGS),
    ],
)
def test_a_log_that_is_cut_anywhere_is_its_whole_batches(name: str, step: int) -> None:
    log, lens = LOGS[name], Lens()
    ends = {*boundaries(log)}
    records = [decode(line[9:]) for line in log.splitlines()]
    for cut in range(0, len(log), step):
        held = lens.look(log[:cut])
        assert isinstance(held, Log), (cut, held)
        assert is_prefix(held, log, ends, cut), cut
        assert held.last_seq == sum(1 for record in records if record.seq <= held.last_seq)


LONG = 12_000
"""Bytes from which on one bit of each byte is flipped, and not all eight: every look reads the whole log."""


def flips(name: str, bits: tuple[int, ...] = ()) -> None:
    """Flip these bits of every byte, or one of each."""
    log, lens = LOGS[name], Lens()
    for place in range(len(log)):
        for bit in bits or (place % 8,):
            flipped = bytearray(log)
            flipped[place] ^= 1 << bit
            said = lens.look(flipped)
            assert isinstance(said, str), (place, bit)
            assert REFUSED.fullmatch(said), (place, bit, said)


@pytest.mark.parametrize("name", SMALL)
def test_a_flipped_bit_in_what_was_said_to_be_safe_is_refused(name: str) -> None:
    flips(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOGS)
def test_every_flipped_bit_is_refused(name: str) -> None:
    flips(name, (0, 1, 2, 3, 4, 5, 6, 7) if len(LOGS[name]) < LONG else ())


@pytest.mark.parametrize("name", SMALL)
def test_a_log_that_is_cut_and_flipped_loses_nothing_that_is_whole(name: str) -> None:
    """What is cut off was never acknowledged; a bit in what is left of it may be anything."""
    log, lens = LOGS[name], Lens()
    ends = sorted(boundaries(log))
    for cut in range(1, len(log), 211):
        whole = max(end for end in ends if end <= cut)
        for place in range(0, cut, 13):
            flipped = bytearray(log[:cut])
            flipped[place] ^= 1 << place % 8
            held = lens.look(flipped)
            if isinstance(held, Log):
                assert place >= whole
                assert (held.size, held.torn) == (whole, flipped[whole:])
            else:
                assert REFUSED.fullmatch(held)


@pytest.mark.parametrize("cut", [0, 1, 400, 4000])
def test_what_is_recovered_is_gone_on_with(cut: int, tmp_path: Path) -> None:
    log, path = LOGS[BATCHED], tmp_path / "events.jsonl"
    path.write_bytes(log[: len(log) - cut])
    opened, held = open_log(path)
    opened.close()
    whole = max(end for end in boundaries(log) if end <= len(log) - cut)
    assert (path.read_bytes(), held.size) == (log[:whole], whole)
    assert read(path).torn == b""
    aside = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each != path}
    torn = log[whole : len(log) - cut]
    assert aside == ({"events.jsonl.torn-1": torn} if torn else {})
