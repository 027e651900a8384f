"""A backend that plays streams: for tests about what is done with the parts of a reply."""

from collections.abc import AsyncIterator, Sequence

from massgen.messages import ChatRequest, Part


class Streams:
    """A backend that plays these streams one after another, and the last one for ever; it keeps its requests."""

    model = "played"

    def __init__(self, *streams: Sequence[Part | Exception]) -> None:
        self._streams = list(streams)
        self.requests: list[ChatRequest] = []

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        self.requests.append(request)
        stream = self._streams.pop(0) if len(self._streams) > 1 else self._streams[0]
        for part in stream:
            if isinstance(part, Exception):
                raise part
            yield part

    async def close(self) -> None:
        pass
