"""What the user takes along from a conversation: the whole as a file, the last answer on the clipboard."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from massgen.errors import UsageError
from massgen.printable import one_line

if TYPE_CHECKING:
    from massgen.repl.chat import Chat
    from massgen.repl.commands import Room

_FORMATS: Final = ("md", "json")


async def export(room: "Room", words: str) -> bool:
    """`/export md|json [path]`: write the session to a file that is not there yet."""
    try:
        room.say(f"Written to {_exported(room, words)}.")
    except UsageError as error:
        room.say(f"{error} {error.hint}")
    return True


async def copy(room: "Room", _: str) -> bool:
    """`/copy`: give the last final answer to the clipboard, as Markdown."""
    answer = _last_answer(room.door.chat)
    if not answer:
        room.say("There is no answer yet to be copied.")
        return True
    for sentence in await room.clipboard.take(answer):
        room.say(sentence)
    return True


def _exported(room: "Room", words: str) -> Path:
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
    """The final answer of the last turn that has one, or the one that was put in its place."""
    from massgen.events import AnswerPromoted, PresentationEnded

    records = chat.records if chat is not None else ()
    found = [each.event.text for each in records if isinstance(each.event, PresentationEnded | AnswerPromoted)]
    return found[-1] if found else ""
