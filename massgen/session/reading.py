"""Reading `events.jsonl`: the longest prefix that is beyond doubt, and a verdict on what follows it.

A line is `crc32-hex SP json LF`, the checksum over the bytes of the JSON; `seq` counts from 1 without a gap. What
cannot be so is not read. Then there are two cases:

* Nothing valid follows: a **torn tail**. The program or the machine died while it wrote, before anybody was told that
  the record is safe. Whoever opens the log for writing sets those bytes aside and goes on.
* Valid records follow: **damage**. Something else wrote here. Nobody repairs that by guessing, so the file is left as
  it is. The search looks for `crc {"v":` at any place, not only after a line end, because the damaged byte may have
  been the line end; inside a record those characters cannot occur, JSON escapes the quotes.

Another major format is neither: it is left to the version that knows it.
"""

import os
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.events import Record, SessionStarted
from massgen.session.disk import open_private, refusal
from massgen.session.records import FORMAT, Entry, UnknownFormatError, decode, encode, understood

_LINE: Final = re.compile(rb"([0-9a-f]{8}) (\{[^\n]*\})\n")
_START: Final = b'"type":"SessionStarted"'
_ANYWHERE: Final = re.compile(rb'(?=([0-9a-f]{8}) (\{"v":[^\n]*\})\n)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What a log holds. `size` is the length in bytes of the entries; `torn` are the bytes after them."""

    entries: tuple[Entry, ...] = ()
    size: int = 0
    torn: bytes = b""

    @property
    def records(self) -> tuple[Record, ...]:
        """The records this version understands; lines of other versions may be missing between them."""
        return tuple(record for entry in self.entries if (record := understood(entry)) is not None)

    @property
    def last_seq(self) -> int:
        """The number of the last record, 0 for an empty log."""
        return self.entries[-1].seq if self.entries else 0


def spell(entry: Entry) -> bytes:
    """One line of the log."""
    json = encode(entry)
    return b"%08x %b\n" % (zlib.crc32(json), json)


def read(path: Path) -> Log:
    """Read a log without touching it; `SessionError` when it is missing, damaged, or in a format of another version."""
    try:
        opened = open_private(path, os.O_RDONLY)
        try:
            return read_open(opened, path)
        finally:
            os.close(opened)
    except OSError as error:
        raise refusal("read", path, error) from error


def head(path: Path, count: int) -> tuple[Entry, ...]:
    """The first entries of a log, at most `count`, up to the first line that is in doubt; for lists of sessions."""
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as lines:
            entries: list[Entry] = []
            for seq, line in enumerate(islice(lines, count), 1):
                entry = _entry(line, seq, path)
                if entry is None:
                    break
                entries.append(entry)
            return tuple(entries)
    except OSError as error:
        raise refusal("read", path, error) from error


def last_start(path: Path) -> SessionStarted | None:
    """How the session was last started, if it was, without decoding a long log for it; raises what `read` raises."""
    start: SessionStarted | None = None
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as lines:
            for line in lines:
                if _START in line and (entry := _decoded(line, path)) is not None:
                    record = understood(entry)
                    if record is not None and isinstance(record.event, SessionStarted):
                        start = record.event
    except OSError as error:
        raise refusal("read", path, error) from error
    if start is None:
        read(path)  # if something is wrong with the log, this says what
    return start


def read_open(opened: int, path: Path) -> Log:
    """Read the log that is open as `opened`, from its start; `path` is only for the words."""
    os.lseek(opened, 0, os.SEEK_SET)
    with open(opened, "rb", closefd=False) as lines:
        return _longest_prefix(lines, path)


def _longest_prefix(lines: Iterable[bytes], path: Path) -> Log:
    entries: list[Entry] = []
    size = 0
    lines = iter(lines)
    for line in lines:
        entry = _entry(line, len(entries) + 1, path)
        if entry is None:
            rest = b"".join((line, *lines))
            if any(_is_whole(found) for found in _ANYWHERE.finditer(rest)):
                raise SessionError(
                    f"{path} is damaged after record {len(entries)} (byte {size}), with valid records behind it",
                    hint=f"Nothing was changed. massgen sessions repair {path.parent.name} says what can be saved.",
                )
            return Log(entries=tuple(entries), size=size, torn=rest)
        entries.append(entry)
        size += len(line)
    return Log(entries=tuple(entries), size=size)


def _entry(line: bytes, seq: int, path: Path) -> Entry | None:
    """The entry a line holds; None if the line is not beyond doubt."""
    entry = _decoded(line, path)
    return entry if entry is not None and entry.seq == seq else None


def _decoded(line: bytes, path: Path) -> Entry | None:
    """The entry a line holds, wherever it stands; None if its bytes are in doubt."""
    found = _LINE.fullmatch(line)
    if found is None or not _is_whole(found):
        return None
    try:
        entry = decode(found[2])
    except UnknownFormatError as error:
        raise foreign(path, str(error)) from error
    except ValueError:
        return None
    record = understood(entry)
    if record is not None and isinstance(record.event, SessionStarted) and record.event.format != FORMAT:
        raise foreign(path, f"format {record.event.format}")
    return entry


def _is_whole(found: re.Match[bytes]) -> bool:
    return int(found[1], 16) == zlib.crc32(found[2])


def foreign(path: Path, what: str) -> SessionError:
    """The sentence for a log of another major version."""
    return SessionError(
        f"{path} was written by another version of MassGen: {what}, this version reads format {FORMAT}",
        hint="Open it with the version that wrote it, or start a new session.",
    )
