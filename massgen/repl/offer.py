"""What becomes of a turn in whose middle the program died: the user goes on with it, starts it over, or drops it."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, assert_never

if TYPE_CHECKING:
    from massgen.repl.chat import Chat
    from massgen.repl.interrupts import Interrupts
    from massgen.repl.playing import Answered
    from massgen.repl.terminal import Terminal

OnInterrupted: TypeAlias = Literal["continue", "restart", "drop"]

QUESTION: Final = "continue, start over, or drop it? [C/s/d] "

_MEANT: Final[Mapping[str, OnInterrupted]] = MappingProxyType(
    {
        "": "continue",
        "c": "continue",
        "continue": "continue",
        "s": "restart",
        "start over": "restart",
        "restart": "restart",
        "d": "drop",
        "drop": "drop",
        "drop it": "drop",
    }
)


async def offer(
    chat: "Chat",
    terminal: "Terminal",
    presses: "Interrupts",
    *,
    say: Callable[[str], None],
    ask: Callable[[str], Awaitable[str]],
    decided: OnInterrupted | None = None,
) -> None:
    """Tell what was interrupted, let the user decide, and do that; nothing happens where nothing was interrupted.

    `ask` is given what to ask, and raises `EOFError` when the user leaves: then nothing has changed.
    """
    if chat.interrupted is None:
        return
    say(chat.interrupted.sentence)
    for doubt in chat.interrupted.doubts:
        say(doubt)
    while decided is None:
        decided = _MEANT.get((await ask(QUESTION)).strip().lower())
        if decided is None:
            say("Answer c, s or d; Ctrl+C leaves MassGen, and the turn stays as it is.")
    await settle(chat, terminal, presses, decided, say=say)


async def settle(
    chat: "Chat",
    terminal: "Terminal",
    presses: "Interrupts",
    decided: OnInterrupted,
    *,
    say: Callable[[str], None],
) -> "Answered | None":
    """Do what was decided about the interrupted turn; returns how that ended, or None when it was dropped."""
    assert chat.interrupted is not None, "a turn was interrupted"
    turn = chat.interrupted.turn
    match decided:
        case "continue":
            return await terminal.go_on(chat, presses)
        case "restart":
            return await terminal.start_over(chat, presses)
        case "drop":
            await chat.drop()
            kept = f" in {chat.session.directory / f'turn_{turn}'}" if chat.session else ""
            say(f"Turn {turn} is dropped; what it had brought is kept{kept}.")
            return None
        case _:
            assert_never(decided)
