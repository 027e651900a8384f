"""An event loop whose clock jumps to the next timer as soon as nothing else can happen: minutes pass in no time.

Only for code that waits for timers and for itself. A selector that would have to wait for the outside world with no
timer armed is a deadlock of the test, and is said so.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Instead of sleeping until the next timer is due, it moves the loop's clock there."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            ready = super().select(1.0)  # a worker thread may be about to wake the loop
            assert ready, "everything waits and no timer is armed"
            return ready
        self.clock += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, in seconds from 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.clock


def run(main: Coroutine[Any, Any, T]) -> T:  # Any: that is how typeshed spells a coroutine's unused halves
    """`asyncio.run` on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
