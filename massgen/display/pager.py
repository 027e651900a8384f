"""The history on a full screen: a window that is scrolled over its rows and follows the end until it is.

During a turn the live view opens it in its own screen; between turns `show_history` gives it a screen of its own.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, TextIO

from rich.console import Console

from massgen.display.cells import cut, width
from massgen.display.history import History, history
from massgen.display.keys import Key, TypeAhead, can_read
from massgen.display.stage import Stage, ctrl_c
from massgen.display.theme import Row, Span, Theme
from massgen.events import Record

CLOSING: Final = ("q", "r")
"""The letters that close the history; Esc does too."""


async def show_history(
    records: Sequence[Record],
    *,
    console: Console,
    theme: Theme,
    stdin: TextIO | None,
    typed: TypeAhead,
    zone: tzinfo = UTC,
) -> None:
    """Show the history of these records until the user closes it, or types something: that goes to `typed`.

    Where there are no keys to read from `stdin`, it is printed instead.
    """
    if not can_read(stdin):
        rows = history(records, columns=console.width, theme=theme, zone=zone)
        console.file.write("".join(f"{theme.paint(row)}\n" for row in rows))
        console.file.flush()
        return
    pager = Pager(History(records=records, theme=theme, zone=zone), theme=theme, follows=False)
    closed = asyncio.Event()

    def hear(key: Key) -> None:
        is_letter = key.name == "text" and key.alone and not typed.text
        if closed.is_set():
            typed.press(key)
        elif key.name in ("escape", "reload", "gone") or (is_letter and key.text in CLOSING):
            closed.set()
        elif (is_letter or key.name != "text") and pager.press(key):
            stage.draw()
        elif key.name in ("text", "paste") and typed.press(key):
            closed.set()

    stage = Stage(console, rows=pager.rows, theme=theme, stdin=stdin, hear=hear)
    try:
        with ctrl_c(closed.set):
            stage.enter()
            stage.draw()
            await closed.wait()
    finally:
        stage.leave()


class Pager:
    """A window on a history, which opens at its last turn; or with `follows` at its end, and stays there."""

    def __init__(self, shown: History, *, theme: Theme, follows: bool) -> None:
        self._history = shown
        self._theme = theme
        self._top: int | None = None
        self._is_new = not follows
        self._columns = self._lines = 1
        self._above = 0

    def press(self, key: Key) -> bool:
        """Scroll; false if the key is not for scrolling."""
        last = max(0, self._history.length(self._columns) - self._lines)
        top = last if self._top is None else min(self._top, last)
        match key.name, key.text:
            case "up", _:
                top -= 1
            case "down", _:
                top += 1
            case "page_up", _:
                top -= max(1, self._lines - 1)
            case "page_down", _:
                top += max(1, self._lines - 1)
            case ("home", _) | ("text", "g"):
                top = 0
            case ("end", _) | ("text", "G"):
                top = last
            case _:
                return False
        self._top = max(0, top) if top < last else None
        return True

    def rows(self, columns: int, lines: int, *, note: str = "", footer: Row | None = None) -> list[Row]:
        """Return the window, a line with the keys below it: exactly `lines` rows of at most `columns` cells.

        `note` opens that line; `footer` takes its place.
        """
        if columns <= 0 or lines <= 0:
            return [()] * max(lines, 0)
        self._stay(columns)
        self._columns, self._lines = columns, max(1, lines - 1)
        length = self._history.length(columns)
        last = max(0, length - self._lines)
        top = last if self._top is None else min(self._top, last)
        window = self._history.window(top, self._lines, columns)
        window += [()] * (self._lines - len(window))
        end = min(top + self._lines, length)
        bottom = (self._footer(columns, note, f"{top + 1}-{end} of {length}") if footer is None else footer,)
        return [*window, *bottom] if lines > 1 else window

    def _stay(self, columns: int) -> None:
        """Keep what is looked at in place when the head above it has grown."""
        above = self._history.last_timeline(columns)
        if self._is_new:
            self._is_new, self._top = False, self._history.last_turn(columns)
        elif self._top is not None and columns == self._columns and self._top >= self._above:
            self._top += above - self._above
        self._above = above

    def _footer(self, columns: int, note: str, place: str) -> Row:
        symbols = self._theme.symbols
        parts = [note, "history", place, "arrows PgUp PgDn g G scroll", "q closes"]
        if note:
            parts = [note, place, "arrows PgUp PgDn g G scroll"]
        said = cut(self._theme.sayable(f" {symbols.dot} ".join(filter(None, parts))), columns, symbols.ellipsis)
        return (Span(said + " " * max(0, columns - width(said)), "strong"),)
