"""The history on a full screen: a window that is scrolled over its rows and follows the end until it is.

During a turn the live view opens it in its own screen; between turns `show_history` gives it a screen of its own.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, TextIO

from rich.console import Console

from massgen.display.cells import cut, width
from massgen.display.history import History, Place, history
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
        self._top: Place | None = None if follows else shown.last_turn()
        self._columns = self._lines = 1

    def press(self, key: Key) -> bool:
        """Scroll; false if the key is not for scrolling."""
        page = max(1, self._lines - 1)
        match key.name, key.text:
            case "up", _:
                self._move(-1)
            case "down", _:
                self._move(1)
            case "page_up", _:
                self._move(-page)
            case "page_down", _:
                self._move(page)
            case ("home", _) | ("text", "g"):
                self._top = self._settled(self._history.first())
            case ("end", _) | ("text", "G"):
                self._top = None
            case _:
                return False
        return True

    def rows(self, columns: int, lines: int, *, note: str = "", footer: Row | None = None) -> list[Row]:
        """Return the window, a line with the keys below it: exactly `lines` rows of at most `columns` cells.

        `note` opens that line; `footer` takes its place.
        """
        if columns <= 0 or lines <= 0:
            return [()] * max(lines, 0)
        self._columns, self._lines = columns, max(1, lines - 1)
        self._top = self._settled(self._top)
        top = self._history.last(self._lines, columns) if self._top is None else self._top
        window = self._history.window(top, self._lines, columns)
        window += [()] * (self._lines - len(window))
        bottom = (self._footer(columns, note, self._history.where(top, self._lines, columns)),)
        return [*window, *([footer] if footer is not None else bottom)] if lines > 1 else window

    def _move(self, by: int) -> None:
        top = self._top or self._history.last(self._lines, self._columns)
        self._top = self._settled(self._history.moved(top, by, self._columns))

    def _settled(self, top: Place | None) -> Place | None:
        """The place itself, or None when no row is left below a window that begins there: then the end is followed."""
        if top is None or len(self._history.window(top, self._lines + 1, self._columns)) <= self._lines:
            return None
        return top

    def _footer(self, columns: int, note: str, place: str) -> Row:
        symbols = self._theme.symbols
        keys, close = "arrows PgUp PgDn g G scroll", "q closes"
        lines = [("history", place, keys, close), (place, keys, close), (place, close), (close,)]
        if note:
            lines = [(note, place, keys), (note, place), (note,)]
        dotted = [self._theme.sayable(f" {symbols.dot} ".join(filter(None, line))) for line in lines]
        said = next((line for line in dotted if width(line) <= columns), cut(dotted[-1], columns, symbols.ellipsis))
        return (Span(said + " " * max(0, columns - width(said)), "strong"),)
