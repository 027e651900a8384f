"""A model of which nobody knows whether it reasons, at a provider that asks such models on another wire."""

from collections.abc import AsyncIterator
from typing import Protocol

from massgen.backends.protocol import Backend
from massgen.messages import ChatRequest, Part


class Refusable(Backend, Protocol):
    """A backend that remembers what its provider has refused."""

    def grants(self, courtesy: str) -> bool:
        """Whether the provider has not refused this courtesy so far."""
        ...


class EitherWire:
    """One model on the first wire, until the provider refuses a courtesy there; from then on it is on the second."""

    def __init__(self, first: Refusable, second: Backend, *, courtesy: str) -> None:
        self._first = first
        self._second = second
        self._courtesy = courtesy

    @property
    def model(self) -> str:
        return self._first.model

    def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Ask the model once."""
        now: Backend = self._first if self._first.grants(self._courtesy) else self._second
        return now.stream(request)

    async def close(self) -> None:
        """Close the connections of both."""
        await self._first.close()
        await self._second.close()
