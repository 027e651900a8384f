"""Rows in, pieces of text out: the least to write so that a terminal shows new rows instead of old ones.

A row is compared span by span, so that a panel which scrolls leaves its neighbours alone; of a text that has grown or
lost its end only what differs is written. Every piece has an address of its own: a terminal that measures a character
otherwise than we do cannot push away what stands to the right of it. Nothing is erased before it is written over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from massgen.display.cells import is_narrow, width
from massgen.display.theme import Meaning, Row, Span, Theme, plain

# Synchronized output (DEC mode 2026) is a bonus where it is known and ignored where it is not.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
TO_THE_END = "\x1b[K"
"""Erases what stands behind the cursor in its line."""


class Piece(NamedTuple):
    """Characters to write, and the line and the cell they begin in, counted from 0."""

    y: int
    x: int
    text: str


def frame(written: str) -> str:
    """Return the characters of one frame as they are sent; nothing for a frame without any."""
    return f"{_BEGIN}{written}{_END}" if written else ""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row, each span under the cell in which it begins; `end` is the first cell behind it."""

    row: Row
    spans: Mapping[int, Span]
    end: int


_NOTHING = _Placed((), {}, 0)


class Painter:
    """Knows what a terminal shows, if everything it made was written there in its order."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._shown: list[_Placed] = []

    def begin(self, lines: int) -> None:
        """The terminal shows so many lines of nothing."""
        self._shown = [_NOTHING] * lines

    def changes(self, rows: Sequence[Row]) -> Iterator[Piece]:
        """Yield what to write so that the terminal shows `rows`, of which there are as many as it has lines."""
        for y, row in enumerate(rows):
            old = self._shown[y]
            if row != old.row:
                new = self._shown[y] = _placed(row)
                for x, text in self._changes(old, new):
                    yield Piece(y, x, text)

    def _changes(self, old: _Placed, new: _Placed) -> Iterator[tuple[int, str]]:
        """From which cell on to write what, so that a row that looked like `old` looks like `new`."""
        run: list[Span] = []
        begun = 0
        for x, span in new.spans.items():
            if old.spans.get(x) != span:
                begun = begun if run else x
                run.append(span)
            elif run:
                yield from self._write(begun, run, [each for at, each in old.spans.items() if begun <= at < x])
                run = []
        if run:
            yield from self._write(begun, run, [each for at, each in old.spans.items() if begun <= at])
        if old.end > new.end:
            yield new.end, TO_THE_END

    def _write(self, x: int, new: Sequence[Span], old: Sequence[Span]) -> Iterator[tuple[int, str]]:
        """Neighbours without the beginning and the blanks at the end that they have in common with what is there."""
        text, was = plain(new), plain(old)
        meaning = _meaning((*new, *old))
        if meaning is None or not is_narrow(text) or not is_narrow(was):
            yield x, self._theme.paint(new)
            return
        same = _common(text, was)
        end = max(len(text.rstrip(" ")), min(len(was.rstrip(" ")), len(text)))
        if same < end:
            yield x + same, self._theme.paint((Span(text[same:end], meaning),))


def _placed(row: Row) -> _Placed:
    spans = {}
    x = 0
    for span in row:
        if span.text:
            spans[x] = span
            x += width(span.text)
    return _Placed(row, spans, x)


def _common(text: str, was: str) -> int:
    """How many characters both begin with."""
    if text.startswith(was):
        return len(was)
    pairs = enumerate(zip(text, was, strict=False))
    return next((n for n, (one, other) in pairs if one != other), len(text))


def _meaning(spans: Iterable[Span]) -> Meaning | None:
    """What all spans with something to see in them mean, if that is one thing."""
    meanings = {span.meaning for span in spans if not span.text.isspace()}
    return meanings.pop() if len(meanings) == 1 else None if meanings else "plain"
