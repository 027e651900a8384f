"""Text appended to files as it streams, by a thread of its own: who says it never waits for a disk.

What is said within `PAUSE_S` is written at once, so a program that is killed loses at most that much. A disk that
refuses is told once; the text is in memory and in the events, and the files are written anew when the turn is over.
"""

import logging
import queue
import threading
import time
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.session.disk import append, make_private_directory

PAUSE_S: Final = 0.25

logger = logging.getLogger(__name__)


class Appender:
    """Appends to files below one directory. `append` returns at once; `settle` waits until all of it is written."""

    def __init__(self) -> None:
        self._said: queue.SimpleQueue[tuple[Path, str] | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._working = True

    def append(self, file: Path, text: str) -> None:
        """Add text to the file; its directory and the one above are made if they are missing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="agent outputs", daemon=True)
            self._thread.start()
        self._said.put((file, text))

    def settle(self) -> None:
        """Wait until everything appended so far is in its file."""
        if self._thread is not None:
            written = threading.Event()
            self._said.put(written)
            written.wait()

    def give_up(self, error: OSError | SessionError) -> None:
        """Append nothing more, and say why, once."""
        if self._working:
            self._working = False
            logger.warning("agent_outputs/ is not written while answers stream: %s", error)

    def _write(self) -> None:
        while True:
            texts, waiting = self._gather()
            for file, text in texts.items():
                self._append(file, text)
            if waiting is not None:
                waiting.set()

    def _gather(self) -> tuple[dict[Path, str], threading.Event | None]:
        """What is said from the next word on until the pause is over, or until somebody waits for it."""
        texts: dict[Path, str] = {}
        item = self._said.get()
        until = time.monotonic() + PAUSE_S
        while not isinstance(item, threading.Event):
            file, text = item
            texts[file] = texts.get(file, "") + text
            try:
                item = self._said.get(timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                return texts, None
        return texts, item

    def _append(self, file: Path, text: str) -> None:
        if not self._working:
            return
        try:
            make_private_directory(file.parent.parent)
            make_private_directory(file.parent)
            append(file, text)
        except (OSError, SessionError) as error:
            self.give_up(error)
