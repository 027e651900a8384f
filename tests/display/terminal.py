"""A terminal to test against: a real pty whose other end is an emulator with an alternate screen and scrollback."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TextIO

import pyte


class Emulator(pyte.HistoryScreen):
    """pyte ignores mode 1049; here it swaps buffers as terminals do, and counts."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines, history=10_000, ratio=0.5)
        self.entered = self.left = 0
        self.answered: list[str] = []

    def set_mode(self, *modes: int, private: bool = False, **_: object) -> None:
        if private and 1049 in modes:
            self.entered += 1
            self._normal = (deepcopy(self.buffer), self.cursor.x, self.cursor.y)
            self.erase_in_display(2)
        super().set_mode(*modes, private=private)

    def reset_mode(self, *modes: int, private: bool = False, **_: object) -> None:
        if private and 1049 in modes:
            self.left += 1
            self.buffer, self.cursor.x, self.cursor.y = self._normal
        super().reset_mode(*modes, private=private)

    def write_process_input(self, data: str) -> None:
        self.answered.append(data)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, blanks at line ends aside."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)).rstrip() for y in range(self.lines)]

    @property
    def scrollback(self) -> list[str]:
        """What has scrolled off the top."""
        return ["".join(line[x].data for x in range(self.columns)).rstrip() for line in self.history.top]


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
