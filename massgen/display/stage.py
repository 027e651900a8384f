"""The terminal while a view has it: the alternate screen, frames of what changed, keys, and leave for Ctrl+Z.

A frame is one write of what changed, none of it erased before it is written: nothing can be seen half drawn (rich's own
`Live` writes the whole screen each time; fed to a terminal in the pieces a pty delivers, 77 % of its borders showed
blank rows, measured 2026-11-22). A terminal that is behind gets no frame until it has caught up. The alternate screen
is what survives a resize without leaving ghosts in the scrollback.

Ctrl+Z and a new size are heard by the loop and not by a handler of the signal itself, which could come in the middle of
a write. While the loop is stuck Ctrl+Z waits; the terminal is always given back before the program stops.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO, cast

from rich.console import Console
from rich.live import Live

from massgen.display.keys import Key, Keyboard
from massgen.display.outlet import Outlet
from massgen.display.painter import Painter
from massgen.display.theme import Row, Theme

_ENTER_PASTES, _LEAVE_PASTES = "\x1b[?2004h", "\x1b[?2004l"


class Stage:
    """Has the terminal between `enter` and `leave`; each may be called at any time and any number of times.

    `rows` says what is to be seen at so many columns and lines. Keys are told to `hear` if `stdin` is a terminal.
    """

    def __init__(
        self,
        console: Console,
        *,
        rows: Callable[[int, int], list[Row]],
        theme: Theme,
        stdin: TextIO | None,
        hear: Callable[[Key], None],
    ) -> None:
        self._view = _Changes(console, rows=rows, theme=theme)
        self._keyboard = Keyboard(stdin, hear)
        self._signals = _Signals(stop=self._stop, resize=self.draw)

    @property
    def has_keys(self) -> bool:
        """Whether keys are read now."""
        return self._keyboard.is_open

    def enter(self) -> None:
        """Take the terminal."""
        self._keyboard.open()
        self._signals.watch()
        self._view.enter(pastes=self.has_keys)

    def leave(self) -> None:
        """Give the terminal back as it was."""
        self._signals.unwatch()
        with suppress(OSError):  # the terminal itself is gone: there is nothing left to restore
            self._view.leave()
        self._keyboard.close()

    def draw(self) -> None:
        """Write what differs from what is shown, or everything after a resize; later, if the terminal is behind."""
        self._view.refresh()

    def _stop(self) -> None:
        """Ctrl+Z: give the terminal back, stop, and take it again when the program goes on."""
        if sys.platform != "win32":
            self.leave()
            signal.raise_signal(signal.SIGTSTP)  # the program stands still here until `fg`
            self.enter()
            self.draw()


@contextmanager
def ctrl_c(do: Callable[[], None]) -> Iterator[None]:
    """Inside the block Ctrl+C calls `do` on the loop, and nothing else."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def pressed(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(do)

    previous = signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


class _Signals:
    """Ctrl+Z and a new size of the terminal, heard by the loop."""

    def __init__(self, *, stop: Callable[[], None], resize: Callable[[], None]) -> None:
        self._stop = stop
        self._resize = resize
        self._is_watching = False

    def watch(self) -> None:
        if sys.platform != "win32" and not self._is_watching:
            if threading.current_thread() is not threading.main_thread():
                return  # signals are somebody else's
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTSTP, self._stop)
            loop.add_signal_handler(signal.SIGWINCH, self._resize)
            self._is_watching = True

    def unwatch(self) -> None:
        if sys.platform != "win32" and self._is_watching:
            loop = asyncio.get_running_loop()
            loop.remove_signal_handler(signal.SIGTSTP)
            loop.remove_signal_handler(signal.SIGWINCH)
            self._is_watching = False


class _Changes(Live):
    """rich's `Live` for entering and leaving the alternate screen, with frames of nothing but changes."""

    def __init__(self, console: Console, *, rows: Callable[[int, int], list[Row]], theme: Theme) -> None:
        super().__init__(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._rows = rows
        self._painter = Painter(theme)
        self._outlet = Outlet(cast(TextIO, console.file), self._caught_up)  # rich says IO[str]
        self._is_due = False
        self._has_pastes = False

    def enter(self, *, pastes: bool) -> None:
        """Enter the alternate screen; with `pastes` the terminal marks what is pasted."""
        self._painter.forget()
        self.start()
        self._outlet.open()
        if pastes and not self._has_pastes:
            self._has_pastes = True
            self._outlet.write(_ENTER_PASTES)

    def leave(self) -> None:
        """Leave the alternate screen."""
        self._is_due = False
        self._outlet.close()
        try:
            if self._has_pastes:
                self._has_pastes = False
                self._outlet.write(_LEAVE_PASTES)
        finally:
            self.stop()

    def refresh(self) -> None:
        """Write what differs from what is shown."""
        if not self.is_started:
            return
        self._is_due = self._outlet.is_behind
        if self._is_due:
            return
        columns, lines = self.console.size
        if frame := self._painter.frame(self._rows(columns, lines), columns=columns, lines=lines):
            self._outlet.write(frame)

    def _caught_up(self) -> None:
        if self._is_due:
            self.refresh()
