"""Screens as text files that a reviewer can read: `tests/display/screens/NAME.txt`.

`UPDATE_SCREENS=1 pytest tests/display` writes them anew; the diff is then what there is to review.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from massgen.display.theme import Row, plain

_FOLDER = Path(__file__).parent / "screens"


def check(name: str, text: str) -> None:
    """Compare `text` with the golden screen of that name, blanks at line ends aside."""
    text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    path = _FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def drawn(rows: Sequence[Row]) -> str:
    """Return rows as one text."""
    return "".join(f"{plain(row)}\n" for row in rows)
