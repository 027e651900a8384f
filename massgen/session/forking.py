"""A session that begins as a copy of another one and goes its own way: its log, its turns, their files.

The copy is made under a name that no list of sessions shows, and gets its own when it is whole: who dies in the middle
has half of nothing. The other session is only read, so it may be in use.
"""

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from massgen.errors import SessionError
from massgen.events import ConversationChange, Record, SessionForked, SessionStarted, TurnEnded, TurnStarted
from massgen.session.disk import open_private, refusal, sync, sync_directory
from massgen.session.reading import read, spell
from massgen.session.records import Entry, understood
from massgen.session.store import LOG_NAME, Store
from massgen.workspace import snapshots

UNDER_WAY = ".massgen-fork-"
"""How the name of a copy begins that is not whole yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """Where the new session is, and the turn after which it goes its own way; `left_out` are sentences."""

    directory: Path
    turn: int
    left_out: tuple[str, ...] = ()


def fork(store: Store, session: Path, turn: int | None = None) -> Forked:
    """Make a session in `store` that is a copy of this one up to the end of a turn; without one, of all of it.

    Raises `SessionError` when there is no such turn, and for what cannot be read or written; then there is no copy.
    """
    entries = read(session / LOG_NAME).entries
    begun = tuple(event.turn for event in _events(entries) if isinstance(event, TurnStarted))
    if not begun or (turn is not None and turn not in begun):
        raise SessionError(_missing(session.name, turn, begun))
    last = begun[-1] if turn is None else turn
    try:
        made = Path(tempfile.mkdtemp(prefix=UNDER_WAY, dir=store.directory))
        try:
            copied = [_copy(session / f"turn_{number}", made) for number in begun if number <= last]
            kept = entries if turn is None else tuple(_up_to(entries, turn))
            _write(made / LOG_NAME, kept, SessionForked(session=session.name, turn=last))
            return Forked(
                directory=store.directory / store.adopt(made), turn=last, left_out=tuple(filter(None, copied))
            )
        finally:
            snapshots.remove(made)
    except OSError as error:
        raise refusal("copy", session, error) from error


def _missing(session: str, turn: int | None, begun: Sequence[int]) -> str:
    """That there is no such turn."""
    if not begun:
        return f"{session} has no turn yet."
    there_are = f"only turn {begun[0]}" if len(begun) == 1 else f"turns {begun[0]} to {begun[-1]}"
    return f"There is no turn {turn}: this session has {there_are}."


def _events(entries: Iterable[Entry]) -> Iterable[object]:
    return (record.event for entry in entries if (record := understood(entry)) is not None)


def _up_to(entries: Iterable[Entry], turn: int) -> Iterable[Entry]:
    """What had happened when the turn was over and its files were kept."""
    is_over = False
    for entry in entries:
        record = understood(entry)
        event = record.event if record is not None else None
        if isinstance(event, TurnStarted) and event.turn > turn:
            return
        if is_over and isinstance(event, ConversationChange | SessionStarted):
            return
        yield entry
        is_over = is_over or (isinstance(event, TurnEnded) and event.turn == turn)


def _copy(turn: Path, into: Path) -> str:
    """Copy the directory of a turn, if there is one; says what was left out."""
    if turn.is_symlink() or not turn.is_dir():
        return ""
    left_out = snapshots.copy(turn, into / turn.name).sentence
    return f"Not all of {turn.name} was copied. {left_out}" if left_out else ""


def _write(path: Path, entries: Sequence[Entry], forked: SessionForked) -> None:
    opened = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(opened, "wb") as file:
        file.writelines(map(spell, entries))
        file.write(spell(Record(seq=entries[-1].seq + 1, at=time.time(), event=forked)))
        file.flush()
        sync(file.fileno())
    sync_directory(path.parent)
