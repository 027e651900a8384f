"""A terminal to test against: a real pty whose other end is an emulator with an alternate screen and scrollback."""

import asyncio
import os
import select
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

import pyte

from tests.helpers.emulator import Emulator

PATIENCE_S = 5.0

_END = b"\0"
"""What the terminal gets last: a kernel may forget what was written in the instant before the last writer left."""


@dataclass(slots=True)
class Terminal:
    """The program's end of a pty, and what it has written to it so far."""

    file: TextIO
    stdin: TextIO
    keyboard: int
    written: bytearray = field(default_factory=bytearray)
    screen: Emulator = field(default_factory=lambda: Emulator(80, 24))
    changed: threading.Condition = field(default_factory=threading.Condition)

    async def see(self, condition: Callable[[list[str]], object]) -> list[str]:
        """Let the loop run until something is on the screen of 80 columns and 24 lines; returns its rows."""
        return await asyncio.to_thread(self._see, condition)

    def _see(self, condition: Callable[[list[str]], object]) -> list[str]:
        with self.changed:
            seen = self.changed.wait_for(lambda: condition(self.screen.rows), PATIENCE_S)
            assert seen, "waited in vain; there is:\n" + "\n".join(self.screen.rows)
            return self.screen.rows

    def press(self, *keys: str) -> None:
        """Send keys, all at once."""
        os.write(self.keyboard, "".join(keys).encode())

    @property
    def readable(self) -> bool:
        """Whether something that was pressed waits to be read."""
        return bool(select.select([self.stdin], [], [], 0)[0])

    @property
    def settings(self) -> list[object]:
        """How the terminal is set."""
        return list(termios.tcgetattr(self.stdin.fileno()))

    def emulated(self, columns: int, lines: int) -> Emulator:
        """Return what a terminal of that size shows after everything that was written."""
        screen = Emulator(columns, lines)
        pyte.ByteStream(screen).feed(bytes(self.written))
        return screen


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Open a pty; all that was written to it is there once the block is left."""
    ours, theirs = os.openpty()
    held = os.open(os.ttyname(theirs), os.O_WRONLY | os.O_NOCTTY)
    opened = Terminal(
        file=os.fdopen(theirs, "w", encoding="utf-8"),
        stdin=os.fdopen(os.dup(theirs), "r", encoding="utf-8"),
        keyboard=ours,
    )

    stream = pyte.ByteStream(opened.screen)

    def read() -> None:
        end = b""
        while not end:
            piece, end, _ = os.read(ours, 65_536).partition(_END)
            with opened.changed:
                opened.written += piece
                stream.feed(piece)
                opened.changed.notify_all()

    reader = threading.Thread(target=read, name="pty reader")
    reader.start()
    try:
        yield opened
    finally:
        opened.stdin.close()
        opened.file.close()
        os.write(held, _END)
        reader.join()
        os.close(held)
        os.close(ours)


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until something is so; far too long a wait is a failure."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 (the kernel and a thread set no event)
            await asyncio.sleep(0)
