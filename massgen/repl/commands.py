"""Slash commands: one table, one function each.

A command that needs no model answers at once. It returns whether the conversation goes on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from massgen.agents import AgentDescription, AgentId
from massgen.display.banner import mode
from massgen.errors import MassGenError
from massgen.printable import one_line
from massgen.repl import taking
from massgen.repl.clipboard import Clipboard
from massgen.repl.compacting import compact
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.editor import edit
from massgen.repl.interrupts import Interrupts
from massgen.session.redaction import Redactor

if TYPE_CHECKING:
    from massgen.events import Record

GOODBYE = "Exiting MassGen. Goodbye!"

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
"""What can be pressed, and what `/help` says about it."""

TYPED: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("Ctrl+C",): KEYS["Ctrl+C",],
        ("r Enter",): "During a turn, or alone at the prompt: hear the complete coordination history",
        ("s NAME Enter",): "During a turn: do not wait for that agent",
        ("\\ Enter",): "At the prompt: go on in the next line",
    }
)
"""The same for the linear display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a command can reach; `away` says of agents why they take no part, `keys` what can be pressed.

    `presses` is where a command that takes its time hears of Ctrl+C.
    """

    agents: tuple[AgentDescription, ...]
    away: Mapping[AgentId, str]
    door: Door
    config: ConfigFile
    show_history: "Callable[[Sequence[Record]], Awaitable[None]]"
    environ: Mapping[str, str]
    redactor: Redactor
    clipboard: Clipboard
    say: Callable[[str], None]
    keys: Mapping[tuple[str, ...], str]
    presses: Interrupts = field(default_factory=Interrupts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A row of the table: its names, the first of which is its own, and what `/help` says about it.

    `run` is given the word behind the name, or nothing; `takes` says what that word is, where there may be one. With
    `many` it is given all of them.
    """

    names: tuple[str, ...]
    help: str
    run: Callable[[Room, str], Awaitable[bool]]
    takes: str = ""
    many: bool = False


async def run(line: str, room: Room) -> bool:
    """Carry out the command that `line` is; false ends the conversation."""
    word, *more = line.split(maxsplit=1)
    word, behind = word.lower(), more[0].strip() if more else ""
    command = next((each for each in COMMANDS if word in each.names), None)
    if command is None:
        room.say(_unknown(word))
        return True
    if not command.many and len(behind.split()) > bool(command.takes):
        takes = f"only {command.takes}" if command.takes else "nothing"
        room.say(f"{word} takes {takes} behind it, so nothing was done; a blank before the / makes it a question.")
        return True
    return await command.run(room, behind)


async def _help(room: Room, _: str) -> bool:
    tables = {"Commands:": [(each.names, each.help) for each in COMMANDS], "Keys:": room.keys.items()}
    width = max(len(", ".join(names)) for table in tables.values() for names, _ in table)
    for title, table in tables.items():
        room.say(title)
        for names, said in table:
            room.say(f"  {', '.join(names):{width}}  {said}")
    return True


async def _status(room: Room, _: str) -> bool:
    chat = room.door.chat
    room.say(f"Mode:          {mode(len(room.agents), len(room.away))}")
    for each in room.agents:
        away = f", away: {one_line(room.away[each.agent])}" if each.agent in room.away else ""
        room.say(f"  {each.agent}: {one_line(each.model)} ({each.provider}){away}")
    exchanges, turns = (chat.conversation, chat.turns) if chat else ((), 0)
    summaries = ["a summary"] * any(each.through for each in exchanges)
    memory = " and ".join([*summaries, _questions(sum(not each.through for each in exchanges))])
    room.say(f"Conversation:  {memory} in memory, {_turns(turns)} in this session")
    for told in exchanges[-5:]:
        room.say(
            f"  Summary of the turns up to {told.through}" if told.through else f"  You: {one_line(told.question, 70)}"
        )
    room.say(f"Cost:          {chat.bill.dollars if chat else '$0'}")
    room.say(f"Session:       {chat.session.directory if chat and chat.session else 'begins with the first question'}")
    room.say(f"Configuration: {room.config.path or room.config.name}")
    return True


async def _history(room: Room, number: str) -> bool:
    from massgen.display.history import of_turn, turns  # what a history needs, the prompt need not import

    records = room.door.chat.records if room.door.chat else ()
    known = turns(records)
    if not number:
        await room.show_history(records)
    elif number.isascii() and number.isdecimal() and int(number) in known:
        await room.show_history(of_turn(records, int(number)))
    elif not known:
        room.say(f"There is no turn {one_line(number, 40)}: the history begins with the first question.")
    else:
        there_are = f"only turn {known[0]}" if len(known) == 1 else f"turns {known[0]} to {known[-1]}"
        room.say(f"There is no turn {one_line(number, 40)}: this session has {there_are}.")
    return True


async def _config(room: Room, _: str) -> bool:
    try:
        file = room.config.editable()
    except MassGenError as error:
        room.say(f"{error} {error.hint}")
        return True
    if file.note:
        room.say(file.note)
    wrong = await edit(file.path, room.environ)
    start = f", as: {file.start}" if file.start else "."
    room.say(wrong or f"{file.path}: changes take effect with the next start{start}")
    return True


async def _reset(room: Room, _: str) -> bool:
    if room.door.chat is not None:
        await room.door.chat.clear()
    room.say("The conversation starts afresh; earlier turns stay in the session's files.")
    return True


async def _quit(room: Room, _: str) -> bool:
    room.say(GOODBYE)
    return False


COMMANDS = (
    Command(names=("/help", "/h"), help="Show available commands and help message", run=_help),
    Command(
        names=("/status",),
        help="Show current session status (agents, mode, conversation history, config path)",
        run=_status,
    ),
    Command(
        names=("/history",),
        help="View the coordination history; of one turn, with its number behind it",
        run=_history,
        takes="the number of a turn",
    ),
    Command(
        names=("/export",),
        help="Write the session to a file: md or json, and a path if you like",
        run=taking.export,
        takes="md or json, and a path",
        many=True,
    ),
    Command(names=("/copy",), help="Copy the last answer to the clipboard", run=taking.copy),
    Command(names=("/config",), help="Open configuration file in default editor", run=_config),
    Command(names=("/clear", "/reset"), help="Reset conversation history and start fresh", run=_reset),
    Command(
        names=("/compact", "/compress", "/summarize"),
        help="Let a summary stand for all but the last turns of the conversation",
        run=compact,
    ),
    Command(names=("/quit", "/exit", "/q"), help="Exit interactive mode", run=_quit),
)


def _unknown(word: str) -> str:
    names = [name for each in COMMANDS for name in each.names]
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    return (
        f"There is no command {one_line(word, 40)!r}.{guess} /help lists all; a blank before the / makes it a question."
    )


def _questions(number: int) -> str:
    return "1 question" if number == 1 else f"{number} questions"


def _turns(number: int) -> str:
    return "1 turn" if number == 1 else f"{number} turns"
