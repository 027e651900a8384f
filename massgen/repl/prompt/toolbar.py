"""The row below the prompt: who answers, in which session, and what it has cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from massgen.display.cells import cut, width
from massgen.display.theme import Theme
from massgen.printable import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the row says. `session` is empty before there is one; `tokens` and `cost` are said in words, or empty."""

    mode: str
    away: Sequence[str] = ()
    session: str = ""
    tokens: str = ""
    cost: str = ""


def row(status: Status, *, keys: str, columns: int, theme: Theme) -> str:
    """The row, less than `columns` wide. `keys` says how keys are read, where that can change.

    What has no room is left out, the session first and the cost after all others but the mode.
    """
    parts = [
        (0, keys),
        (1, status.mode),
        (3, f"away: {', '.join(map(one_line, status.away))}" if status.away else ""),
        (5, status.session or "new session"),
        (4, status.tokens),
        (2, status.cost),
    ]
    shown = [(place, theme.sayable(text)) for place, text in parts if text]
    between = theme.symbols.between
    while len(shown) > 1 and width(between.join(text for _, text in shown)) >= columns:
        shown.remove(max(shown))
    return cut(between.join(text for _, text in shown), max(columns - 1, 0), theme.symbols.ellipsis)
