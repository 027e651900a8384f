"""Where frames go: to the terminal, without ever waiting for it.

A terminal may read slowly (a weak line, a stopped tmux client, Ctrl+S), and a write that waits for it would stop every
agent. So frames are written to a file of our own on the same terminal, opened not to block: the shared one stays as it
is for everybody else who writes there. What the terminal does not take at once is written when it can take more, and
until then no new frame is made: frames are dropped and never queued.
"""

import asyncio
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

_CANCEL = "\x18"
"""CAN ends an escape sequence that was cut in the middle (ECMA-48, 8.3.6)."""


class Outlet:
    """Writes to the terminal behind `file`; where there is none, or on Windows, to `file` itself, which may block.

    `drained` is called on the loop when a terminal that was behind has caught up. For so many seconds as `patience_s`
    says, the end of the view waits for a terminal to take more of its last frame; after that it does not get the rest.
    """

    def __init__(self, file: TextIO, drained: Callable[[], None], *, patience_s: float = 1.0) -> None:
        self._file = file
        self._drained = drained
        self._patience_s = patience_s
        self._terminal: int | None = None
        self._rest = b""

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has not yet taken the last frame; there is no use in making another one."""
        return bool(self._rest)

    def open(self) -> None:
        """Open the terminal, if there is one. Raises nothing: a terminal without a name is written to as a file."""
        if sys.platform != "win32" and self._terminal is None:
            with suppress(OSError, ValueError):  # no terminal, or a file without a descriptor
                name = os.ttyname(self._file.fileno())
                self._terminal = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)

    def close(self) -> None:
        """Give the terminal what it is still owed, for a moment at most, and close it."""
        terminal, self._terminal = self._terminal, None
        if terminal is None:
            return
        if self._rest:
            asyncio.get_running_loop().remove_writer(terminal)
            with suppress(OSError):  # the terminal itself is gone
                while self._rest and select.select([], [terminal], [], self._patience_s)[1] and self._go_on(terminal):
                    pass
        os.close(terminal)
        if self._rest:
            self._rest = b""
            self.write(_CANCEL)

    def write(self, text: str) -> None:
        """Write a frame in one piece, as far as the terminal takes it. Raises `OSError` when it is gone."""
        if self._terminal is None:
            self._file.write(text)
            self._file.flush()
            return
        self._rest += text.encode(self._file.encoding or "utf-8", "replace")
        self._go_on(self._terminal)
        if self._rest:
            asyncio.get_running_loop().add_writer(self._terminal, self._catch_up, self._terminal)

    def _go_on(self, terminal: int) -> bool:
        """Write what the terminal takes now; false when it takes nothing. Raises `OSError` when it is gone."""
        try:
            self._rest = self._rest[os.write(terminal, self._rest) :]
        except BlockingIOError:
            return False
        except OSError:
            self._rest = b""
            raise
        return True

    def _catch_up(self, terminal: int) -> None:
        """The terminal takes more."""
        with suppress(OSError):  # the next frame says so
            self._go_on(terminal)
        if not self._rest:
            asyncio.get_running_loop().remove_writer(terminal)
            self._drained()
