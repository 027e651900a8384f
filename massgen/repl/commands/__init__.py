"""Slash commands: the table of all of them; each family has a file of its own."""

from massgen.repl.commands import changing, leaving, looking, moving, taking
from massgen.repl.commands.helping import KEYS, TYPED, with_help
from massgen.repl.commands.leaving import GOODBYE
from massgen.repl.commands.table import Ask, Command, OtherSessions, Room, Then, dispatch

__all__ = ["COMMANDS", "GOODBYE", "KEYS", "TYPED", "Ask", "Command", "OtherSessions", "Room", "Then", "run"]

COMMANDS = with_help((*looking.ROWS, *changing.ROWS, *moving.ROWS, *taking.ROWS, *leaving.ROWS))
"""Every command, in the order in which `/help` lists them."""


async def run(line: str, room: Room) -> Then:
    """Carry out the command that `line` is; returns how the conversation goes on. What fails is said, not raised."""
    return await dispatch(line, room, COMMANDS)
