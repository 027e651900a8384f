"""The prompt: read a line, answer it, and again, until the user leaves."""

from dataclasses import replace
from typing import Protocol

from massgen.errors import MassGenError, SessionError
from massgen.repl import commands
from massgen.repl.commands import GOODBYE, Ask, Room
from massgen.repl.door import Door
from massgen.repl.interrupts import Interrupts, interrupts
from massgen.repl.suspending import stopper
from massgen.repl.terminal import Terminal

HISTORY = "r"
"""Alone on a line it opens the history of the session, as the key does during a turn."""


class Prompt(Protocol):
    """Where the user says something."""

    async def ask(self, typed: str) -> str:
        """Return what the user says, which begins with `typed`; raises `EOFError` when they leave."""
        ...

    def was_pressed(self) -> bool:
        """Whether Ctrl+C came in one breath with the last Enter: then it is meant for what that began."""
        ...


async def converse(door: Door, terminal: Terminal, room: Room) -> int:
    """Answer questions until /quit, Ctrl+C at an empty prompt or the end of input; returns the exit status."""
    with interrupts() as presses:  # from one prompt to the next: a press just after Enter is a press
        room = replace(room, presses=presses)
        prompt = _prompt(door, terminal, room, presses)
        while True:
            presses.forget()
            if presses.leaving != 0:
                return presses.leaving
            try:
                line = await prompt.ask(terminal.typed.take())
            except EOFError:
                if presses.leaving == 0:
                    room.say(GOODBYE)
                return presses.leaving
            if prompt.was_pressed():
                presses.press()
            try:
                if not await _take(line, door, terminal, room, presses):
                    return 0
            except SessionError as error:
                terminal.tell("\n  ".join(part for part in (f"massgen: {error}", error.hint) if part))
                return presses.leaving or error.exit_status
            except (MassGenError, OSError):
                if presses.leaving == 0:  # the terminal may be gone with what ended the program
                    raise


def _prompt(door: Door, terminal: Terminal, room: Room, presses: Interrupts) -> Prompt:
    """First the prompt is there to be seen, then everything else is imported."""
    if terminal.stdin is not None and terminal.asks_in_lines:
        from massgen.repl.line_prompt import LinePrompt

        return LinePrompt(terminal.stdin, terminal.stdout, say=room.say, presses=presses, asked=door.unlock)
    from massgen.repl.edited_prompt import EditedPrompt

    return EditedPrompt(painted=door.unlock, stop=stopper(terminal.stdin), is_second=presses.is_second)


async def _take(line: str, door: Door, terminal: Terminal, room: Room, presses: Interrupts) -> bool:
    """Do what the line says; false ends the conversation."""
    if line.startswith("/"):
        then = await commands.run(line, room)
        terminal.tell_warnings()
        if isinstance(then, Ask):
            await terminal.ask(door, then.question, presses)
        return then != "leave"
    if line.strip() == HISTORY:
        await terminal.show_history(door.chat.records if door.chat else ())
    elif line.strip() and await terminal.ask(door, line.strip(), presses) is None:
        room.say("")  # the terminal has written ^C where the next prompt would begin
    return True
