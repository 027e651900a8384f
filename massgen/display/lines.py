"""A stream that is told line after line: nothing on it is ever redrawn, and no escape byte is written."""

import os
from typing import TextIO

from massgen.display.cells import hang
from massgen.display.theme import Theme
from massgen.printable import clean


class Lines:
    """Writes each line at once; a reader that went away is not an error. On a terminal rows end between words."""

    def __init__(self, stream: TextIO, theme: Theme) -> None:
        self._stream = stream
        self._theme = theme
        self._gone = False

    def write(self, line: str, margin: str = "  ") -> None:
        """Write a line, or several. On a terminal it goes on behind `margin` where a row is full."""
        if self._gone:
            return
        try:
            self._stream.write("\n".join(rows(self._theme.sayable(clean(line)), self._stream, margin)) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed. The turn matters, not who watches.
            self._gone = True


def rows(text: str, stream: TextIO, margin: str = "  ") -> list[str]:
    """Return `text` as the rows of the terminal behind `stream`; as its lines where there is none."""
    columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    lines = text.split("\n")
    return [row for line in lines for row in hang(line, columns, margin)] if columns else lines
