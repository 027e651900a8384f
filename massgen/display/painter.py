"""Rows in, characters out: the smallest frame that makes a terminal show new rows instead of old ones.

A row is compared span by span, so that a panel which scrolls leaves its neighbours alone; of a text that has grown or
lost its end only what differs is written. Every piece has an address of its own: a terminal that measures a character
otherwise than we do cannot push away what stands to the right of it. Nothing is erased before it is written over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from massgen.display.cells import is_narrow, width
from massgen.display.theme import Meaning, Row, Span, Theme, plain

_CLEAR = "\x1b[2J"
# Synchronized output (DEC mode 2026) is a bonus where it is known and ignored where it is not.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


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
        self._size = (0, 0)
        self._shown: list[_Placed] = []

    def forget(self) -> None:
        """The terminal may show anything now: the next frame is a whole one."""
        self._size = (0, 0)

    def frame(self, rows: Sequence[Row], *, columns: int, lines: int) -> str:
        """Return what to write so that a terminal of this size shows `rows`; empty when it does already.

        There are `lines` rows of at most `columns` cells. After a change of size the screen is cleared first.
        """
        pieces: list[str] = []
        if self._size != (columns, lines):
            self._size, self._shown = (columns, lines), [_NOTHING] * lines
            pieces.append(_CLEAR)
        for y, row in enumerate(rows):
            old = self._shown[y]
            if row != old.row:
                new = self._shown[y] = _placed(row)
                pieces += (f"\x1b[{y + 1};{x + 1}H{text}" for x, text in self._changes(old, new))
        return f"{_BEGIN}{''.join(pieces)}{_END}" if pieces else ""

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
            yield new.end, "\x1b[K"

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
