"""Text measured in terminal cells: how wide it is, how it is cut, padded and wrapped.

A letter takes one cell, most emoji and East Asian characters two, a combining mark none. The text that comes in here is
expected to be sanitised (`sanitize.for_panels`), so that the width of a line is the sum of its characters' widths.
"""

import re
from functools import lru_cache

from rich.cells import get_character_cell_size

from massgen.printable import few_marks

# Ranges whose characters are all one cell wide in every table of widths: Latin, Greek, Cyrillic, dashes and quotes,
# arrows, box drawing. Nearly every line of prose is made of these alone and need not be measured.
_NARROW = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0391-\u03c9\u0410-\u044f\u2010-\u2027\u2190-\u2193\u2500-\u257f]*")


_STEP = 512
_REMEMBERED = 4_096
"""Widths that are remembered: a row is measured when it is wrapped, when it is put beside others and when it is drawn,
in every frame that shows it."""


def is_narrow(text: str) -> bool:
    """Whether every character of `text` takes one cell wherever it is shown."""
    return _NARROW.fullmatch(text) is not None


@lru_cache(_REMEMBERED)
def width(text: str) -> int:
    """Return how many cells `text` takes."""
    if is_narrow(text):
        return len(text)
    return sum(map(get_character_cell_size, text))


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return `text` in at most `cells` cells, ending in `ellipsis` if something is missing."""
    if len(text) <= cells and width(text) <= cells:
        return text
    room = cells - len(ellipsis)
    if room <= 0:
        return ellipsis[: max(cells, 0)]
    return _prefix(text, room) + ellipsis


def fill(text: str, cells: int, ellipsis: str = "…") -> str:
    """Return `text` cut or padded with blanks to exactly `cells` cells."""
    text = cut(text, cells, ellipsis)
    return text + " " * (cells - width(text))


def wrap(line: str, cells: int) -> list[str]:
    """Return one line of text as rows of at most `cells` cells (at least two), broken at blanks where there are any.

    Blanks at a break are dropped. A line without text is one empty row.
    """
    return _wrap_narrow(line, cells) if is_narrow(line) else _wrap_measured(line, cells)


def hang(line: str, cells: int, margin: str) -> list[str]:
    """Return one line as rows broken at blanks alone, all but the first behind `margin`.

    A word that is wider than a row stays whole and the terminal breaks it, so that a path can still be copied.
    """
    rows: list[str] = []
    for word in line.split(" "):
        if rows and width(rows[-1]) + 1 + width(word) <= cells:
            rows[-1] += f" {word}"
        else:
            rows.append(f"{margin}{word}" if rows else word)
    return rows


def last_rows(text: str, cells: int, count: int) -> list[str]:
    """Return the last `count` rows of `text` wrapped to `cells`, reading little more of it than they show.

    A line far too long is wrapped from somewhere inside it. That place moves in steps, so that appending to the text
    does not break all its rows anew each time.
    """
    rows: list[str] = []
    end = len(text.rstrip("\n"))
    while end > 0 and len(rows) < count:
        start = text.rfind("\n", 0, end) + 1
        skipped = (end - start - cells * count) // _STEP * _STEP  # a row shows at most `cells` letters
        if skipped > 0:
            return (wrap(text[start + skipped : end], cells) + rows)[-count:]
        rows = wrap(text[start:end], cells) + rows
        end = start - 1
    return rows[-count:] if count > 0 else []


def _prefix(text: str, cells: int) -> str:
    used = 0
    for place, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > cells:
            return text[:place]
    return text


def _wrap_narrow(line: str, cells: int) -> list[str]:
    rows: list[str] = []
    start = 0
    while len(line) - start > cells:
        blank = line.rfind(" ", start, start + cells + 1)
        if blank <= start:
            rows.append(line[start : start + cells])
            start += cells
        else:
            rows.append(line[start:blank].rstrip(" "))
            start = blank + 1
    rows.append(line[start:].rstrip(" "))
    return rows


def _wrap_measured(line: str, cells: int) -> list[str]:
    rows: list[str] = []
    row: list[str] = []
    used = -1  # the first word of a row has no blank before it
    for word in line.split(" "):
        size = width(word)
        if used + 1 + size > cells:
            if row:
                rows.append(" ".join(row).rstrip(" "))
            while size > cells:
                piece = _prefix(word, cells)
                rows.append(piece)
                word, size = word[len(piece) :], size - width(piece)
            row, used = [], -1
        row.append(word)
        used += 1 + size
    rows.append(" ".join(row).rstrip(" "))
    # More letters than cells: a flood of marks may have come in pieces, each too short for the sanitiser to see.
    return [few_marks(each) if len(each) > cells else each for each in rows]
