"""The commands that lead to another session, with the same team."""

from typing import TYPE_CHECKING

from massgen.repl.commands.table import Command, Example, Room, Then, in_chat

if TYPE_CHECKING:
    from massgen.repl.chat import Chat


async def _resume(room: Room, chat: "Chat", word: str) -> Then:
    session = room.sessions.find(word, chat.session.directory if chat.session else None)
    await chat.move(session)
    _say_where(room, chat)
    return "stay"


async def _fork(room: Room, chat: "Chat", number: str) -> Then:
    from massgen.repl.moving import fork

    forked = await fork(chat, number)
    for sentence in forked.left_out:
        room.say(sentence)
    room.say(f"A copy up to the end of turn {forked.turn}; the session it was made of stays as it is.")
    _say_where(room, chat)
    return "stay"


def _say_where(room: Room, chat: "Chat") -> None:
    from massgen.repl.moving import going_on

    for sentence in (going_on(chat), *chat.notes, *chat.difference):
        room.say(sentence)


ROWS = (
    Command(
        names=("/resume",),
        takes="[id]",
        behind="the id of a session, or how it begins",
        help="Leave this session and go on with another",
        example=Example(
            "/resume session_20250108", "goes on with the only session of that day; without an id, with the last other."
        ),
        run=in_chat(_resume),
    ),
    Command(
        names=("/fork", "/branch"),
        takes="[turn]",
        behind="the number of a turn",
        help="Go on in a copy of this session, up to the end of a turn",
        brief="Go on in a copy, up to the end of a turn",
        example=Example("/fork 2", "leaves this session as it is and goes on in a new one that knows two turns."),
        run=in_chat(_fork),
    ),
)
