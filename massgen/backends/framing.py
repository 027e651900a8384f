"""Server-sent events as the SDKs can read them.

The standard has a stream begin with a byte order mark, number its events, and send comments and empty events while it
waits; proxies do. Seen in November 2026: openai 3.54 looks for JSON in an event without data, and, behind an event with
an id, in every comment; it loses the first event behind a byte order mark, as anthropic 2.12 does; google-genai 3.4
stumbles over every line but `data: `. So what carries nothing is taken out before an SDK sees it.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2

_MARK = b"\xef\xbb\xbf"

_NAMED = re.compile(rb"(?:(?:event: [^\r\n]+\r?\n)?data: [^\r\n]+\r?\n\r?\n)+")
_UNNAMED = re.compile(rb"(?:data: [^\r\n]+\r?\n\r?\n)+")
"""Whole events as providers send them: nothing is to be done."""


class Framing:
    """Bytes in, the same events out, each with nothing but its name and its data."""

    def __init__(self, *, named: bool) -> None:
        """`named`: whether the SDK knows lines with the names of events."""
        self._named = named
        self._plain = _NAMED if named else _UNNAMED
        self._line: list[bytes] = []
        self._event = b""
        self._open = False
        self._begun = False
        self._returned = False

    def feed(self, chunk: bytes) -> bytes:
        """What is certain now."""
        amid = self._line or self._event or self._open or self._returned
        if not amid and self._plain.fullmatch(chunk):
            self._begun = True
            return chunk
        return b"".join(self._lines(chunk))

    def end(self) -> bytes:
        """What was held, when nothing follows any more."""
        return b"".join(self._tell(b"".join(self._line))) if self._line else b""

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        """Every line that ends in this chunk, if it carries anything; a line may end with either sign, or both."""
        for line in chunk.splitlines(keepends=True):
            if self._returned and line == b"\n":
                self._returned = False
                continue
            self._returned = line.endswith(b"\r")
            self._line.append(line.rstrip(b"\r\n"))
            if line.endswith((b"\r", b"\n")):
                whole, self._line = b"".join(self._line), []
                yield from self._tell(whole)

    def _tell(self, line: bytes) -> Iterator[bytes]:
        """What an SDK has to know of a line."""
        if not self._begun:
            line, self._begun = line.removeprefix(_MARK), True
        if not line:
            if self._open:
                yield b"\n"
            self._event, self._open = b"", False
            return
        field, _, value = line.partition(b":")
        match field:
            case b"" | b"id" | b"retry":
                return
            case b"data" if value.isspace() or not value:
                return
            case b"event":
                self._event = b"event: %b\n" % value.removeprefix(b" ") if self._named else b""
            case b"data":
                yield self._event + b"data: %b\n" % value.removeprefix(b" ")
                self._event, self._open = b"", True
            case _:
                yield line + b"\n"  # no event at all: Google prints errors into its streams like that


class PlainEvents(httpx2.AsyncByteStream):
    """A response's stream, framed plainly."""

    def __init__(self, stream: httpx2.AsyncByteStream, *, named: bool) -> None:
        self._stream = stream
        self._framing = Framing(named=named)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if plain := self._framing.feed(chunk):
                yield plain
        if rest := self._framing.end():
            yield rest

    async def aclose(self) -> None:
        await self._stream.aclose()


def plainly(response: httpx2.Response, *, named: bool) -> None:
    """Frame a response's events plainly, if it has any; packed ones are left alone."""
    sent = response.headers
    if "text/event-stream" in sent.get("content-type", "") and "content-encoding" not in sent:
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = PlainEvents(response.stream, named=named)
