"""The commands that lead out of the conversation: to the configuration, and to the shell."""

from massgen.repl.commands.table import Command, Example, Room, Then
from massgen.repl.editor import edit

GOODBYE = "Exiting MassGen. Goodbye!"


async def _config(room: Room, _: str) -> Then:
    file = room.config.editable()
    if file.note:
        room.say(file.note)
    wrong = await edit(file.path, room.environ)
    start = f", as: {file.start}" if file.start else "."
    room.say(wrong or f"{file.path}: changes take effect with the next start{start}")
    return "stay"


async def _quit(room: Room, _: str) -> Then:
    room.say(GOODBYE)
    return "leave"


ROWS = (
    Command(
        names=("/config", "/settings"),
        help="Open configuration file in default editor",
        example=Example("/config", "opens the file of your team; what you change counts from the next start on."),
        run=_config,
    ),
    Command(
        names=("/quit", "/exit", "/q"),
        help="Exit interactive mode",
        example=Example("/quit", "ends MassGen; massgen --continue goes on where you left."),
        run=_quit,
    ),
)
