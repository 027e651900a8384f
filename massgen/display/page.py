"""A page of text: titles, named lines and texts behind a margin, wrapped to a width as they are written."""

from collections.abc import Iterable, Mapping, Sequence

from massgen.display.cells import cut, width, wrap
from massgen.display.chapter import Line, Step
from massgen.display.theme import Meaning, Row, Span, Theme
from massgen.printable import for_panels, one_line

_LONGEST_QUESTION = 12
_NARROWEST_TEXT = 10

MARGIN = 9
"""The width of a time before a line."""
_LONG = 99_999.0
"""Seconds from which on a time is wider."""


def moment(seconds: float) -> str:
    """Return a time since the turn began, as wide as the margin."""
    return f"{seconds:6.1f}s  "


class Page:
    """Rows of text, written from top to bottom."""

    def __init__(self, columns: int, theme: Theme) -> None:
        self.rows: list[Row] = []
        self.symbols = theme.symbols
        self._columns = max(columns, 2)
        self._theme = theme

    def rule(self, title: str) -> None:
        """Write a title in a line across the page."""
        across = self.symbols.across
        text = cut(self._say(f"{across * 2} {title} "), self._columns, self.symbols.ellipsis)
        self.rows.append((Span(text, "strong"), Span(across * (self._columns - width(text)), "quiet")))

    def question(self, text: str) -> None:
        """Write what the user asked, or its beginning."""
        lines = [row for line in for_panels(text).split("\n") for row in wrap(self._say(line), self._room(5))]
        for place, line in enumerate(lines[:_LONGEST_QUESTION]):
            self.hang("     " if place else "You: ", line)
        if len(lines) > _LONGEST_QUESTION:
            self.hang("     ", f"({len(lines) - _LONGEST_QUESTION} more lines)", "quiet")

    def heading(self, text: str) -> None:
        """Write a title with an empty row above it."""
        self.rows += [(), (Span(cut(self._say(text), self._columns), "strong"),)]

    def section(self, title: str, held: Iterable[tuple[str, str]]) -> None:
        """Write a title and named lines below it; nothing if there are none."""
        lines = list(held)
        if lines:
            self.heading(title)
        for margin, (_, text) in zip(self._margins([name for name, _ in lines]), lines, strict=True):
            self.hang(margin, text)

    def line(self, line: Line) -> None:
        """Write an event with its time."""
        self.hang(moment(line.seconds), line.told.text, line.told.meaning)

    def height(self, line: Line) -> int:
        """How many rows an event takes; most take one, which is seen at a glance."""
        text, room = line.told.text, self._room(MARGIN if line.seconds < _LONG else width(moment(line.seconds)))
        if len(text) <= room and text.isascii() and text.isprintable():
            return 1
        return len(wrap(self._say(for_panels(text)), room))

    def hang(self, margin: str, text: str, meaning: Meaning = "plain") -> None:
        """Write a text behind a margin, as many rows as it takes."""
        room = self._room(width(margin))
        margin = cut(margin, self._columns - room, "")
        for row in wrap(self._say(for_panels(text)), room):
            self.rows.append((Span(margin, "quiet"), Span(row, meaning)))
            margin = " " * width(margin)

    def ways(self, ways: Mapping[str, Sequence[Step]]) -> None:
        """Write the way of every agent from status to status."""
        for margin, steps in zip(self._margins(list(ways)), ways.values(), strict=True):
            self._way(margin, steps)

    def _margins(self, names: Sequence[str]) -> list[str]:
        """The names as margins of one width."""
        said = [self._say(one_line(name)) for name in names]
        margin = min(max(map(width, said), default=0), self._columns // 3)
        short = [cut(name, margin, self.symbols.ellipsis) for name in said]
        return [f"  {name}{' ' * (margin - width(name))}  " for name in short]

    def _way(self, margin: str, steps: Sequence[Step]) -> None:
        """Write steps that are broken only between two of them."""
        room = self._room(width(margin))
        margin = cut(margin, self._columns - room, "")
        row, used_up = [Span(margin, "quiet")], 0
        for place, step in enumerate(steps):
            arrow = f"{self.symbols.arrow} " if place else ""
            text = cut(self._say(f"{arrow}{step.seconds:.1f}s {step.word}"), room, self.symbols.ellipsis)
            if used_up and used_up + 1 + width(text) > room:
                self.rows.append(tuple(row))
                row, used_up = [Span(" " * width(margin))], 0
            if used_up:
                row.append(Span(" "))
            row.append(Span(text, step.meaning))
            used_up += width(text) + bool(used_up)
        self.rows.append(tuple(row))

    def _room(self, margin: int) -> int:
        return max(self._columns - margin, min(self._columns, _NARROWEST_TEXT), 2)

    def _say(self, text: str) -> str:
        return self._theme.sayable(text)
