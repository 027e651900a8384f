"""Going on with another session in the same program: what is said, and the copy that a fork goes on with."""

from typing import TYPE_CHECKING

from massgen.errors import UsageError
from massgen.printable import one_line

if TYPE_CHECKING:
    from massgen.repl.chat import Chat
    from massgen.session.forking import Forked


def going_on(chat: "Chat") -> str:
    """Which session is open now, and how much of it the agents know."""
    session = chat.session.id if chat.session else "a new session"
    return f"Going on with {session}; {remembered(chat)}."


def remembered(chat: "Chat") -> str:
    """How many questions the next turn is told of, and whether of a summary."""
    known = sum(not each.through for each in chat.conversation)
    questions = "1 earlier question" if known == 1 else f"{known} earlier questions"
    if known < len(chat.conversation):
        return f"a summary and {questions} are remembered"
    return f"{questions} {'is' if known == 1 else 'are'} remembered"


async def fork(chat: "Chat", number: str) -> "Forked":
    """Go on in a copy of the session, up to the end of this turn, or of all of it; raises `MassGenError`.

    Then nothing has changed, but that there may be a session more.
    """
    if chat.session is None or not chat.turns:
        raise UsageError("There is nothing to copy yet: a session begins with the first question.")
    if number and not (number.isascii() and number.isdecimal()):
        raise UsageError(f"{one_line(number, 40)!r} is no number of a turn.", hint="As in /fork 2")
    forked = await chat.copy(int(number) if number else None)
    await chat.move(forked.directory)
    return forked
