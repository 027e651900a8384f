"""Server-sent events: bytes as the network delivers them in, the JSON of whole events out.

The SDKs ask, authenticate and complain about a status; what streams back is read here, for all wires alike. Read by an
SDK, an event costs up to 200 µs, most of it for objects that nobody looks at; fifty agents at a hundred tokens a second
would leave the event loop no time to draw.

Lines and fields are those of the WHATWG's "Server-sent events" (html.spec.whatwg.org, section 9.2.6), but for one
thing: bytes that are not UTF-8 are an error and not U+FFFD, because a wire that breaks characters breaks JSON as well.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import httpx2

_BYTE_ORDER_MARK = "\ufeff".encode()

_DONE = "[DONE]"
"""The data with which OpenAI's wires say that nothing follows."""

_DRAIN_S = 0.1
"""Seconds for the end of the stream behind `[DONE]`: only a response that was read to its end lets go of a connection
that can serve again."""


class Event(NamedTuple):
    """One event; `name` is "" where the server gave none."""

    name: str
    data: str


class Decoder:
    """Bytes in, complete events out. What is cut anywhere, also within a character, waits for the rest."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._after_return = False
        self._is_first = True
        self._name = b""
        self._data: list[bytes] = []
        self._strange: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that end in this chunk. Raises UnicodeDecodeError for data that is not UTF-8."""
        for line in self._lines(chunk):
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            elif field == b"event":
                self._name = value.removeprefix(b" ")
            elif line:
                self._set_aside(line)
            else:
                name, data = self._name, self._data
                self._name, self._data = b"", []
                if data:
                    self._strange = []
                    yield Event(name.decode(errors="replace"), b"\n".join(data).decode())

    @property
    def body(self) -> bytes:
        """What came since the last event and is none: the server says something else, at once or in the end."""
        return b"\n".join((*self._strange, b"".join(self._line)))

    def _lines(self, chunk: bytes) -> list[bytes]:
        """The lines that end in this chunk: with LF, with CR, or with both."""
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        if not chunk:
            return []
        self._after_return = chunk.endswith(b"\r")
        lines = chunk.splitlines()
        rest = b"" if chunk.endswith((b"\r", b"\n")) else lines.pop()
        if lines:
            lines[0] = b"".join((*self._line, lines[0]))
            self._line.clear()
            if self._is_first:
                lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
                self._is_first = False
        if rest:
            self._line.append(rest)
        return lines

    def _set_aside(self, line: bytes) -> None:
        """A comment, or a field that we do not know: nothing in a stream, but maybe all there is in another answer."""
        if not line.startswith(b":"):
            self._strange.append(line)


class StreamedError(Exception):
    """The provider gives up within its stream. `body` is what it says, as in the exceptions of the SDKs."""

    def __init__(self, body: object) -> None:
        super().__init__(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False))
        self.body = body


async def events(response: "httpx2.Response") -> AsyncGenerator[object, None]:
    """The JSON of each event, up to the end of the stream. The response is the caller's to close.

    JSON that is in no event counts as one: an answer that is no stream, or an error at the end of one. Raises
    `StreamedError` for an event that says `error`, in its name or in a field; what httpx2 raises; ValueError or
    RecursionError for what cannot be read.
    """
    decoder = Decoder()
    async with contextlib.aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            for event in decoder.feed(chunk):
                if event.data.startswith(_DONE):
                    await _drain(chunks)
                    return
                if event.data:
                    yield _read(event)
    if decoder.body.lstrip().startswith(b"{"):
        yield _read(Event("", decoder.body.decode()))


def _read(event: Event) -> object:
    """The JSON of an event; what is named an error may be of any kind."""
    try:
        said: object = json.loads(event.data)
    except (ValueError, RecursionError):
        if event.name == "error":
            raise StreamedError(event.data) from None
        raise
    if event.name == "error" or (isinstance(said, dict) and said.get("error")):
        raise StreamedError(said)
    return said


async def _drain(chunks: AsyncGenerator[bytes, None]) -> None:
    """Read to the end, if it is near."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in chunks:
                pass
