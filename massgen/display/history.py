"""The coordination history behind `r`: everything that happened in a session, turn by turn, as rows.

The same live, afterwards, and for an old session read from disk, because it is made of records and nothing else. Each
event is told once, when it is recorded, and wrapped once for the width of the terminal; of a long history only the rows
in the window are looked at.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo

from massgen.display import digest
from massgen.display.chapter import Chapter
from massgen.display.theme import Row, Theme
from massgen.events import Record, TurnStarted


def history(records: Iterable[Record], *, columns: int, theme: Theme, zone: tzinfo = UTC) -> list[Row]:
    """Return the complete history of one or more turns in rows of at most `columns` cells, times of day in `zone`."""
    told = History(theme=theme, zone=zone, records=records)
    return told.window(0, told.length(columns), columns)


class History:
    """A history that grows with its session; a window of it costs the same however long it is."""

    def __init__(self, *, theme: Theme, zone: tzinfo = UTC, records: Iterable[Record] = ()) -> None:
        self._theme = theme
        self._zone = zone
        self._turns: list[_Laid] = []
        for record in records:
            self.record(record)

    def record(self, record: Record) -> None:
        """Take note of what happened next."""
        if isinstance(record.event, TurnStarted):
            self._turns.append(_Laid(self._theme, self._zone))
        if self._turns:
            self._turns[-1].record(record)

    def keep_up(self, columns: int) -> None:
        """Lay out what was recorded since the last time, so that nobody waits for it when the history is opened."""
        if self._turns:
            self._turns[-1].lay_out(columns)

    def length(self, columns: int) -> int:
        """How many rows there are at this width."""
        return sum(len(block) for block in self._blocks(columns))

    def last_turn(self, columns: int) -> int:
        """How many rows there are above the last turn."""
        return sum(len(block) for block in list(self._blocks(columns))[:-2])

    def last_timeline(self, columns: int) -> int:
        """How many rows there are above the last timeline, the only part that grows at its end."""
        return sum(len(block) for block in list(self._blocks(columns))[:-1])

    def window(self, first: int, count: int, columns: int) -> list[Row]:
        """Return at most `count` rows, from the row `first` on."""
        rows: list[Row] = []
        for block in self._blocks(columns):
            if len(rows) >= count:
                break
            if first < len(block):
                rows += block[first : first + count - len(rows)]
            first = max(first - len(block), 0)
        return rows

    def _blocks(self, columns: int) -> Iterator[list[Row]]:
        if not self._turns:
            yield digest.nothing(columns=columns, theme=self._theme)
        for place, turn in enumerate(self._turns):
            if place:
                yield [()]
            yield from turn.blocks(columns)


class _Laid:
    """A turn laid out for one width. Its head is written anew after each event, its timeline only grows."""

    def __init__(self, theme: Theme, zone: tzinfo) -> None:
        self._theme = theme
        self._zone = zone
        self._news: list[Record] = []
        self._chapter: Chapter | None = None
        self._columns = 0
        self._head: list[Row] = []
        self._timeline: list[Row] = []
        self._told = self._told_in_head = 0

    def record(self, record: Record) -> None:
        self._news.append(record)

    def lay_out(self, columns: int) -> Chapter:
        if self._chapter is None:
            self._chapter = Chapter(self._news.pop(0), self._theme.symbols)
        for record in self._news:
            self._chapter.record(record)
        self._news.clear()
        if columns != self._columns:
            self._columns, self._timeline, self._told, self._told_in_head = columns, [], 0, 0
        lines = self._chapter.lines[self._told :]
        self._told += len(lines)
        self._timeline += digest.timeline(lines, columns=columns, theme=self._theme)
        return self._chapter

    def blocks(self, columns: int) -> tuple[list[Row], list[Row]]:
        chapter = self.lay_out(columns)
        if self._told_in_head != self._told:
            self._told_in_head = self._told
            self._head = digest.rows(chapter, columns=columns, theme=self._theme, zone=self._zone)
        return self._head, self._timeline
