"""The frame of every adapter that speaks HTTP: one model, one client of an SDK, one reply for each request."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import Generic, Protocol, TypeVar

from massgen.backends.connection import Connection
from massgen.backends.ending import Courtesies, Reader, speak
from massgen.messages import ChatRequest, Json, Part


class Client(Protocol):
    """What the frame asks of an SDK's client."""

    async def close(self) -> None:
        """Close the connections."""
        ...


C = TypeVar("C", bound=Client)
R = TypeVar("R", bound=Reader)


class Adapter(Generic[C, R]):
    """One model behind a wire, made of what is particular to the wire.

    `body` is a request as the wire spells it, `reader` reads what streams back. `connect` makes the SDK's client: it
    imports the SDK, so it is called with the first request, in a thread. `events` asks once, with the client that it
    waits for, and yields what comes as plain JSON. `sdk_errors` are the SDK's exceptions, once it is imported.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        courtesies: Mapping[str, tuple[str, ...]],
        body: Callable[[Connection, ChatRequest, Courtesies], dict[str, Json]],
        reader: Callable[[ChatRequest], R],
        connect: Callable[[Connection], C],
        events: Callable[[Callable[[], Awaitable[C]], dict[str, Json], R], AsyncGenerator[object, None]],
        sdk_errors: Callable[[], tuple[type[Exception], ...]],
    ) -> None:
        self._connection = connection
        self._courtesies = Courtesies(courtesies)
        self._body = body
        self._reader = reader
        self._connect = connect
        self._events = events
        self._sdk_errors = sdk_errors
        self._client: C | None = None

    @property
    def model(self) -> str:
        return self._connection.model

    def grants(self, courtesy: str) -> bool:
        """Whether the provider has not refused this courtesy so far."""
        return courtesy in self._courtesies

    def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Ask the model once."""
        reader = self._reader(request)
        return speak(
            self._events(self._connected, self._body(self._connection, request, self._courtesies), reader),
            reader,
            connection=self._connection,
            courtesies=self._courtesies,
            sdk_errors=self._sdk_errors,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> C:
        if self._client is None:
            self._client = await asyncio.to_thread(self._connect, self._connection)
        return self._client
