"""`/help`: a list that fits on a small terminal, and each command with an example."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from massgen.repl.commands.table import Command, Example, Room, Then, Unclear, find

KEYS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("Ctrl+C",): (
            "At an empty prompt: exit interactive mode. During a turn: end it and keep the best answer so far"
        ),
        ("r",): "During a turn, or alone at the prompt: view the complete coordination history",
        ("←", "→", "1-9"): "During a turn: look at one agent; Esc shows everybody again",
        ("s",): "Then: do not wait for that agent",
        ("↑", "↓", "Ctrl+R"): "At the prompt: find what you typed before; → takes what is suggested",
        ("Alt+Enter",): "At the prompt: begin a new line, as Ctrl+J does, or a backslash and Enter",
        ("Tab",): "At the prompt: complete a command, or a file after @",
        ("Ctrl+G",): "At the prompt: go on in your editor",
    }
)
"""What can be pressed, and what `/help keys` says about it."""

TYPED: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("Ctrl+C",): KEYS["Ctrl+C",],
        ("r Enter",): "During a turn, or alone at the prompt: hear the complete coordination history",
        ("s NAME Enter",): "During a turn: do not wait for that agent",
        ("\\ Enter",): "At the prompt: go on in the next line",
    }
)
"""The same for the linear display."""

_KEYS = "keys"


def with_help(others: Iterable[Command]) -> tuple[Command, ...]:
    """The whole table: `/help`, which tells of all of them and of itself, and the others."""

    async def run(room: Room, name: str) -> Then:
        if name.lower().lstrip("/") == _KEYS:
            for names, said in room.keys.items():
                room.say(f"  {', '.join(names):{_width(room.keys)}}  {said}")
        elif name:
            _explain(room, name, commands)
        else:
            _list(room, commands)
        return "stay"

    helps = Command(
        names=("/help", "/h", "/?"),
        takes="[name]",
        behind="the name of a command",
        help="Show available commands and help message",
        example=Example("/help undo", "explains one command; /help keys says what can be pressed."),
        run=run,
    )
    commands = (helps, *others)
    return commands


def _list(room: Room, commands: tuple[Command, ...]) -> None:
    room.say("Commands:")
    width = max(len(each.usage) for each in commands)
    for each in commands:
        room.say(f"  {each.usage:{width}}  {each.brief or each.help}")
    room.say("/help NAME explains one, as in /help undo; /help keys says what can be pressed.")


def _explain(room: Room, name: str, commands: tuple[Command, ...]) -> None:
    command = find(name if name.startswith("/") else f"/{name}", commands)
    if isinstance(command, Unclear):
        room.say(command.sentence)
        return
    also = f", also {', '.join(command.names[1:])}" if command.names[1:] else ""
    room.say(f"{command.usage}{also}")
    room.say(f"  {command.help}.")
    room.say(f"  Example: {command.example.typed}")
    room.say(f"    {command.example.does}")


def _width(keys: Mapping[tuple[str, ...], str]) -> int:
    return max((len(", ".join(names)) for names in keys), default=0)
