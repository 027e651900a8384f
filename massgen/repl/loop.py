"""The prompt: read a line, answer it, and again, until the user leaves."""

from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from massgen.errors import MassGenError, SessionError
from massgen.repl import commands
from massgen.repl.commands import GOODBYE, Room
from massgen.repl.door import Door
from massgen.repl.interrupts import Interrupts, interrupts
from massgen.repl.suspending import stopper
from massgen.repl.terminal import Terminal

PROMPT = "You: "
HISTORY = "r"
"""Alone on a line it opens the history of the session, as the key does during a turn."""


async def converse(door: Door, terminal: Terminal, room: Room) -> int:
    """Answer questions until /quit, Ctrl+C at an empty prompt or the end of input; returns the exit status."""
    prompt: PromptSession[str] = PromptSession(key_bindings=_keys(stopper(terminal.stdin)), output=_output())

    def unlock_once(_: object) -> None:
        prompt.app.after_render.remove_handler(unlock_once)
        door.unlock()

    prompt.app.after_render.add_handler(unlock_once)  # first the prompt is painted, then everything else is imported
    with interrupts() as presses:  # from one prompt to the next: a press just after Enter is a press
        while True:
            presses.forget()
            if presses.leaving != 0:
                return presses.leaving
            try:
                line = await prompt.prompt_async(PROMPT, default=terminal.typed.take(), handle_sigint=False)
            except EOFError:
                room.say(GOODBYE)
                return 0
            if _was_pressed(prompt.input):
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


async def _take(line: str, door: Door, terminal: Terminal, room: Room, presses: Interrupts) -> bool:
    """Do what the line says; false ends the conversation."""
    if line.startswith("/"):
        return await commands.run(line, room)
    if line.strip() == HISTORY:
        await terminal.show_history(door.chat.records if door.chat else ())
    elif line.strip() and await terminal.ask(door, line.strip(), presses) is None:
        room.say("")  # the terminal has written ^C where the next prompt would begin
    return True


def _output() -> Output:
    """The terminal, asked nothing: while the prompt waits for an answer (up to a second), Ctrl+C is only a key."""
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def _was_pressed(keyboard: Input) -> bool:
    """Whether Ctrl+C came in one breath with Enter, as a key that waits for the next prompt; what is typed may wait."""
    typed = get_typeahead(keyboard)
    others = [each for each in typed if each.key != Keys.ControlC]
    store_typeahead(keyboard, others)
    return len(others) < len(typed)


def _keys(stop: Callable[[], None] | None) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        """Clear what was typed; at an empty prompt, leave."""
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)  # KeyboardInterrupt would mean the second press that ends everything

    @keys.add("c-z")
    def _(_: KeyPressEvent) -> None:
        """Stop until the shell says `fg`."""
        if stop is not None:
            run_in_terminal(stop)

    return keys
