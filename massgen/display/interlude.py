"""What is shown before a turn while the conversation is summarised, and what stays in the scrollback of it."""

from massgen.display.cells import wrap
from massgen.display.screen import Screen
from massgen.display.theme import UNICODE, Row, Span, Symbols, Theme
from massgen.events import CompactionFailed, CompactionStarted
from massgen.printable import one_line
from massgen.session import changes


def is_on(screen: Screen) -> bool:
    """Whether the turn waits for a summary."""
    return screen.turn == 0 and bool(screen.compactions)


def body(screen: Screen, *, width: int, height: int, theme: Theme) -> list[Row]:
    """Return the rows between nothing and the last line: one calm paragraph for each step."""
    rows: list[Row] = []
    for each in screen.compactions:
        is_now = each is screen.compactions[-1]
        said = (
            changes.of_compaction(each)
            if isinstance(each, CompactionStarted | CompactionFailed)
            else changes.sentence(each)
        )
        rows += [(Span(row, "strong" if is_now else "quiet"),) for row in wrap(theme.sayable(one_line(said)), width)]
        rows.append(())
    rows = rows[:-1][-height:] if height else []
    return [*rows, *[()] * (height - len(rows))]


def closing_lines(screen: Screen, *, told: bool, symbols: Symbols = UNICODE) -> list[str]:
    """Return what came of summarising for this turn, and its cost; only the cost where the rest was `told` already."""
    lines = [
        changes.of_compaction(each) if isinstance(each, CompactionFailed) else changes.sentence(each)
        for each in screen.compactions
        if not isinstance(each, CompactionStarted)
    ]
    cost = screen.apart.due
    if not lines or not told:
        return (
            [*lines[:-1], symbols.between.join((lines[-1].rstrip("."), cost)) if cost else lines[-1]] if lines else []
        )
    return [f"Summarising: {cost}."] if cost else []
