"""A damaged log written anew from what can be read of it: nothing is guessed, and what is lost is said.

What is kept: everything before the damage; behind it each turn that is whole from its question to its end; and what
happened to the session between turns, wherever it can be read, or a turn that was taken back would return. Records are
numbered anew, so that the new log has no gap. The damaged file stays beside it.
"""

import json
import os
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.events import Record, SessionEvent, SessionRepaired, SessionStarted, TurnEnded, TurnStarted
from massgen.session import disk
from massgen.session.lock import lock, pid_file
from massgen.session.reading import foreign, read_open, spell
from massgen.session.records import FORMAT, Entry, UnknownFormatError, decode, understood

_ANYWHERE: Final = re.compile(rb'(?=([0-9a-f]{8}) (\{"v":[^\n]*\})\n)')
_MORE: Final = re.compile(rb'\{"v":\d+,"more":true,')


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look at a log has found. `good` records stand before the first doubt, which is at byte `size`.

    `torn` bytes are a half-written end. A damaged log has valid records behind the doubt: then `kept` is what a
    repaired one would hold, and `lost` says in a sentence what it would not.
    """

    good: int
    size: int
    torn: int
    is_damaged: bool
    kept: tuple[Entry, ...]
    lost: str = ""

    @property
    def turns(self) -> tuple[int, ...]:
        """The turns that are kept, a last one that is not whole included."""
        return tuple(each.turn for each in map(_event, self.kept) if isinstance(each, TurnStarted))


@contextmanager
def taken(path: Path) -> Iterator[int]:
    """The log at `path`, open for reading while no other MassGen can have it; `SessionError` when one has."""
    try:
        opened = disk.open_private(path, os.O_RDWR)
        try:
            lock(opened, path)
            try:
                yield opened
            finally:
                pid_file(path).unlink(missing_ok=True)
        finally:
            os.close(opened)
    except OSError as error:
        raise disk.refusal("open", path, error) from error


def examine(opened: int, path: Path) -> Found:
    """Look through the whole log that is open; `SessionError` when it is in the format of another version."""
    with open(opened, "rb", closefd=False) as file:
        file.seek(0)
        log = file.read()
    prefix, size, behind = _apart(log, path)
    try:
        torn = len(read_open(opened, path).torn)
    except SessionError:
        kept, missing = _salvaged(prefix, behind)
        lost = _lost(kept, behind, missing)
        return Found(good=len(prefix), size=size, torn=0, is_damaged=True, kept=kept, lost=lost)
    return Found(good=len(prefix), size=size, torn=torn, is_damaged=False, kept=prefix)


def repair(path: Path, found: Found, *, at: float) -> Path:
    """Put the repaired log in the place of the damaged one, all at once, and return where that is kept now.

    `at` is the time of day, in seconds since the epoch. Whoever calls this has `taken` the log.
    """
    repaired = Record(seq=len(found.kept) + 1, at=at, event=SessionRepaired(lost=found.lost))
    lines = b"".join(spell(_numbered(each, seq)) for seq, each in enumerate((*found.kept, repaired), 1))
    try:
        aside = _second_name(path)
        disk.replace(path, lines)
    except OSError as error:
        raise disk.refusal("write", path, error) from error
    return aside


def aside_of(path: Path) -> Path:
    """The name that a damaged file would get now."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.damaged-{number}")):
        number += 1
    return aside


def _second_name(path: Path) -> Path:
    """Keep the file also under another name, so that there is no moment without it under its own."""
    aside = aside_of(path)
    try:
        os.link(path, aside, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a file system without second names
        shutil.copyfile(path, aside, follow_symlinks=False)
        aside.chmod(0o600)
    return aside


def _apart(log: bytes, path: Path) -> tuple[tuple[Entry, ...], int, tuple[Entry, ...]]:
    """The records before the first doubt, where that is in bytes, and the whole records that stand anywhere behind.

    What happened at once is one batch, whose lines say that there is `more`, but for the last; half of one is nothing.
    """
    prefix: list[Entry] = []
    behind: list[Entry] = []
    size = whole = 0
    for found in _ANYWHERE.finditer(log):
        entry = _entry(found, path)
        if entry is None:
            continue
        if not behind and found.start() == size and entry.seq == len(prefix) + 1:
            prefix.append(entry)
            size = found.end(2) + 1
            whole = whole if _MORE.match(found[2]) else len(prefix)
        else:
            behind.append(entry)
    goes_on = bool(behind) and behind[0].seq == len(prefix) + 1
    return tuple(prefix if goes_on else prefix[:whole]), size, tuple(behind)


def _entry(found: re.Match[bytes], path: Path) -> Entry | None:
    """The record of a line, None for one whose bytes are in doubt."""
    if int(found[1], 16) != zlib.crc32(found[2]):
        return None
    try:
        entry = decode(found[2])
    except UnknownFormatError as error:
        raise foreign(path, str(error)) from error
    except ValueError:
        return None
    event = _event(entry)
    if isinstance(event, SessionStarted) and event.format != FORMAT:
        raise foreign(path, f"format {event.format}")
    return entry


def _salvaged(prefix: Sequence[Entry], behind: Iterable[Entry]) -> tuple[tuple[Entry, ...], int]:
    """The entries to keep, and how many records are missing between the first and the last that can be read."""
    kept, turn = [*prefix], list[Entry]()
    last, missing = len(prefix), 0
    for entry in behind:
        if entry.seq <= last:  # a copy of what is there already
            continue
        event, gap, last = _event(entry), entry.seq - last - 1, entry.seq
        if gap or isinstance(event, TurnStarted):  # a turn that is not over by now is not whole
            between = _between(turn)
            kept += between
            missing += gap + len(turn) - len(between)
            turn = []
        if not missing or (not turn and isinstance(event, SessionEvent)):
            kept.append(entry)
        elif turn or isinstance(event, TurnStarted):
            turn.append(entry)
        else:
            missing += 1
        if turn and isinstance(event, TurnEnded):
            kept += turn
            turn = []
    between = _between(turn)
    return (*kept, *between), missing + len(turn) - len(between)


def _between(turn: Iterable[Entry]) -> list[Entry]:
    """What happened to the session, of a turn that is not kept."""
    return [each for each in turn if isinstance(_event(each), SessionEvent)]


def _lost(kept: Sequence[Entry], behind: Iterable[Entry], missing: int) -> str:
    """What is not kept, as a sentence for the user."""
    if not missing:
        return "No record is missing: what stood between them was none."
    events = [event for each in (*kept, *behind) if (event := _event(each)) is not None]
    begun = {each.turn for each in map(_event, kept) if isinstance(each, TurnStarted)}
    ended = {each.turn for each in map(_event, kept) if isinstance(each, TurnEnded)}
    known = max((each.turn for each in events if isinstance(each, TurnStarted | TurnEnded)), default=0)
    gone = [each for each in range(1, known + 1) if each not in begun]
    said = [f"Of turn {each} only a part could be read." for each in sorted(begun - ended)]
    if gone:
        said.append(f"{'Turn' if len(gone) == 1 else 'Turns'} {_listed(gone)} could not be read.")
    if not said:
        said.append(f"{missing} {'record' if missing == 1 else 'records'} between the turns could not be read.")
    return " ".join(said)


def _listed(numbers: Sequence[int]) -> str:
    """The numbers as people write them, neighbours as one: "2, 4 to 9 and 12"."""
    runs: list[tuple[int, int]] = []
    for each in numbers:
        first, last = runs.pop() if runs and runs[-1][1] == each - 1 else (each, each)
        runs.append((first, max(last, each)))
    said = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def _event(entry: Entry) -> object:
    record = understood(entry)
    return record.event if record is not None else None


def _numbered(entry: Entry, seq: int) -> Entry:
    if entry.seq == seq:
        return entry
    if isinstance(entry, Record):
        return replace(entry, seq=seq)
    raw = json.dumps(json.loads(entry.raw) | {"seq": seq}, separators=(",", ":")).encode("ascii")
    return replace(entry, seq=seq, raw=raw)
