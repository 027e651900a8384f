"""The prompt: read a line, answer it, and again, until the user leaves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from massgen.display.banner import mode
from massgen.errors import MassGenError, SessionError
from massgen.repl import commands
from massgen.repl.commands import GOODBYE, Ask, Room
from massgen.repl.door import Door
from massgen.repl.interrupts import Interrupts, interrupts
from massgen.repl.offer import OnInterrupted, offer
from massgen.repl.prompt.folding import Said
from massgen.repl.prompt.habits import Habits
from massgen.repl.suspending import stopper
from massgen.repl.terminal import Terminal

if TYPE_CHECKING:
    from massgen.events import Attached
    from massgen.repl.prompt.toolbar import Status

HISTORY = "r"
"""Alone on a line it opens the history of the session, as the key does during a turn."""


class Prompt(Protocol):
    """Where the user says something."""

    async def ask(self, typed: str) -> Said:
        """Return what the user says, which begins with `typed`; raises `EOFError` when they leave."""
        ...

    async def choose(self, question: str) -> str:
        """Ask something else, and return what the user says to that; raises `EOFError` when they leave."""
        ...

    async def confirm(self, question: str) -> bool:
        """Whether the user says yes."""
        ...

    def was_pressed(self) -> bool:
        """Whether Ctrl+C came in one breath with the last Enter: then it is meant for what that began."""
        ...


async def converse(
    door: Door,
    terminal: Terminal,
    room: Room,
    habits: Habits | None = None,
    *,
    on_interrupted: OnInterrupted | None = None,
) -> int:
    """Answer questions until /quit, Ctrl+C at an empty prompt or the end of input; returns the exit status.

    Where a turn of the session was interrupted, the user decides first what becomes of it; `on_interrupted` decides for
    them.
    """
    habits = habits or Habits()
    with interrupts() as presses:  # from one prompt to the next: a press just after Enter is a press
        room = replace(room, presses=presses)
        prompt = _prompt(door, terminal, room, presses, habits)
        held_back = ""
        while True:
            presses.forget()
            if presses.leaving != 0:
                return presses.leaving
            try:
                if door.chat is not None and door.chat.interrupted is not None:
                    ask, decided = prompt.choose, on_interrupted
                    await offer(door.chat, terminal, presses, say=room.say, ask=ask, decided=decided)
                    continue
                said = await prompt.ask(held_back or terminal.typed.take())
                held_back = ""
                if prompt.was_pressed():
                    presses.press()
                if _is_question(said):
                    held_back = await _ask(said, door, terminal, room, presses, prompt, habits)
                elif not await _take(said, door, terminal, room, presses):
                    return 0
                terminal.tell_warnings()
            except EOFError:
                if presses.leaving == 0:
                    room.say(GOODBYE)
                return presses.leaving
            except SessionError as error:
                terminal.tell("\n  ".join(part for part in (f"massgen: {error}", error.hint) if part))
                return presses.leaving or error.exit_status
            except (MassGenError, OSError):
                if presses.leaving == 0:  # the terminal may be gone with what ended the program
                    raise


def _prompt(door: Door, terminal: Terminal, room: Room, presses: Interrupts, habits: Habits) -> Prompt:
    """First the prompt is there to be seen, then everything else is imported."""
    if terminal.stdin is not None and terminal.asks_in_lines:
        from massgen.repl.line_prompt import LinePrompt

        return LinePrompt(terminal.stdin, terminal.stdout, say=room.say, presses=presses, asked=door.unlock)
    from massgen.repl.edited_prompt import EditedPrompt

    return EditedPrompt(
        habits,
        stdin=terminal.stdin,
        theme=terminal.out,
        commands=lambda: [(name, each.help) for each in commands.COMMANDS for name in each.names],
        status=lambda: _status(door, room),
        say=room.say,
        environ=room.environ,
        painted=door.unlock,
        stop=stopper(terminal.stdin),
        is_second=presses.is_second,
    )


def _status(door: Door, room: Room) -> "Status":
    """What the row below the prompt says."""
    from massgen.repl.prompt.toolbar import Status

    if door.chat is None:
        return Status(mode=mode(len(room.agents), 0), away=tuple(room.away))
    status = Status(mode=mode(len(door.chat.agents), 0), away=tuple(door.chat.away))
    from massgen.display.wording import tokens  # what a bill needs, the first prompt need not import

    bill, session = door.chat.bill, door.chat.session
    return replace(status, session=session.id if session else "", tokens=tokens(bill), cost=bill.due)


def _is_question(said: Said) -> bool:
    """Whether it is for the team; what is pasted and folded is no command."""
    typed = said.typed.strip()
    return bool(typed) and typed != HISTORY and not said.typed.startswith("/")


async def _ask(
    said: Said,
    door: Door,
    terminal: Terminal,
    room: Room,
    presses: Interrupts,
    prompt: Prompt,
    habits: Habits,
) -> str:
    """Ask the team, with the files that are mentioned; returns what the user would rather write otherwise."""
    attached: Sequence[Attached] = ()
    if "@" in said.typed:
        from massgen.repl.prompt.consent import agreed

        agreed_on = await agreed(said.typed, habits, prompt, room.say)
        if agreed_on is None:
            return said.typed
        attached = agreed_on
    question = said.text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
    if await terminal.ask(door, question, presses, attached) is None:
        room.say("")  # the terminal has written ^C where the next prompt would begin
    return ""


async def _take(said: Said, door: Door, terminal: Terminal, room: Room, presses: Interrupts) -> bool:
    """Do what the line says; false ends the conversation."""
    if said.typed.startswith("/"):
        then = await commands.run(said.text, room)
        terminal.tell_warnings()
        if isinstance(then, Ask):
            await terminal.ask(door, then.question, presses, then.attached)
        return then != "leave"
    if said.typed.strip() == HISTORY:
        await terminal.show_history(door.chat.records if door.chat else ())
    return True
