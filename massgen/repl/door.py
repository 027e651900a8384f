"""The chat behind the prompt, made in a thread while the user types the first question.

What a turn needs (the orchestrator, the session, the SDKs of the configured providers) takes up to two seconds to
import, and the prompt should not wait for it. So there is no chat until the first question, and whoever looks at it
before sees None.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

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
        """Begin to make the chat, if nobody has begun yet."""
        if self._making is None:
            self._making = asyncio.get_running_loop().run_in_executor(None, self._make)

    async def open(self) -> "Chat":
        """The chat, as soon as it is made."""
        self.unlock()
        assert self._making is not None, "unlock begins it"
        self.chat = await self._making
        return self.chat

    async def aclose(self) -> None:
        """Close the chat if there ever was one."""
        if self._making is not None:
            await (await self.open()).aclose()
