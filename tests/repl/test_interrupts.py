"""What a second Ctrl+C means, by a clock that the test holds."""

import asyncio
import signal
from collections.abc import Sequence

import pytest

from massgen.repl.interrupts import interrupts


def press(*at: float) -> str:
    """Press Ctrl+C at these seconds: what each press ended, and that the program was ended by the last one."""
    ended: list[str] = []

    async def scene(times: Sequence[float]) -> None:
        clock = iter(times)
        with interrupts(lambda: next(clock)) as presses:
            for _ in times:
                presses.aim(lambda: ended.append("turn"))
                signal.raise_signal(signal.SIGINT)
                await asyncio.sleep(0)  # the press is taken by the loop
                presses.forget()

    try:
        asyncio.run(scene(at))
    except KeyboardInterrupt:  # which would end the tests instead
        ended.append("program")
    return ", ".join(ended)


def test_the_first_press_ends_what_is_running_whatever_the_clock_says() -> None:
    assert press(0.5) == "turn"


@pytest.mark.parametrize("second", [100.0, 101.0, 101.9])
def test_a_second_press_within_two_seconds_ends_the_program(second: float) -> None:
    assert press(100.0, second) == "turn, program"


def test_a_press_two_seconds_later_is_a_first_one_again() -> None:
    assert press(100.0, 102.0, 104.5) == "turn, turn, turn"


def test_the_two_seconds_begin_with_the_press_before() -> None:
    assert press(100.0, 102.0, 103.9) == "turn, turn, program"
