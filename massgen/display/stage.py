"""The terminal while a view has it: where its rows are drawn, its keys, and leave for Ctrl+Z.

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
from typing import TextIO

from rich.console import Console

from massgen.display.canvas import Canvas, Region, WholeScreen
from massgen.display.keys import Key, Keyboard
from massgen.display.theme import Row, Theme


class Stage:
    """Has the terminal between `enter` and `leave`; each may be called at any time and any number of times.

    `rows` says what is to be seen at so many columns and lines. Keys are told to `hear` if `stdin` is a terminal.
    A stage that is `inline` has a few lines below what stands on the screen, instead of the alternate screen.
    """

    def __init__(
        self,
        console: Console,
        *,
        rows: Callable[[int, int], list[Row]],
        theme: Theme,
        stdin: TextIO | None,
        hear: Callable[[Key], None],
        inline: bool = False,
    ) -> None:
        self._whole = WholeScreen(console, rows=rows, theme=theme)
        self._home: Canvas = Region(console, rows=rows, theme=theme) if inline else self._whole
        self._has_page = False
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
        self._home.enter(pastes=self.has_keys)
        if self._has_page:
            self._whole.enter(pastes=False)

    def leave(self) -> None:
        """Give the terminal back as it was."""
        self._signals.unwatch()
        with suppress(OSError):  # the terminal itself is gone: there is nothing left to restore
            if self._has_page:
                self._whole.leave()
            self._home.leave()
        self._keyboard.close()

    def page(self, *, is_open: bool) -> None:
        """Give the view the whole screen for a page, or take it away again; what is there then must be drawn."""
        if self._home is not self._whole and is_open != self._has_page:
            self._has_page = is_open
            with suppress(OSError):  # the terminal itself is gone, which the next frame says
                if is_open:
                    self._whole.enter(pastes=False)
                else:
                    self._whole.leave()
                    self._home.enter(pastes=self.has_keys)

    def draw(self) -> None:
        """Write what differs from what is shown, or everything after a resize; later, if the terminal is behind."""
        (self._whole if self._has_page else self._home).refresh()

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
