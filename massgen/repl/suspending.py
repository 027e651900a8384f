"""Ctrl+Z at the prompt: the shell gets the terminal as it was before the chat, and `fg` goes on."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from massgen.display.keys import can_read

with suppress(ImportError):  # as on Windows, where `can_read` says no
    import termios


def stopper(stdin: TextIO | None) -> Callable[[], None] | None:
    """What stops the program until `fg`; None where there is no terminal to give back. Call it before the prompt opens.

    prompt_toolkit's own way leaves what raw mode has switched off besides echo and lines, such as Ctrl+S.
    """
    if sys.platform == "win32" or stdin is None or not can_read(stdin):
        return None
    opened = stdin.fileno()
    before = termios.tcgetattr(opened)

    def stop() -> None:
        now = termios.tcgetattr(opened)
        termios.tcsetattr(opened, termios.TCSADRAIN, before)
        os.kill(0, signal.SIGTSTP)  # whoever belongs to us stops too; the program stands still here until `fg`
        termios.tcsetattr(opened, termios.TCSADRAIN, now)

    return stop
