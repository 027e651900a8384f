"""What was typed at earlier prompts: a file of JSON lines that several programs may write at once.

    {"at":1736346622,"text":"What is entropy?"}

An entry is one line and one write at the end of the file, so that two programs never write into each other's. When the
file has grown to twice its size, its newest half takes its place. Whoever writes holds a lock meanwhile, and looks
whether the file is still the one of that name. A line that is no entry is passed over.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from prompt_toolkit.history import History

from massgen.session.disk import open_private, replace
from massgen.session.redaction import Redactor

with suppress(ImportError):  # as on Windows, where nothing is locked
    import fcntl

MOST_BYTES: Final = 1024 * 1024
"""What is kept of the past; the file may grow to twice of that."""
MOST_ENTRIES: Final = 5_000
"""The newest so many are offered."""
LONGEST: Final = 64 * 1024
"""Characters of one entry; what is longer is remembered until the program ends, but not kept."""

_TRIES: Final = 20
_WAIT_S: Final = 0.01

logger = logging.getLogger(__name__)


class Past(History):
    """The history of a prompt, kept at `path`; None keeps nothing. What `redactor` knows never reaches the file.

    A place that cannot be written is one warning.
    """

    def __init__(self, path: Path | None, redactor: Redactor, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._path = path
        self._redactor = redactor
        self._clock = clock

    def load_history_strings(self) -> Iterable[str]:
        """The entries, newest first."""
        if self._path is None:
            return
        try:
            with os.fdopen(open_private(self._path, os.O_RDONLY), "rb") as file:
                lines = _newest(file.read(), 2 * MOST_BYTES)
        except FileNotFoundError:
            return
        except OSError as error:
            self._give_up("read", error)
            return
        found = 0
        for line in reversed(lines):
            text = _entry(line)
            if text:
                yield text
                found += 1
            if found == MOST_ENTRIES:
                return

    def store_string(self, string: str) -> None:
        """Keep an entry."""
        if self._path is None or len(string) > LONGEST:
            return
        entry = {"at": int(self._clock()), "text": self._redactor.clean(string)}
        line = json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            _make(self._path.parent)
            with _locked(self._path) as opened:
                _append(opened, line)
                if os.fstat(opened).st_size > 2 * MOST_BYTES:
                    os.lseek(opened, 0, os.SEEK_SET)
                    with os.fdopen(os.dup(opened), "rb") as file:
                        kept = _newest(file.read(), MOST_BYTES)
                    replace(self._path, "".join(f"{each.decode('ascii', 'replace')}\n" for each in kept))
        except OSError as error:
            self._give_up("write", error)

    def _give_up(self, doing: str, error: OSError) -> None:
        why = error.strerror or str(error)
        logger.warning("cannot %s %s: %s; what you type is remembered until you leave", doing, self._path, why)
        self._path = None


def _make(directory: Path) -> None:
    """Make the directory that is ours, and above it what is missing."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)  # one that is a link is where its user wants it


def _append(opened: int, line: bytes) -> None:
    """Write the line on a line of its own, whatever the last program left at the end."""
    end = os.lseek(opened, 0, os.SEEK_END)
    if end:
        os.lseek(opened, end - 1, os.SEEK_SET)
        if os.read(opened, 1) != b"\n":
            line = b"\n" + line
    os.write(opened, line)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file of that name, open for one writer; one that holds the lock for long is not waited for."""
    while True:
        opened = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            if _lock(opened) and not _is_still(opened, path):  # another program has just replaced it
                continue
            yield opened
            return
        finally:
            os.close(opened)


def _lock(opened: int) -> bool:
    """Whether nobody else writes."""
    if sys.platform == "win32" or "fcntl" not in globals():
        return False
    for _ in range(_TRIES):
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_WAIT_S)
        except OSError:  # a file system without locks
            return False
        else:
            return True
    return False


def _is_still(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False


def _newest(content: bytes, most: int) -> list[bytes]:
    """The last whole lines that have room in so many bytes."""
    part = content[-most:]
    lines = part.split(b"\n")
    return [each for each in (lines if len(part) == len(content) else lines[1:]) if each]


def _entry(line: bytes) -> str:
    """What was typed; empty for a line that is no entry."""
    try:
        match json.loads(line):
            case {"text": str(text)}:
                return text
            case _:
                return ""
    except (ValueError, RecursionError):
        return ""
