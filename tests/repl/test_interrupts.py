"""What a second Ctrl+C means, by a clock that the test holds."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from massgen.cli.options import Options
from massgen.cli.others import OtherSessions
from massgen.display.keys import TypeAhead
from massgen.repl.clipboard import Clipboard
from massgen.repl.commands import Room
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.held import HeldWarnings
from massgen.repl.interrupts import interrupts
from massgen.repl.loop import converse
from massgen.repl.terminal import Terminal
from massgen.session.redaction import Redactor


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_what_ends_the_program_interrupts_nothing_half_way(number: signal.Signals) -> None:
    done: list[str] = []

    def paint() -> None:
        for each in (number, number):
            signal.raise_signal(each)
            done.append("painted")

    async def scene() -> None:
        with interrupts() as presses:
            presses.aim(lambda: done.append("the turn ends"))
            asyncio.get_running_loop().call_soon(paint)
            try:
                await asyncio.Event().wait()
            finally:
                done.append("put in order")

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        asyncio.run(scene())
    assert done == ["painted", "painted", "the turn ends", "put in order"]


def test_a_second_press_while_the_prompt_is_being_painted_is_no_way_out_of_the_conversation(tmp_path: Path) -> None:
    class Pressed(TypeAhead):
        """Is asked when the prompt opens, and interrupted in the middle, as anything may be by a signal."""

        def take(self) -> str:
            raise KeyboardInterrupt

    said = StringIO()
    terminal = Terminal.of(
        stdout=said, stderr=said, environ={}, clock=lambda: 0.0, held=HeldWarnings(Redactor(())), requested="plain"
    )
    file = ConfigFile(name="team.yaml", path=tmp_path / "team.yaml", yaml="", owned=True, copy_to=tmp_path)
    door = Door(lambda: pytest.fail("nobody asked for a chat"))
    room = Room(
        agents=(),
        away={},
        door=door,
        config=file,
        sessions=OtherSessions(Path(), Options(), {}),
        show_history=terminal.show_history,
        show_answer=terminal.show_answer,
        environ={},
        redactor=Redactor(()),
        clipboard=Clipboard(terminal=None, environ={}),
        say=lambda line: print(line, file=said),
        keys={},
    )
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=DummyOutput()),
        pytest.raises(KeyboardInterrupt),  # which ends the program with 130
    ):
        asyncio.run(converse(door, replace(terminal, typed=Pressed()), room))

    assert said.getvalue() == ""
