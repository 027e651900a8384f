"""A terminal that does not read, read by a test when it likes to."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TextIO

import pytest

from massgen.display.outlet import Outlet
from tests.display.terminal import until

FRAME = "a frame of text " * 4_000
"""Far more than any terminal takes at once."""


@contextmanager
def stopped() -> Iterator[tuple[TextIO, int]]:
    """A terminal that reads nothing by itself: the end of a program, and the end to read from."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        os.set_blocking(ours, False)
        yield file, ours
    os.close(ours)


def read(ours: int) -> str:
    """What the terminal takes now."""
    taken = b""
    while True:
        try:
            taken += os.read(ours, 65_536)
        except BlockingIOError:
            return taken.decode()


def test_a_terminal_that_is_behind_holds_nobody_and_gets_the_rest_when_it_reads() -> None:
    async def write() -> None:
        drained: list[str] = []
        with stopped() as (file, ours):
            outlet = Outlet(file, lambda: drained.append("drained"))
            outlet.open()
            outlet.write(FRAME)  # would wait for ever if it waited
            assert outlet.is_behind
            seen = ""
            while outlet.is_behind:
                assert drained == []
                seen += read(ours)
                await asyncio.sleep(0)
            assert seen + read(ours) == FRAME
            assert drained == ["drained"]
            outlet.close()

    asyncio.run(write())


def test_what_a_terminal_takes_at_once_is_one_write() -> None:
    with stopped() as (file, ours):
        outlet = Outlet(file, lambda: pytest.fail("it was never behind"))
        outlet.open()
        outlet.write("a frame")
        assert (outlet.is_behind, read(ours)) == (False, "a frame")
        outlet.close()


def test_the_file_that_others_write_to_goes_on_waiting_as_before() -> None:
    with stopped() as (file, _):
        outlet = Outlet(file, lambda: None)
        outlet.open()
        assert not fcntl.fcntl(file.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK
        outlet.close()


def test_a_view_that_ends_gives_the_terminal_the_rest_of_its_frame() -> None:
    async def write() -> str:
        with stopped() as (file, ours):
            outlet = Outlet(file, lambda: None, patience_s=60)
            outlet.open()
            outlet.write(FRAME)
            reading = asyncio.create_task(asyncio.to_thread(lambda: _read_all(ours)))
            await asyncio.to_thread(lambda: None)
            outlet.close()
            assert not outlet.is_behind
            return await reading

    assert asyncio.run(write()) == FRAME


def _read_all(ours: int) -> str:
    seen = ""
    while len(seen) < len(FRAME):
        seen += read(ours)
    return seen


def test_a_view_that_ends_before_a_terminal_that_stands_still_ends_the_sequence_it_was_in() -> None:
    class Shared(StringIO):
        """What others write to, which here goes nowhere."""

        def fileno(self) -> int:
            return terminal

    async def write() -> str:
        shared = Shared()
        outlet = Outlet(shared, lambda: pytest.fail("nobody reads"), patience_s=0)
        outlet.open()
        outlet.write(FRAME)
        outlet.close()
        assert not outlet.is_behind
        return shared.getvalue()

    with stopped() as (file, _):
        terminal = file.fileno()
        assert asyncio.run(write()) == "\x18"


def test_where_there_is_no_terminal_the_file_gets_everything() -> None:
    file = StringIO()
    outlet = Outlet(file, lambda: pytest.fail("it was never behind"))
    outlet.open()
    outlet.write("a frame")
    assert (outlet.is_behind, file.getvalue()) == (False, "a frame")
    outlet.close()


def test_a_terminal_that_is_gone_is_said_with_the_next_frame() -> None:
    async def write() -> None:
        ours, theirs = os.openpty()
        with os.fdopen(theirs, "w", encoding="utf-8") as file:
            outlet = Outlet(file, lambda: None)
            outlet.open()
            outlet.write(FRAME)
            os.close(ours)
            await until(lambda: not outlet.is_behind)
            with pytest.raises(OSError, match="Input/output error"):
                outlet.write("a frame")
            outlet.close()

    asyncio.run(write())
