"""Where sessions live: `session_20250108_143022/` directories, made, opened and listed.

Everything here happens before a provider is asked. So a place that cannot be written costs the user a sentence, and not
an answer.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from massgen.errors import SessionError
from massgen.session import places
from massgen.session.disk import make_home, make_private_directory, open_private, refusal, sync_directory

if TYPE_CHECKING:
    from massgen.session.log import EventLog
    from massgen.session.reading import Log

logger = logging.getLogger(__name__)

LOG_NAME: Final = "events.jsonl"
_ID: Final = re.compile(r"session_[0-9]{8}_[0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session this process may write. `held` is what its log held when it was opened; `log` must be closed."""

    id: str
    directory: Path
    log: "EventLog"
    held: "Log"


class Store:
    """The sessions under one directory. `wall` is the local time, which names new sessions.

    `noted_in` is the project's list of such directories (see `places`); None where nobody needs it to find this one.
    """

    def __init__(self, sessions_dir: Path, wall: Callable[[], datetime], noted_in: Path | None = None) -> None:
        self._sessions_dir = sessions_dir
        self._wall = wall
        self._noted_in = noted_in

    @property
    def directory(self) -> Path:
        """Where the sessions are."""
        return self._sessions_dir

    def at(self, sessions_dir: Path) -> "Store":
        """The sessions under another directory, which can be found already."""
        return self if sessions_dir == self._sessions_dir else Store(sessions_dir, self._wall)

    def create(self) -> OpenSession:
        """Begin a session, named after now; when that name is taken, after the next free second."""
        try:
            make_home(self._sessions_dir)
            directory = self._make_directory()
            sync_directory(self._sessions_dir)
        except OSError as error:
            raise refusal("make a session in", self._sessions_dir, error) from error
        self._note()
        return _opened(directory)

    def open(self, session: str) -> OpenSession:
        """Open a session to go on with it; `SessionError` when it is missing, in use, damaged or a symbolic link."""
        directory = self._sessions_dir / session
        try:
            if not _ID.fullmatch(session) or not (directory / LOG_NAME).exists() or not _is_ours(directory / LOG_NAME):
                latest = self.latest()
                hint = f"The latest one is {latest}." if latest else "No session was saved there yet."
                raise SessionError(f"{self._sessions_dir} holds no session {session!r}", hint=hint)
            make_private_directory(directory)
        except OSError as error:
            raise refusal("open", directory, error) from error
        self._note()
        return _opened(directory)

    def adopt(self, made: Path) -> str:
        """Let a directory that was made below this one, under another name, be a session; returns its id.

        It is there with all that is in it, or not at all.
        """
        directory = self._make_directory()
        if sys.platform == "win32":  # where a directory takes no other's place, not even that of an empty one
            directory.rmdir()
        made.replace(directory)
        sync_directory(self._sessions_dir)
        self._note()
        return directory.name

    def ids(self) -> tuple[str, ...]:
        """All sessions with a log, oldest first; of a log no more is read than shows whether it is one of ours."""
        try:
            with os.scandir(self._sessions_dir) as found:
                named = [each.name for each in found if _ID.fullmatch(each.name) and not each.is_symlink()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise refusal("list", self._sessions_dir, error) from error
        return tuple(sorted(each for each in named if _is_ours(self._sessions_dir / each / LOG_NAME)))

    def foreign(self, session: str) -> Path | None:
        """What stands where a session of that name would be, and is none: another program's, a link, a file."""
        place = self._sessions_dir / session
        is_there = _ID.fullmatch(session) is not None and os.path.lexists(place)
        return place if is_there and (place.is_symlink() or not _is_ours(place / LOG_NAME)) else None

    def latest(self) -> str | None:
        """The session with the latest name, None when there is none."""
        return max(self.ids(), default=None)

    def _note(self) -> None:
        if self._noted_in is not None:
            try:
                places.note(self._noted_in, self._sessions_dir)
            except OSError as error:  # the session itself is safe; only the way back to it is longer
                refused = refusal("write", self._noted_in, error)
                logger.warning("%s. This session is found again with --config, and not without it", refused)

    def _make_directory(self) -> Path:
        when = self._wall()
        while True:
            directory = self._sessions_dir / f"session_{when:%Y%m%d_%H%M%S}"
            if not directory.is_symlink() and make_private_directory(directory):
                return directory
            when += timedelta(seconds=1)


def _is_ours(log: Path) -> bool:
    """Whether this is a log of MassGen, be it damaged: other programs' lines are JSON and begin like that."""
    if not log.is_file():
        return False
    try:
        with os.fdopen(open_private(log, os.O_RDONLY), "rb", buffering=0) as file:
            return file.read(1) not in (b"{", b"[")
    except OSError:  # whoever opens it is told
        return True


def _opened(directory: Path) -> OpenSession:
    from massgen.session.log import open_log  # a list of sessions does without a writer

    log, held = open_log(directory / LOG_NAME)
    return OpenSession(id=directory.name, directory=directory, log=log, held=held)
