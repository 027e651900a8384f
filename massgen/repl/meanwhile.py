"""The keyboard while no prompt is there, and what Ctrl+Z needs when the terminal is not as the shell left it."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from massgen.display.keys import Key, Keyboard


@contextmanager
def meanwhile(stdin: TextIO | None, hear: Callable[[Key], object]) -> Iterator[None]:
    """Inside the block keys are told to `hear`, and not echoed; where there is no terminal, there are none."""
    keyboard = Keyboard(stdin, hear)
    try:
        keyboard.open()
        with around_stops(keyboard.close, keyboard.open):
            yield
    finally:
        keyboard.close()


@contextmanager
def around_stops(leave: Callable[[], None], enter: Callable[[], None]) -> Iterator[None]:
    """Inside the block Ctrl+Z calls `leave`, stops the program, and calls `enter` when it goes on."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def stop() -> None:
        leave()
        loop.remove_signal_handler(signal.SIGTSTP)
        signal.raise_signal(signal.SIGTSTP)  # the program stands still here until `fg`
        loop.add_signal_handler(signal.SIGTSTP, stop)
        enter()

    loop.add_signal_handler(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTSTP)
