"""JSON for a program: each value is one line of ASCII on a stream.

A program may read slowly, or stop for a while (`less` does). So a thread of its own writes the lines, past Python's
buffer, and neither the agents nor the end of the program ever wait for a lock that it holds.
"""

import json
import os
from collections.abc import Mapping
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TextIO

from massgen.agents import AgentId
from massgen.errors import MassGenError
from massgen.events import Record
from massgen.messages import Json, Part
from massgen.session import records


def line(value: Json) -> str:
    """Return `value` as one line of ASCII without control characters, and without halves of surrogate pairs."""
    said = json.dumps(_whole(value), separators=(",", ":"))
    return said.replace("\x7f", "\\u007f") + "\n"


class JsonLines:
    """Writes every durable event to `stream`, and whatever else it is given; a context manager that writes it all."""

    def __init__(self, stream: TextIO) -> None:
        self._opened = stream.fileno()
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._refusal: OSError | None = None
        self._thread = Thread(target=self._write_all, name="JSON lines", daemon=True)

    def __enter__(self) -> "JsonLines":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until everything is written; raises `BrokenPipeError` when the reader has left, or `MassGenError`.

        Who ends the program at once does not wait for a reader that pauses.
        """
        self._lines.put(None)
        if error is None or isinstance(error, Exception):
            self._thread.join()
        if isinstance(self._refusal, BrokenPipeError) and error is None:
            raise self._refusal
        if self._refusal is not None and error is None:
            sentence = f"The result cannot be written to stdout: {self._refusal.strerror}."
            raise MassGenError(sentence, hint="It is kept with the session.") from self._refusal

    def record(self, record: Record) -> None:
        """Write an event as it stands in the log."""
        self.write(json.loads(records.encode(record)))

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Streamed text is no event: the whole of every answer is in one."""

    def write(self, value: Json) -> None:
        """Write a value after all that was given before."""
        self._lines.put(line(value))

    def _write_all(self) -> None:
        while (said := self._lines.get()) is not None:
            rest = said.encode("ascii")
            try:
                while rest and self._refusal is None:
                    rest = rest[os.write(self._opened, rest) :]
            except OSError as error:
                self._refusal = error


def _whole(value: Json) -> Json:
    """The value with U+FFFD for each half of a surrogate pair, which is no character and which no program can read."""
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole(each) for each in value]
        case Mapping():
            return {str(_whole(key)): _whole(each) for key, each in value.items()}
        case _:
            return value
