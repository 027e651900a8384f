"""The chat behind the prompt, made in a thread while the user types the first question.

What a turn needs (the orchestrator, the session, the SDKs of the configured providers) takes up to two seconds to
import, and the prompt should not wait for it. So there is no chat until the first question, and whoever looks at it
before sees None.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from massgen.repl.interrupts import Interrupts

if TYPE_CHECKING:
    from massgen.repl.chat import Chat


class Door:
    """Makes the chat once. `make` is run in a thread: it imports what is needed and returns the chat."""

    def __init__(self, make: "Callable[[], Chat]") -> None:
        self.chat: Chat | None = None
        self._make = make
        self._making: asyncio.Future[Chat] | None = None

    @classmethod
    def opened(cls, chat: "Chat") -> "Door":
        """A door that stands open: the chat was needed before the prompt."""
        door = cls(lambda: chat)
        door.chat = chat
        return door

    def unlock(self) -> None:
        """Begin to make the chat, if nobody has begun yet.

        The thread is a daemon and not the loop's executor: who leaves at once does not wait for imports at the exit.
        """
        if self._making is None:
            loop = asyncio.get_running_loop()
            making = self._making = loop.create_future()

            def make() -> None:
                try:
                    chat = self._make()
                except Exception as error:  # noqa: BLE001 - task border: raised again where the chat is wanted
                    _tell(loop, making, partial(making.set_exception, error))
                else:
                    _tell(loop, making, partial(making.set_result, chat))

            threading.Thread(target=make, name="making the chat", daemon=True).start()

    async def open(self, presses: Interrupts) -> "Chat | None":
        """The chat, as soon as it is made; None when Ctrl+C came first, and then it goes on being made."""
        self.unlock()
        assert self._making is not None, "unlock begins it"
        waiting = asyncio.shield(self._making)
        presses.aim(waiting.cancel)
        try:
            self.chat = await waiting
        except asyncio.CancelledError:
            if not presses.pressed:
                raise
            return None
        return self.chat

    async def aclose(self) -> None:
        """Close the chat if there is one."""
        made = self._making is not None and self._making.done() and not self._making.exception()
        chat = self._making.result() if made and self._making is not None else self.chat
        if chat is not None:
            await chat.aclose()


def _tell(loop: asyncio.AbstractEventLoop, making: "asyncio.Future[Chat]", what: Callable[[], object]) -> None:
    """Settle the future on its loop; a loop that is closed has nobody waiting any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: None if making.done() else what())
