"""Reading `events.jsonl`: the longest prefix that is beyond doubt, and a verdict on what follows it.

A line is `crc32-hex SP json LF`, the checksum over the bytes of the JSON; `seq` counts from 1 without a gap. Lines come
in batches, each written at once: a batch ends with the first line that does not say `more`. What one signal led to is
one batch, so half of it would be a state in which nobody ever was. Therefore only whole batches are read, and what
cannot be so is not read at all. Then there are two cases:

* A **torn tail**: what a death in the middle of one write leaves, before anybody was told that the records are safe.
  That is the beginning of a batch, cut anywhere: its last line has no end, or says that more follows. Blocks that did
  not reach the disk when the power went read as zeros. Whoever opens the log for writing sets those bytes aside and
  goes on.
* **Damage**: anything else. Valid records behind what is in doubt, or a last line with an end that is not what was
  written: then somebody may have been told that it is safe, and something else wrote here. Nobody repairs that by
  guessing, so the file is left as it is. The search for valid records looks for `crc {"v":` at any place, not only
  after a line end, because the damaged byte may have been the line end; inside a record those characters cannot occur,
  JSON escapes the quotes.

An unfinished batch that is followed by a record with the next number is no damage but a batch that ends later. We never
write that, as the rest of a batch is cut off before another is written; a version that did not know batches took such
lines for whole, and went on behind them.

Another major format is neither: it is left to the version that knows it.
"""

import json
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
from massgen.session.records import FORMAT, Entry, Heading, UnknownFormatError, decode, encode, heading, understood
from massgen.session.saved import OUTLINE, Place, Saved

_LINE: Final = re.compile(rb"([0-9a-f]{8}) (\{[^\n]*\})\n")
_START: Final = b'"type":"SessionStarted"'
_ANYWHERE: Final = re.compile(rb'(?=([0-9a-f]{8}) (\{"v":[^\n]*\})\n)')


_HOLE: Final = b"\0" * 16
"""Zeros in a row, where a line has none at all; a single one may be a flipped bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What a log holds in its first `size` bytes; `torn` are the bytes after them, if that is its end.

    `last_seq` is the number of its last record, 0 for an empty log; `outline` is where its `OUTLINE` stands.
    """

    path: Path
    size: int
    last_seq: int
    outline: tuple[Place, ...]
    torn: bytes

    @property
    def saved(self) -> Saved:
        """Its records, to be read where they are."""
        return Saved(self.path, size=self.size, outline=self.outline)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything in it, read anew."""
        return tuple(self.saved.entries())

    @property
    def records(self) -> tuple[Record, ...]:
        """The same as far as this version understands it; lines of other versions may be missing between them."""
        return tuple(self.saved)


def spell(*batch: Entry) -> bytes:
    """The lines of one batch of the log."""
    *before, last = batch
    return b"".join((*(_line(encode(entry, more=True)) for entry in before), _line(encode(last))))


def _line(json: bytes) -> bytes:
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
                entry = _decoded(line, path)
                if entry is None or entry.seq != seq:
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
    size = last_seq = 0  # of the whole batches
    end = seq = 0  # of the whole lines
    outline: list[Place] = []
    unfinished: list[bytes] = []
    lines = iter(lines)
    for line in lines:
        heading = _heading(line, path)
        if heading is None or heading.seq != seq + 1:
            rest = b"".join((line, *lines))
            _refuse_damage(rest, path, f"{path} is damaged after record {seq} (byte {end})")
            unfinished.append(rest)
            break
        if heading.kind in OUTLINE:
            outline.append((end, heading.kind))
        end, seq = end + len(line), heading.seq
        unfinished.append(line)
        if not heading.more:
            size, last_seq = end, seq
            unfinished.clear()
    whole = tuple(each for each in outline if each[0] < size)
    return Log(path=path, size=size, last_seq=last_seq, outline=whole, torn=b"".join(unfinished))


def _refuse_damage(rest: bytes, path: Path, said: str) -> None:
    """Raise unless a death in the middle of a write can have left these bytes behind the last whole line."""
    behind = any(_is_whole(found) for found in _ANYWHERE.finditer(rest))
    if behind or (_HOLE not in rest and (b"\n" in rest or _has_lost_its_end(rest))):
        raise SessionError(
            f"{said}, with valid records behind it" if behind else said,
            hint=f"Nothing was changed. massgen sessions repair {path.parent.name} says what can be saved.",
        )


def _has_lost_its_end(rest: bytes) -> bool:
    """Whether a whole record stands there, and behind it something else than its line end."""
    try:
        _, length = json.JSONDecoder().raw_decode(rest[9:].decode("latin-1"))
    except (ValueError, RecursionError):
        return False
    found = _LINE.fullmatch(rest[: 9 + length] + b"\n")
    return len(rest) > 9 + length and found is not None and _is_whole(found)


def _heading(line: bytes, path: Path) -> Heading | None:
    """What a line says of itself; None if its bytes are in doubt."""
    found = _LINE.fullmatch(line)
    if found is None or not _is_whole(found):
        return None
    try:
        told = heading(found[2])
        if told.kind == SessionStarted.__name__:
            _refuse_foreign(decode(found[2]), path)
    except UnknownFormatError as error:
        raise foreign(path, str(error)) from error
    except ValueError:
        return None
    return told


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
    _refuse_foreign(entry, path)
    return entry


def _refuse_foreign(entry: Entry, path: Path) -> None:
    record = understood(entry)
    if record is not None and isinstance(record.event, SessionStarted) and record.event.format != FORMAT:
        raise foreign(path, f"format {record.event.format}")


def _is_whole(found: re.Match[bytes]) -> bool:
    return int(found[1], 16) == zlib.crc32(found[2])


def foreign(path: Path, what: str) -> SessionError:
    """The sentence for a log of another major version."""
    return SessionError(
        f"{path} was written by another version of MassGen: {what}, this version reads format {FORMAT}",
        hint="Open it with the version that wrote it, or start a new session.",
    )
