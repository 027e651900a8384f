"""A second Ctrl+C that finds the next prompt already there ends the program all the same."""

import asyncio
import signal

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from massgen.display.theme import PLAIN
from massgen.repl.edited_prompt import EditedPrompt
from massgen.repl.interrupts import interrupts
from massgen.repl.prompt.habits import Habits
from massgen.repl.prompt.toolbar import Status


@pytest.mark.parametrize(("pause", "is_second"), [(1.9, True), (2.0, False)])
def test_a_key_within_two_seconds_of_the_signal_is_the_second_press(pause: float, is_second: bool) -> None:
    async def press() -> bool:
        clock = iter((60.0, 60.0 + pause))
        with interrupts(lambda: next(clock)) as presses:
            signal.raise_signal(signal.SIGINT)
            presses.forget()  # the prompt is there
            return presses.is_second()

    assert asyncio.run(press()) is is_second


@pytest.mark.parametrize("typed", ["", "and then"])
@pytest.mark.parametrize(("is_second", "ends"), [(True, KeyboardInterrupt), (False, EOFError)])
def test_it_ends_the_program_whatever_was_typed(typed: str, is_second: bool, ends: type[BaseException]) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        prompt = EditedPrompt(
            Habits(),
            stdin=None,
            theme=PLAIN,
            commands=list,
            status=lambda: Status(mode="Single Agent"),
            say=print,
            environ={},
            painted=lambda: None,
            stop=None,
            is_second=lambda: is_second,
        )
        keys.send_text("\x03\x03")
        with pytest.raises(ends):
            asyncio.run(prompt.ask(typed))
