"""The coordination history behind `r`: everything that happened in a session, turn by turn, as rows.

The same live, afterwards, and for an old session read from disk, because it is made of records and nothing else. Each
event is told once, when it is recorded. Only what somebody looks at is laid out: a turn in the window, its sections in
the window, and of its timeline the events in the window. So it does not matter how long a session is.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from massgen.display import digest
from massgen.display.chapter import Chapter, Line
from massgen.display.digest import Section
from massgen.display.page import Page
from massgen.display.theme import Row, Theme
from massgen.events import Record, TurnStarted


def history(records: Iterable[Record], *, columns: int, theme: Theme, zone: tzinfo = UTC) -> list[Row]:
    """Return the complete history of one or more turns in rows of at most `columns` cells, times of day in `zone`."""
    return History(theme=theme, zone=zone, records=records).whole(columns)


def turns(records: Iterable[Record]) -> tuple[int, ...]:
    """Return the numbers of the turns that these records tell of."""
    return tuple(record.event.turn for record in records if isinstance(record.event, TurnStarted))


def of_turn(records: Iterable[Record], turn: int) -> tuple[Record, ...]:
    """Return the records of one turn, from its question up to the next one."""
    chosen: list[Record] = []
    is_here = False
    for record in records:
        if isinstance(record.event, TurnStarted):
            is_here = record.event.turn == turn
        if is_here:
            chosen.append(record)
    return tuple(chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row of the history: in which turn and part of it, and how many rows of that part are above it."""

    turn: int
    part: str
    row: int


class History:
    """A history that grows with its session; a window of it costs the same however long it is."""

    def __init__(self, *, theme: Theme, zone: tzinfo = UTC, records: Iterable[Record] = ()) -> None:
        self._theme = theme
        self._zone = zone
        self._turns: list[_Turn] = []
        for record in records:
            self.record(record)

    def record(self, record: Record) -> None:
        """Take note of what happened next."""
        if isinstance(record.event, TurnStarted):
            self._turns.append(_Turn(self._theme, self._zone, is_first=not self._turns))
        if self._turns:
            self._turns[-1].record(record)

    def keep_up(self, columns: int) -> None:
        """Tell what was recorded since the last time, so that nobody waits for it when the history is opened."""
        if self._turns:
            self._turns[-1].keep_up(columns)

    def whole(self, columns: int) -> list[Row]:
        """Return all rows at this width."""
        if not self._turns:
            return digest.nothing(columns=columns, theme=self._theme)
        parts = [part for turn in self._turns for part in turn.parts(columns)]
        return [row for part in parts for row in part.rows(0, part.length)]

    def first(self) -> Place:
        """Where the history begins."""
        return Place(turn=0, part="", row=0)

    def last_turn(self) -> Place:
        """Where the last turn begins, below the empty row that parts it from the one before."""
        last = max(len(self._turns) - 1, 0)
        return Place(turn=last, part="", row=min(last, 1))

    def last(self, count: int, columns: int) -> Place:
        """Where the last `count` rows begin."""
        return self._up(count, self._backwards(Place(turn=len(self._turns), part="", row=0), columns))

    def moved(self, place: Place, by: int, columns: int) -> Place:
        """Return the place so many rows further down, or up if `by` is negative; it stops at the first and last row."""
        if by < 0:
            return self._up(-by, self._backwards(place, columns))
        for turn, part, row in self._forwards(place, columns):
            if by < part.length - row:
                return Place(turn=turn, part=part.title, row=row + by)
            place, by = Place(turn=turn, part=part.title, row=max(part.length - 1, 0)), by - (part.length - row)
        return place

    def window(self, place: Place, count: int, columns: int) -> list[Row]:
        """Return at most `count` rows, from this place on."""
        if not self._turns:
            return digest.nothing(columns=columns, theme=self._theme)[:count]
        rows: list[Row] = []
        for _, part, row in self._forwards(place, columns):
            if len(rows) >= count:
                break
            rows += part.rows(row, count - len(rows))
        return rows

    def where(self, place: Place, count: int, columns: int) -> str:
        """Say where a window of `count` rows begins, as "turn 2 of 3 · Timeline 12-34 of 80"."""
        shown = (found for found in self._forwards(place, columns) if found[2] < found[1].length)
        turn, part, row = next(shown, (0, None, 0))
        if part is None:
            return ""
        rows = f" {row + 1}-{min(row + count, part.length)} of {part.length}" if part.length > count else ""
        if len(self._turns) == 1:
            return f"{part.title}{rows}"
        of = f"turn {self._turns[turn].number} of {self._turns[-1].number}"
        if not part.is_titled:
            return f"{of}{rows}"
        return f"{of} {self._theme.symbols.dot} {part.title}{rows}"

    def _forwards(self, place: Place, columns: int) -> Iterator[tuple[int, "_Part", int]]:
        """Yield the parts from this place on, and the row to begin with in each."""
        for number in range(place.turn, len(self._turns)):
            parts = self._turns[number].parts(columns)
            at = _index(parts, place.part) if number == place.turn else 0
            for index in range(at, len(parts)):
                is_here = number == place.turn and index == at
                yield number, parts[index], min(place.row, parts[index].length) if is_here else 0

    def _backwards(self, place: Place, columns: int) -> Iterator[tuple[int, "_Part", int]]:
        """Yield the parts up from this place, and how many rows of each are above it."""
        for number in range(min(place.turn, len(self._turns) - 1), -1, -1):
            parts = self._turns[number].parts(columns)
            at = _index(parts, place.part) if number == place.turn else len(parts) - 1
            for index in range(at, -1, -1):
                is_here = number == place.turn and index == at
                yield number, parts[index], min(place.row, parts[index].length) if is_here else parts[index].length

    def _up(self, by: int, above: Iterable[tuple[int, "_Part", int]]) -> Place:
        for turn, part, rows in above:
            if by <= rows:
                return Place(turn=turn, part=part.title, row=rows - by)
            by -= rows
        return self.first()


def _index(parts: Sequence["_Part"], title: str) -> int:
    return next((place for place, each in enumerate(parts) if each.title == title), 0)


class _Turn:
    """A turn as it is told, laid out for one width at a time."""

    def __init__(self, theme: Theme, zone: tzinfo, *, is_first: bool) -> None:
        self.number = 0
        self._theme = theme
        self._zone = zone
        self._is_first = is_first
        self._news: list[Record] = []
        self._chapter: Chapter | None = None
        self._columns = 0
        self._written: dict[str, _Written] = {}
        self._listed: dict[str, _Listed] = {}

    def record(self, record: Record) -> None:
        if isinstance(record.event, TurnStarted):
            self.number = record.event.turn
        self._news.append(record)

    def keep_up(self, columns: int) -> None:
        assert self._timeline(columns).length, "a turn has begun"

    def _tell(self) -> Chapter:
        news, self._news = self._news, []
        if self._chapter is None:
            self._chapter = Chapter(news.pop(0), self._theme.symbols)
        for record in news:
            self._chapter.record(record)
        return self._chapter

    def parts(self, columns: int) -> "list[_Part]":
        timeline = self._timeline(columns)
        chapter = self._tell()
        above, below = digest.sections(chapter, zone=self._zone)
        return [
            *(self._section(each, has_gap=not self._is_first and not place) for place, each in enumerate(above)),
            self._lines("Failures and retries", chapter.trouble),
            *(self._section(each) for each in below),
            timeline,
        ]

    def _timeline(self, columns: int) -> "_Listed":
        if columns != self._columns:
            self._columns = columns
            self._written.clear()
            self._listed.clear()
        return self._lines("Timeline", self._tell().lines)

    def _section(self, section: Section, *, has_gap: bool = False) -> "_Written":
        written = self._written.get(section.title)
        if written is None or written.section.stamp != section.stamp:
            written = self._written[section.title] = _Written(section, self._columns, self._theme, has_gap=has_gap)
        return written

    def _lines(self, title: str, lines: Sequence[Line]) -> "_Listed":
        listed = self._listed.get(title)
        if listed is None:
            listed = self._listed[title] = _Listed(title, lines, self._columns, self._theme)
        return listed


class _Written:
    """A section, written when its rows are wanted. `has_gap`: an empty row is above it.

    `is_titled`: it is called by its own title and not by that of the turn.
    """

    def __init__(self, section: Section, columns: int, theme: Theme, *, has_gap: bool) -> None:
        self.section = section
        self.title = section.title
        self._columns = columns
        self._theme = theme
        self.is_titled = not section.title.startswith("Turn ")
        self._has_gap = has_gap
        self._rows: list[Row] | None = None

    @property
    def length(self) -> int:
        return len(self._all())

    def rows(self, first: int, count: int) -> list[Row]:
        return self._all()[first : first + count]

    def _all(self) -> list[Row]:
        if self._rows is None:
            page = Page(self._columns, self._theme)
            page.rows += [()] * self._has_gap
            self.section.write(page)
            self._rows = page.rows
        return self._rows


class _Listed:
    """A list of events below a title, which grows at its end. Their rows are counted once and written when wanted."""

    is_titled = True

    def __init__(self, title: str, lines: Sequence[Line], columns: int, theme: Theme) -> None:
        self.title = title
        self._lines = lines
        self._columns = columns
        self._theme = theme
        self._ends: list[int] = []  # how many rows there are up to the end of each event, with the title

    @property
    def length(self) -> int:
        page = Page(self._columns, self._theme)
        for line in self._lines[len(self._ends) :]:
            self._ends.append((self._ends[-1] if self._ends else _TITLE) + page.height(line))
        return self._ends[-1] if self._ends else 0

    def rows(self, first: int, count: int) -> list[Row]:
        end = min(first + count, self.length)
        if first >= end:
            return []
        page = Page(self._columns, self._theme)
        begun = 0
        if first < _TITLE:
            page.heading(self.title)
        place = bisect_right(self._ends, max(first, _TITLE))
        if first >= _TITLE:
            begun = self._ends[place - 1] if place else _TITLE
        while place < len(self._ends) and begun + len(page.rows) < end:
            page.line(self._lines[place])
            place += 1
        return page.rows[first - begun : end - begun]


_TITLE = 2
"""The rows of a title, with the empty one above it."""

_Part = _Written | _Listed
