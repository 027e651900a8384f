"""The commands that take something along from a conversation: the whole as a file, the last answer on the clipboard."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from massgen.errors import UsageError
from massgen.printable import one_line
from massgen.repl.commands.table import Command, Example, Room, Then

if TYPE_CHECKING:
    from massgen.repl.chat import Chat

_FORMATS: Final = ("md", "json")


async def _export(room: Room, words: str) -> Then:
    room.say(f"Written to {_exported(room, words)}.")
    return "stay"


async def _copy(room: Room, _: str) -> Then:
    answer = _last_answer(room.door.chat)
    if not answer:
        room.say("There is no answer yet to be copied.")
        return "stay"
    for sentence in await room.clipboard.take(answer):
        room.say(sentence)
    return "stay"


def _exported(room: Room, words: str) -> Path:
    """The file that was written; `UsageError` for what cannot be."""
    from massgen.session.exporting import document, markdown
    from massgen.session.exporting.redacted import redacted
    from massgen.session.exporting.saving import save
    from massgen.session.turns import history

    wanted, _, place = words.partition(" ")
    kind = wanted.lower() or _FORMATS[0]
    if kind not in _FORMATS:
        raise UsageError(f"{one_line(wanted, 40)!r} is no format.", hint="/export md, or /export json")
    chat = room.door.chat
    if chat is None or chat.session is None or not chat.turns:
        raise UsageError("There is nothing to export yet.", hint="The session begins with the first question.")
    path = _place(place.strip(), f"{chat.session.id}.{kind}")
    told = history(redacted(chat.records, room.redactor))
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "astimezone gives one"
    session = chat.session.id
    save(path, document.text(told, session) if kind == "json" else markdown.text(told, session, zone))
    return path


def _place(said: str, name: str) -> Path:
    """Where the file is to be: what was said, or below it if that is a directory; else beside the project."""
    try:
        path = Path.cwd() / Path(said).expanduser()
        return path / name if path.is_dir() else path
    except (RuntimeError, ValueError, OSError) as error:  # no such user, a null byte, a name that no disk would take
        raise UsageError(f"{one_line(said, 200)!r} cannot be the name of a file.", hint="Name another one.") from error


def _last_answer(chat: "Chat | None") -> str:
    """The last answer that the conversation goes on from; after it was cleared, the last one that was given."""
    from massgen.events import PresentationEnded

    if chat is None:
        return ""
    answers = [each.answer for each in chat.conversation if not each.through]
    if not answers:
        given = (each.event for each in chat.records.only(PresentationEnded))
        answers = [each.text for each in given if isinstance(each, PresentationEnded)]
    return answers[-1] if answers else ""


ROWS = (
    Command(
        names=("/export",),
        takes="[format] [path]",
        behind="md or json, and a path",
        rest=True,
        help="Write the session to a file: md or json, and a path if you like",
        brief="Write the session to a file, as md or json",
        example=Example(
            "/export json talk.json", "writes the session there; no file that is there already is replaced."
        ),
        run=_export,
    ),
    Command(
        names=("/copy",),
        help="Copy the last answer to the clipboard",
        example=Example("/copy", "gives the last final answer to your clipboard, as Markdown; also over SSH."),
        run=_copy,
    ),
)
