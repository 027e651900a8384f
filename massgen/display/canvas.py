"""Where a view is drawn: on the whole of the alternate screen, or in a region below what stands on the normal one.

A frame is one write of what changed, none of it erased before it is written: nothing can be seen half drawn (rich's own
`Live` writes the whole screen each time; fed to a terminal in the pieces a pty delivers, 77 % of its borders showed
blank rows, measured 2026-11-22). A terminal that is behind gets no frame until it has caught up.

The alternate screen survives every resize without ghosts in the scrollback. In a region the cursor rests on the first
cell between two frames: a terminal that wraps its lines anew takes it along, so that the region is found again from
there without any arithmetic. Its lines are not filled with blanks to the end, which would be wrapped too.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TextIO, TypeAlias, cast

from rich.console import Console
from rich.live import Live

from massgen.display.outlet import Outlet
from massgen.display.painter import Painter, Piece, frame
from massgen.display.theme import Row, Theme

Rows: TypeAlias = Callable[[int, int], list[Row]]
"""What is to be seen at so many columns and lines."""

_ENTER_PASTES, _LEAVE_PASTES = "\x1b[?2004h", "\x1b[?2004l"
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR = "\x1b[2J"

# From the first cell of a region to the end of the screen, and back. Erasing the screen from its very first cell on
# would make tmux keep all of it in its scrollback (tmux issue 3090), so the first line is erased by itself.
_ERASE = "\r\x1b7\x1b[K\x1b[B\x1b[J\x1b8"

_PART = 3
"""A region has one line of so many of the terminal's, and at least as many."""


class Canvas(Protocol):
    """A place on the terminal that is taken, drawn on, and left as it was."""

    def enter(self, *, pastes: bool) -> None:
        """Take the place; with `pastes` the terminal marks what is pasted."""
        ...

    def leave(self) -> None:
        """Leave the place. Raises `OSError` when the terminal is gone."""
        ...

    def refresh(self) -> None:
        """Write what differs from what is shown; as soon as the terminal has caught up, if it is behind."""
        ...


class WholeScreen(Live):
    """The alternate screen: rich's `Live` enters and leaves it, and what is written are our frames."""

    def __init__(self, console: Console, *, rows: Rows, theme: Theme) -> None:
        super().__init__(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._frames = _Frames(console, rows=rows, theme=theme, begin=lambda *_: _CLEAR, spell=_at_addresses)

    def enter(self, *, pastes: bool) -> None:
        """Enter the alternate screen."""
        self.start()
        self._frames.open(pastes=pastes)

    def leave(self) -> None:
        """Go back to the normal screen."""
        try:
            self._frames.close()
        finally:
            self.stop()

    def refresh(self) -> None:
        """Write what differs from what is shown."""
        self._frames.draw()


class Region:
    """A third of the terminal, from the cursor's line on; what stands above stays in sight."""

    def __init__(self, console: Console, *, rows: Rows, theme: Theme) -> None:
        self._file = console.file
        self._frames = _Frames(console, rows=rows, theme=theme, begin=_reserve, spell=_from_the_first_cell, part=_PART)
        self._is_open = False

    def enter(self, *, pastes: bool) -> None:
        """Hide the cursor, which moves from place to place; again, if another place has shown it meanwhile."""
        self._say(_HIDE_CURSOR)
        if not self._is_open:
            self._is_open = True
            self._frames.open(pastes=pastes)

    def leave(self) -> None:
        """Erase the region; the cursor is on its first cell."""
        if self._is_open:
            self._is_open = False
            try:
                self._frames.close()
            finally:
                self._say(_ERASE + _SHOW_CURSOR)

    def refresh(self) -> None:
        """Write what differs from what is shown."""
        self._frames.draw()

    def _say(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()


class _Frames:
    """What both places have in common: their size, what they show, and the way to the terminal.

    `begin` says what to write for so many lines of nothing, at first or (`True`) once more after a change of size;
    `spell` writes pieces where they belong. One line of `part` of the terminal's is used.
    """

    def __init__(
        self,
        console: Console,
        *,
        rows: Rows,
        theme: Theme,
        begin: Callable[[int, bool], str],
        spell: Callable[[Iterable[Piece]], str],
        part: int = 1,
    ) -> None:
        self._console = console
        self._rows = rows
        self._begin = begin
        self._spell = spell
        self._part = part
        self._painter = Painter(theme)
        self._outlet = Outlet(cast(TextIO, console.file), self._caught_up)  # rich says IO[str]
        self._size: tuple[int, int] | None = None
        self._is_open = self._is_due = self._has_pastes = False

    def open(self, *, pastes: bool) -> None:
        """Begin with a whole frame."""
        self._is_open, self._size = True, None
        self._outlet.open()
        if pastes and not self._has_pastes:
            self._has_pastes = True
            self._outlet.write(_ENTER_PASTES)

    def close(self) -> None:
        """Write no frame any more."""
        self._is_open = self._is_due = False
        self._outlet.close()
        if self._has_pastes:
            self._has_pastes = False
            self._outlet.write(_LEAVE_PASTES)

    def draw(self) -> None:
        """Write what differs from what is shown, or have it written when the terminal has caught up."""
        if not self._is_open:
            return
        self._is_due = self._outlet.is_behind
        if self._is_due:
            return
        columns, lines = self._console.size
        lines = min(max(lines // self._part, self._part), lines)
        begun = ""
        if (columns, lines) != self._size:
            begun = self._begin(lines, self._size is not None)
            self._size = columns, lines
            self._painter.begin(lines)
        if written := frame(begun + self._spell(self._painter.changes(self._rows(columns, lines)))):
            self._outlet.write(written)

    def _caught_up(self) -> None:
        if self._is_due:
            self.draw()


def _at_addresses(pieces: Iterable[Piece]) -> str:
    """Each piece at its own address on the screen."""
    return "".join(f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in pieces)


def _from_the_first_cell(pieces: Iterable[Piece]) -> str:
    """Each piece at its place as seen from the first cell, where the cursor is before and afterwards."""
    moved: list[str] = []
    at = 0
    for y, x, text in pieces:
        if y > at:
            moved.append(f"\x1b[{y - at}B")
            at = y
        moved.append(f"\x1b[{x + 1}G{text}")
    if at:
        moved.append(f"\x1b[{at}A")
    return "".join(moved) + "\r" if moved else ""


def _reserve(lines: int, again: bool) -> str:
    """Make room for so many lines, scrolling the screen if it ends before them."""
    below = lines - 1
    room = "\n" * below + f"\x1b[{below}A" if below else ""
    return (_ERASE if again else "\r") + room
