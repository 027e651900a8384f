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
STUCK_S = 0.5
"""A loop that has not taken notice of the end of the program after this time is blocked."""
PATIENCE_S = 2.0
"""The same where the loop is only told to end what is running, which keeps more of it."""


class Interrupts:
    """Hands a press to whatever can be ended at the moment; one that comes before there is anything waits for it.

    `leaving` is the exit status of a program that is to end with what it is doing; 0 while it is not.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = -math.inf
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

    def is_second(self) -> bool:
        """Whether a Ctrl+C that comes now, as a signal or as a key of the prompt, comes soon after another signal."""
        return self._clock() - self._last < SECOND_PRESS_S

    def heard(self) -> bool:
        """Ctrl+C came as a signal; whether it is the second one."""
        now, before = self._clock(), self._last
        self._last = now
        return now - before < SECOND_PRESS_S

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

    What is raised is raised between two callbacks of the loop, so that no view and no prompt is left half way. Only in
    a loop that is blocked it is raised where that stands.
    """
    loop = asyncio.get_running_loop()
    presses = Interrupts(clock)
    ending: BaseException | None = None

    def pressed(_: int, __: FrameType | None) -> None:
        if presses.heard():
            end(KeyboardInterrupt())
        else:
            loop.call_soon_threadsafe(presses.press)

    def told_to_end(number: int, _: FrameType | None) -> None:
        nonlocal ending
        if presses.leave(128 + number):
            ending = SystemExit(128 + number)
            _alarm(PATIENCE_S)
            loop.call_soon_threadsafe(taken)
        else:
            end(SystemExit(128 + number))

    def taken() -> None:
        _alarm(0)
        presses.press()

    def end(how: BaseException) -> None:
        nonlocal ending
        ending = how
        _alarm(STUCK_S)
        loop.call_soon_threadsafe(leave)

    def leave() -> None:
        nonlocal ending
        _alarm(0)
        presses.forget()  # who is cancelled now is not cancelled by a press that leads back to the prompt
        how, ending = ending, None
        if how is not None:
            raise how

    def is_stuck(_: int, __: FrameType | None) -> None:
        leave()  # and not a second time when the loop goes on

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
