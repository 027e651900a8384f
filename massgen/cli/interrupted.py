"""What becomes of an interrupted turn where nobody can be asked: the command line says it, or the new question does."""

from typing import TYPE_CHECKING

from massgen.errors import UsageError
from massgen.repl.interrupts import Interrupts
from massgen.repl.offer import OnInterrupted, settle
from massgen.repl.terminal import Terminal

if TYPE_CHECKING:
    from massgen.repl.chat import Chat
    from massgen.repl.playing import Answered


def demand_something(chat: "Chat | None", question: str | None) -> None:
    """Raise `UsageError` for a run that has neither a question nor a turn to go on with."""
    if question is None and chat is not None and chat.interrupted is None:
        session = chat.session.id if chat.session else "the session"
        sentence = f"There is no question, and no turn of {session} was interrupted."
        raise UsageError(sentence, hint='massgen --continue "your question", or in a terminal to chat')


def dropped(question: str | None) -> "Answered | None":
    """How a run ended that had no question and dropped the turn; None where a question was not asked any more."""
    from massgen.repl.playing import Answered  # a prompt need not wait for it

    return Answered(outcome="cancelled", text=None, interrupted=False) if question is None else None


async def unasked(
    chat: "Chat", terminal: Terminal, presses: Interrupts, question: str | None, wanted: OnInterrupted | None
) -> "Answered | None":
    """Settle the interrupted turn before the new `question`, if there is one; returns how it ended.

    None where nothing was interrupted, and for a turn that is dropped.
    """
    if chat.interrupted is None:
        if wanted:
            terminal.tell(f"Nothing was interrupted, so --on-interrupted {wanted} has nothing to do.")
        return None
    for sentence in (chat.interrupted.sentence, *chat.interrupted.doubts):
        terminal.tell(sentence)
    decided = wanted or ("continue" if question is None else "drop")
    return await settle(chat, terminal, presses, decided, say=terminal.tell)
