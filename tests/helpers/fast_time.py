"""An event loop whose clock runs faster than ours: real connections, and minutes of waiting in no time.

For code that waits for the world and for timers; where it waits for timers alone, a virtual clock is exact.
"""

import asyncio
import selectors


class _Hasty(selectors.SelectSelector):
    """Sleeps for a part of what it is told to."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self._times = times

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._times)


class FastLoop(asyncio.SelectorEventLoop):
    """A loop on whose clock this many seconds pass in one."""

    def __init__(self, times: float) -> None:
        self._times = times
        super().__init__(_Hasty(times))

    def time(self) -> float:
        return super().time() * self._times
