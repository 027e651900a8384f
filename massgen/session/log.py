"""The append-only log of a session, `events.jsonl`: the truth that every view and every later turn is folded from.

One thread writes, one batch after the other in the order of `append`, and the event loop never waits for the disk.
Each batch is one `write`, and is there as a whole or not at all (see `reading`). If it holds a *barrier*, the data is
then synced: a barrier is whatever somebody sees as done or acts upon. That is every event but those that only announce
or count (`_CARRIED_ALONG`); they ride on the next barrier, and their loss in a power cut changes no outcome. Tool calls
are barriers at both ends, though a tool does not wait for the first: after a crash a file may have changed a moment
before the log says that it was to be.

A batch that cannot be written whole is taken back, and from then on the log refuses everything with the same sentence:
after a failed sync the kernel may have dropped the page, and trying again would report success for lost data.

Who writes holds the lock of the session (`lock.py`).
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.events import CallStarted, Record, RetryScheduled, UsageCounted
from massgen.session.disk import open_private, refusal, sync, sync_directory
from massgen.session.lock import lock, pid_file
from massgen.session.reading import Log, read_open, spell
from massgen.session.saved import OUTLINE, Saved

logger = logging.getLogger(__name__)

_CARRIED_ALONG: Final = (CallStarted, RetryScheduled, UsageCounted)


class EventLog:
    """The one writer of a log; a `Journal` for the bus. Made by `open_log`."""

    def __init__(self, path: Path, opened: int, held: Log) -> None:
        self._path = path
        self._opened = opened
        self._size = held.size
        self._last_seq = held.last_seq
        self._outline = list(held.outline)
        self._refusal: SessionError | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session-log")

    @property
    def last_seq(self) -> int:
        """The number of the last record that is safe."""
        return self._last_seq

    @property
    def saved(self) -> Saved:
        """Everything that is safe by now, to be read where it is."""
        size = self._size
        return Saved(self._path, size=size, outline=[each for each in self._outline if each[0] < size])

    async def append(self, records: Sequence[Record]) -> None:
        """Return once the records are safe; raise `SessionError` if they cannot be.

        Cancelling the caller does not cancel the writing: a batch taken out of the queue would leave a gap.
        """
        if records:
            writing = asyncio.get_running_loop().run_in_executor(self._writer, self._write, tuple(records))
            writing.add_done_callback(_heard)
            await asyncio.shield(writing)

    def close(self) -> None:
        """Finish what is being written, and let another MassGen have the session."""
        self._writer.shutdown()
        with suppress(OSError):  # the file is a courtesy: a left-over one misleads nobody, the lock is what counts
            pid_file(self._path).unlink()
        os.close(self._opened)

    def _write(self, records: tuple[Record, ...]) -> None:
        if self._refusal is not None:
            raise SessionError(str(self._refusal), hint=self._refusal.hint)
        expected = tuple(range(self._last_seq + 1, self._last_seq + 1 + len(records)))
        if tuple(record.seq for record in records) != expected:
            raise ValueError(f"records {[record.seq for record in records]} after record {self._last_seq}")
        lines = spell(*records)
        try:
            self._make_sure_it_is_ours()
            self._write_whole(lines)
            if not all(isinstance(record.event, _CARRIED_ALONG) for record in records):
                sync(self._opened)
        except OSError as error:
            self._take_back()
            self._refusal = refusal("write", self._path, error)
            raise self._refusal from error
        size = self._size
        for record, line in zip(records, lines.splitlines(keepends=True), strict=True):
            kind = type(record.event).__name__
            if kind in OUTLINE:
                self._outline.append((size, kind))
            size += len(line)
        self._size = size
        self._last_seq = records[-1].seq

    def _make_sure_it_is_ours(self) -> None:
        """A backup or sync tool may have put another file in our place; what we wrote then would be lost unseen."""
        named, held = self._path.lstat(), os.fstat(self._opened)
        if not os.path.samestat(named, held) or held.st_size != self._size:
            raise OSError(0, "another program changed or replaced the file")

    def _write_whole(self, lines: bytes) -> None:
        # One write, unless the disk takes only a part of it; then the next one says why.
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._opened, rest) :]

    def _take_back(self) -> None:
        # If not even this works, the next reader finds a torn tail and sets it aside.
        with suppress(OSError):
            if os.fstat(self._opened).st_size > self._size:
                os.ftruncate(self._opened, self._size)


def open_log(path: Path) -> tuple[EventLog, Log]:
    """Open the log at `path` for writing, made if there is none, with what it already holds.

    A torn tail is set aside as `events.jsonl.torn-1`, … first. `SessionError` when another MassGen writes it, and for
    everything that `read` refuses.
    """
    try:
        opened = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        raise refusal("open", path, error) from error
    try:
        lock(opened, path)
        held = read_open(opened, path)
        if held.torn:
            _set_aside(path, held.torn)
            os.ftruncate(opened, held.size)
            sync(opened)
        sync_directory(path.parent)
    except OSError as error:
        os.close(opened)
        raise refusal("open", path, error) from error
    except SessionError:
        os.close(opened)
        raise
    return EventLog(path, opened, held), held


def _set_aside(path: Path, torn: bytes) -> None:
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.torn-{number}")
        try:
            opened = open_private(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            number += 1
            continue
        with open(opened, "wb") as file:  # noqa: PTH123  (there is a descriptor, not a path)
            file.write(torn)
            file.flush()
            sync(file.fileno())
        logger.warning("%s: a half-written end was set aside as %s", path, aside.name)
        return


def _heard(writing: "asyncio.Future[None]") -> None:
    # Mark the outcome as seen: nobody waits any longer when the caller was cancelled, and the next `append` says it.
    if not writing.cancelled():
        writing.exception()
