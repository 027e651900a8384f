"""The records of a log where they are: on disk, and read again by everybody who looks at them.

A session can be as long as it likes; whoever has it open keeps none of it. The log was proved when it was opened, so
here its lines are only taken apart, each when somebody wants it.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias, get_args, overload

from massgen.errors import SessionError
from massgen.events import AgentUnavailable, Event, PresentationEnded, Record, SessionEvent, TurnEnded, TurnStarted
from massgen.session.disk import open_private, refusal
from massgen.session.records import Entry, decode, decode_record, heading

_CHECKSUM: Final = len(b"01234567 ")

OUTLINE: Final = frozenset(
    kind.__name__ for kind in (*get_args(SessionEvent), TurnStarted, AgentUnavailable, PresentationEnded, TurnEnded)
)
"""The events that say what a session is about. Where they stand is kept in mind, since who resumes wants them often."""

Place: TypeAlias = tuple[int, str]
"""The byte at which a line of the outline begins, and which event it is."""


class Saved(Sequence[Record]):
    """The records that the log at `path` has from its byte `start` up to its byte `size`.

    `outline` is where its `OUTLINE` stands. Going through it costs the memory of a line; an index costs reading all of
    it. `SessionError` when the file is gone, or is no longer what it was.
    """

    def __init__(self, path: Path, *, size: int, start: int = 0, outline: Sequence[Place] = ()) -> None:
        self._path = path
        self._start = start
        self._size = size
        self._outline = outline

    def from_turn(self, place: int) -> "Saved":
        """From the beginning of a turn on, -1 being the last one; nothing where there is no such turn."""
        turns = self._turns
        start = turns[place] if -len(turns) <= place < len(turns) else self._size
        return Saved(
            self._path, start=start, size=self._size, outline=[each for each in self._outline if each[0] >= start]
        )

    def before_turn(self, place: int) -> "Saved":
        """Up to the beginning of a turn, -1 being the last one; all of it where there is no such turn."""
        turns = self._turns
        if not -len(turns) <= place < len(turns):
            return self
        end = turns[place]
        return Saved(self._path, start=self._start, size=end, outline=[each for each in self._outline if each[0] < end])

    def only(self, *kinds: type[Event]) -> Iterator[Record]:
        """The records of these kinds of events; what stands between them is not taken apart."""
        names = {kind.__name__ for kind in kinds}
        if names <= OUTLINE:
            lines = self._lines([at for at, kind in self._outline if kind in names])
        else:
            lines = (json for json in self._lines() if heading(json).kind in names)
        yield from (record for json in lines if (record := self._record(json)) is not None)

    def entries(self) -> Iterator[Entry]:
        """Everything, the lines of other versions too."""
        for json in self._lines():
            try:
                yield decode(json)
            except ValueError as error:
                raise self._changed() from error

    def __iter__(self) -> Iterator[Record]:
        return (record for json in self._lines() if (record := self._record(json)) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Record, ...]: ...

    def __getitem__(self, index: int | slice) -> Record | tuple[Record, ...]:
        return tuple(self)[index]

    def _record(self, json: bytes) -> Record | None:
        try:
            return decode_record(json)
        except ValueError as error:
            raise self._changed() from error

    @property
    def _turns(self) -> Sequence[int]:
        return [at for at, kind in self._outline if kind == TurnStarted.__name__]

    def _lines(self, places: Sequence[int] | None = None) -> Iterator[bytes]:
        """The JSON of each line, or of those that begin at these bytes."""
        if self._start >= self._size or (places is not None and not places):
            return
        try:
            with os.fdopen(open_private(self._path, os.O_RDONLY), "rb") as lines:
                for place in (self._start,) if places is None else places:
                    lines.seek(place)
                    at, end = place, self._size if places is None else place + 1
                    while at < end:
                        line = lines.readline()
                        at += len(line)
                        if not line.endswith(b"\n"):
                            raise self._changed()
                        yield line[_CHECKSUM:-1]
        except OSError as error:
            raise refusal("read", self._path, error) from error

    def _changed(self) -> SessionError:
        return SessionError(
            f"{self._path} is not what it was when it was opened",
            hint="Another program changed it. Start MassGen again, and it says what is wrong with the file.",
        )


NOTHING_SAVED: Final = Saved(Path(os.devnull), size=0)
"""What a session holds that is not begun yet."""
