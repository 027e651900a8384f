"""What every backend promises, so that nothing above can tell one provider from another.

A backend asks once per `stream` and never decides to try again: it classifies what went wrong and the coordination core
decides. (Where a provider pauses amid its own tools, letting it go on is part of the one reply.) `stream` yields any
number of parts and then exactly one `Finished` or `Failed`, and raises nothing but `CancelledError`. A stream that ends
without the wire's terminal marker is `Failed("truncated")`, however cleanly it was closed. Cancelling the task that
reads the stream closes the connection.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from massgen.messages import ChatRequest, Part


class Backend(Protocol):
    """One model at one provider."""

    @property
    def model(self) -> str:
        """The provider's name of the model."""
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        """Ask the model once."""
        ...

    async def close(self) -> None:
        """Close the connections; the backend is not used afterwards."""
        ...
