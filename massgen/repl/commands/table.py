"""What a row of the table of commands is, and how a line that was typed finds its row."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from massgen.agents import AgentDescription, AgentId
from massgen.errors import MassGenError
from massgen.printable import one_line
from massgen.repl.clipboard import Clipboard
from massgen.repl.configuration import ConfigFile
from massgen.repl.door import Door
from massgen.repl.interrupts import Interrupts
from massgen.session.redaction import Redactor

if TYPE_CHECKING:
    from massgen.events import Attached, Record
    from massgen.repl.chat import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The conversation goes on with this question, and the files that go with it."""

    question: str
    attached: "tuple[Attached, ...]" = ()


Then: TypeAlias = 'Literal["stay", "leave"] | Ask'
"""How the conversation goes on after a command."""


class OtherSessions(Protocol):
    """The sessions that can be gone on with from here; `current` is the directory of the one that is open."""

    def listing(self, current: Path | None) -> Sequence[str]:
        """A line for each session, the newest first, with a mark before the current one."""
        ...

    def find(self, word: str, current: Path | None) -> Path:
        """The other session with this id, or the beginning of it; raises `SessionError` without exactly one.

        `last`, or nothing, is the last one that is not open.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a command can reach; `away` says of agents why they take no part, `keys` what can be pressed.

    `agents` and `away` are those of the start; an open chat knows better. `spoken`: what is said will be listened to,
    so nothing stands in columns. `show_answer` is told whose answer it is, and the answer.
    """

    agents: tuple[AgentDescription, ...]
    away: Mapping[AgentId, str]
    door: Door
    config: ConfigFile
    sessions: OtherSessions
    show_history: "Callable[[Sequence[Record]], Awaitable[None]]"
    show_answer: Callable[[str, str], None]
    environ: Mapping[str, str]
    redactor: Redactor
    clipboard: Clipboard
    say: Callable[[str], None]
    keys: Mapping[tuple[str, ...], str]
    spoken: bool = False
    presses: Interrupts = field(default_factory=Interrupts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A row of the table: its names, the first of which is its own, and what is said about it.

    `takes` is what may stand behind the name, as `/help` shows it: empty for nothing, else one word, or with `rest`
    the rest of the line. `behind` says in words what that is. `brief` is for a list where `help` is too long. `example`
    is a line to type, and the sentence that says what it does.
    """

    names: tuple[str, ...]
    help: str
    run: Callable[[Room, str], Awaitable[Then]]
    example: "Example"
    brief: str = ""
    takes: str = ""
    behind: str = ""
    rest: bool = False

    @property
    def usage(self) -> str:
        """Its own name and what may stand behind it."""
        return f"{self.names[0]} {self.takes}".rstrip()


@dataclass(frozen=True, slots=True)
class Example:
    """A line to type, and what it does."""

    typed: str
    does: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why a word leads to no command, in a sentence."""

    sentence: str


InChat: TypeAlias = "Callable[[Room, Chat, str], Awaitable[Then]]"


def in_chat(run: InChat) -> Callable[[Room, str], Awaitable[Then]]:
    """A command that needs the chat: it waits for it, and is not carried out when Ctrl+C comes first."""

    async def opened(room: Room, words: str) -> Then:
        chat = await room.door.open(room.presses)
        return "stay" if chat is None else await run(room, chat, words)

    return opened


def find(word: str, commands: Sequence[Command]) -> Command | Unclear:
    """The command with this name, or the only one whose name, or alias, begins so; upper case is fine."""
    word = word.lower()
    exact = next((each for each in commands if word in each.names), None)
    if exact is not None:
        return exact
    letters = word.removeprefix("/")
    begins = [each for each in commands if letters and any(name.startswith(word) for name in each.names)]
    if len(begins) == 1:
        return begins[0]
    if begins:
        *others, last = (next(name for name in each.names if name.startswith(word)) for each in begins)
        return Unclear(f"{one_line(word, 40)} could be {', '.join(others)} or {last}.")
    names = [name for each in commands for name in each.names if letters]
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    guess = f" Did you mean {near[0]}?" if near else ""
    return Unclear(f"There is no command {one_line(word, 40)!r}.{guess} /help lists all;{_A_QUESTION}")


async def dispatch(line: str, room: Room, commands: Sequence[Command]) -> Then:
    """Carry out the command that `line` is. What fails is said, and the conversation goes on."""
    word, *more = line.split(maxsplit=1)
    command = find(word, commands)
    if isinstance(command, Unclear):
        room.say(command.sentence)
        return "stay"
    words = more[0].strip() if more else ""
    if words and not (command.rest or (command.takes and len(words.split()) == 1)):
        takes = f"only {command.behind}" if command.takes else "nothing"
        room.say(f"{command.names[0]} takes {takes} behind it, so nothing was done;{_A_QUESTION}")
        return "stay"
    try:
        return await command.run(room, words)
    except MassGenError as error:
        sentence = str(error) if str(error).endswith((".", "?")) else f"{error}."
        room.say(f"{sentence} {error.hint}".rstrip())
        return "stay"


_A_QUESTION = " a blank before the / makes it a question."
