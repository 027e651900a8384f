"""A terminal to test against: a real pty whose other end is an emulator with an alternate screen and scrollback."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

import pyte

from tests.helpers.emulator import Emulator


@dataclass(slots=True)
class Terminal:
    """The program's end of a pty, and what it has written to it so far."""

    file: TextIO
    written: bytearray = field(default_factory=bytearray)

    def emulated(self, columns: int, lines: int) -> Emulator:
        """Return what a terminal of that size shows after everything that was written."""
        screen = Emulator(columns, lines)
        pyte.ByteStream(screen).feed(bytes(self.written))
        return screen


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Open a pty; all that was written to it is there once the block is left."""
    ours, theirs = os.openpty()
    opened = Terminal(file=os.fdopen(theirs, "w", encoding="utf-8"))

    def read() -> None:
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # EIO: the last writer is gone
                return
            if not piece:
                return
            opened.written += piece

    reader = threading.Thread(target=read, name="pty reader")
    reader.start()
    try:
        yield opened
    finally:
        opened.file.close()
        reader.join()
        os.close(ours)
