"""What a list of sessions says of one of them: from the two ends of its log, without reading the whole.

A thousand sessions are looked at in a fraction of a second, so a line is not decoded here into an event: its checksum
says whether it is whole, and its first characters say what it tells of. What is damaged between the two ends is not
seen; whoever opens the session is told.
"""

import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, Literal

from massgen.printable import squeezed
from massgen.session.disk import open_private
from massgen.session.lock import is_in_use, pid_file
from massgen.session.store import LOG_NAME

State = Literal["", "in use", "interrupted", "damaged", "unreadable", "of another version"]
"""What somebody should know before a session is gone on with; usually nothing."""

_RECORDS: Final = 20
_QUESTION_CELLS: Final = 60
_TAIL: Final = 8_192
_LONGEST_TAIL: Final = 1_048_576
_FORMAT: Final = b"1"
_LINE: Final = re.compile(
    rb'([0-9a-f]{8}) (\{"v":(\d+),(?:"\w+":\w+,)*"at":(-?\d[\d.e+-]*),"type":"(\w+)",'
    rb'"data":(\{(?:"turn":(\d+))?.*\})\})'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A session as a list shows it. `question` is the first one, cut; empty where the log cannot be read.

    `used` is when the last thing happened in it, in seconds since the epoch; None where the log does not say.
    """

    session: str
    turns: int
    question: str
    used: float | None = None
    state: State = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """What the last lines say: the last turn, if it is among them, and how it stands."""

    turns: int | None = None
    used: float | None = None
    state: State = ""


def glance(directory: Path) -> Glance:
    """Look at the session in `directory`; raises nothing, what cannot be read is a state."""
    path = directory / LOG_NAME
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as log:
            size = os.fstat(log.fileno()).st_size
            question, state = _beginning(log)
            end = _end(log, size)
            if pid_file(path).exists() and is_in_use(log.fileno()):
                state = "in use"
    except OSError:
        return Glance(session=directory.name, turns=_kept_turns(directory), question="", state="unreadable")
    return Glance(
        session=directory.name,
        turns=_kept_turns(directory) if end.turns is None else end.turns,
        question=question if len(question) <= _QUESTION_CELLS else question[: _QUESTION_CELLS - 1] + "…",
        used=end.used,
        state=state or end.state,
    )


def _beginning(log: BinaryIO) -> tuple[str, State]:
    """The first question, on one line, and what is wrong with the first line."""
    for place, line in enumerate(islice(log, _RECORDS)):
        found = _whole(line.removesuffix(b"\n"))
        if found is None:
            return "", "" if place else "damaged"
        if found[3] != _FORMAT:
            return "", "of another version"
        if found[5] == b"TurnStarted":
            question = json.loads(found[6]).get("question")
            return squeezed(question) if isinstance(question, str) else "", ""
    return "", ""


def _end(log: BinaryIO, size: int) -> _End:
    """What the last lines say, as many of them as it takes to come upon a turn."""
    length, told = _TAIL, _End()
    while size:
        length = min(length, size)
        log.seek(size - length)
        lines = log.read(length).split(b"\n")
        told = _told(reversed(lines if length == size else lines[1:]))
        if told.turns is not None or length in (size, _LONGEST_TAIL):
            break
        length = min(length * 8, _LONGEST_TAIL)
    return told


def _told(lines: Iterator[bytes]) -> _End:
    """Read backwards. Behind the last whole line something was cut off with the program; before it that is damage."""
    used: float | None = None
    for line in lines:
        found = _whole(line)
        if found is None:
            if used is not None:
                return _End(used=used, state="damaged")
            continue
        used = float(found[4]) if used is None else used
        if found[5] in (b"TurnStarted", b"TurnEnded") and found[7] is not None:
            return _End(turns=int(found[7]), used=used, state="" if found[5] == b"TurnEnded" else "interrupted")
    return _End(used=used)


def _whole(line: bytes) -> re.Match[bytes] | None:
    found = _LINE.fullmatch(line)
    return found if found is not None and int(found[1], 16) == zlib.crc32(found[2]) else None


def _kept_turns(directory: Path) -> int:
    return sum(1 for each in directory.glob("turn_*") if each.is_dir())
