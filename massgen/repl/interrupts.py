"""What Ctrl+C means while the prompt is not there to take it as a key, and a signal to end during a turn."""

import asyncio
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from massgen.agents import AgentId

SECOND_PRESS_S = 2.0
"""A second Ctrl+C within this time ends the program instead of the turn."""
STUCK_S = 2.0
"""A loop that has not taken notice of SIGTERM or SIGHUP after this time never will."""


class Interrupts:
    """Hands a press to whatever can be ended at the moment; one that comes before there is anything waits for it.

    `leaving` is the exit status of a program that is to end with what it is doing; 0 while it is not.
    """

    def __init__(self) -> None:
        self.pressed = False
        self.leaving = 0
        self._end: Callable[[], object] | None = None
        self._skip: Callable[[AgentId], object] | None = None

    def aim(self, end: Callable[[], object], skip: Callable[[AgentId], object] | None = None) -> None:
        """From now on a press calls `end`; one that has come already does so at once. `skip` ends one agent's part."""
        self._end, self._skip = end, skip
        if self.pressed:
            end()

    def forget(self) -> None:
        """Nothing can be ended now, and what was pressed before is over."""
        self.pressed, self._end, self._skip = False, None, None

    def skip(self, agent: AgentId) -> None:
        """The user does not want to wait for this agent."""
        if self._skip is not None:
            self._skip(agent)

    def leave(self, status: int) -> bool:
        """The program is to end; false when there is nothing to end first, or it was told so before."""
        if self.leaving or self._end is None:
            return False
        self.leaving = status
        return True

    def press(self) -> None:
        """Ctrl+C was pressed."""
        self.pressed = True
        if self._end is not None:
            self._end()


@contextmanager
def interrupts(clock: Callable[[], float] = time.monotonic) -> Iterator[Interrupts]:
    """Ctrl+C is a press, on the loop; a second one soon after raises `KeyboardInterrupt`, even in a blocked loop.

    SIGTERM and SIGHUP are a press too, with `leaving` set; where nothing can be ended, for the second time, and in a
    loop that stays blocked, they raise `SystemExit`. `clock` gives seconds.
    """
    loop = asyncio.get_running_loop()
    presses = Interrupts()
    last = -math.inf

    def pressed(_: int, __: FrameType | None) -> None:
        nonlocal last
        now, before = clock(), last
        last = now
        if now - before < SECOND_PRESS_S:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(presses.press)

    def told_to_end(number: int, _: FrameType | None) -> None:
        if not presses.leave(128 + number):
            raise SystemExit(128 + number)
        _alarm(STUCK_S)
        loop.call_soon_threadsafe(taken)

    def taken() -> None:
        _alarm(0)
        presses.press()

    def is_stuck(_: int, __: FrameType | None) -> None:
        raise SystemExit(presses.leaving)

    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    handlers = {signal.SIGINT: pressed, **dict.fromkeys(ends, told_to_end)}
    if sys.platform != "win32":
        handlers[signal.SIGALRM] = is_stuck
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield presses
    finally:
        _alarm(0)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _alarm(seconds: float) -> None:
    """Let SIGALRM come after so long; 0 calls it off."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)
