"""Changes of rows, written to a terminal: it must show what one shows that was painted from nothing."""

import pyte
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from massgen.display.cells import cut, width
from massgen.display.painter import TO_THE_END, Painter, Piece
from massgen.display.theme import UNICODE, Meaning, Row, Span, Theme, choose
from tests.helpers.emulator import Emulator

COLUMNS, LINES = 40, 6
COLOURS = choose(encoding="utf-8", environ={}, isatty=True)
BARE = Theme(symbols=UNICODE, looks={})
MEANINGS: list[Meaning] = ["plain", "quiet", "strong", "active", "good", "warning", "bad"]


def row(*spans: str | Span) -> Row:
    return tuple(Span(each) if isinstance(each, str) else each for each in spans)


def changes(*rows: Row) -> list[list[Piece]]:
    """What is written for each of these rows, one after the other, on a terminal of a single line."""
    painter = Painter(BARE)
    painter.begin(1)
    return [list(painter.changes([each])) for each in rows]


# -- what is written -------------------------------------------------------------------------------------------------


def test_at_first_everything_is_written() -> None:
    assert changes(row("word")) == [[Piece(0, 0, "word")]]


def test_for_the_same_rows_again_nothing_is_written() -> None:
    assert changes(row("word"), row("word"), row("wo", "rd"))[1:] == [[], []]


def test_of_a_text_that_grows_only_the_new_end_is_written() -> None:
    assert changes(row("a word", "    "), row("a word of", " "))[1] == [Piece(0, 7, "of")]


def test_a_panel_that_changes_leaves_its_neighbours_alone() -> None:
    before = row("left ", " │ ", "middle", " │ ", "right")
    after = row("left ", " │ ", "muddle", " │ ", "right")
    assert changes(before, after)[1] == [Piece(0, 9, "uddle")]


def test_blanks_are_written_only_over_what_was_there() -> None:
    assert changes(row("long word", "      ", "│"), row("short", "          ", "│"))[1] == [Piece(0, 0, "short    ")]


def test_behind_a_shorter_row_the_rest_is_erased() -> None:
    assert changes(row("a long line"), row("a line"))[1] == [Piece(0, 3, "ine"), Piece(0, 6, TO_THE_END)]


def test_wide_characters_are_written_whole() -> None:
    assert changes(row("深い", "    ", "│"), row("深く", "    ", "│"))[1] == [Piece(0, 0, "深く")]


def test_what_begins_anew_is_written_again() -> None:
    painter = Painter(BARE)
    painter.begin(1)
    list(painter.changes([row("word")]))
    painter.begin(2)
    assert list(painter.changes([row("word"), ()])) == [Piece(0, 0, "word")]


# -- what is seen ----------------------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("ab c  深学🎉é─│"), max_size=14)
SPANS = st.builds(Span, TEXTS, st.sampled_from(MEANINGS))
ROWS = st.lists(SPANS, max_size=5).map(lambda spans: _fitting(tuple(spans)))
EDITS = st.lists(st.tuples(st.integers(0, LINES - 1), ROWS), max_size=4)


def _fitting(spans: Row) -> Row:
    """The same row, no wider than the terminal."""
    fitted: list[Span] = []
    for span in spans:
        room = COLUMNS - sum(width(each.text) for each in fitted)
        fitted.append(Span(cut(span.text, room, ""), span.meaning))
    return tuple(fitted)


def _seen(screen: Emulator) -> list[list[tuple[str, str, bool]]]:
    """Every cell: what stands there, and how it looks where something does."""
    cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(LINES)]
    return [[(c.data, *((c.fg, c.bold) if c.data.strip() else ("", False))) for c in line] for line in cells]


def _written(painter: Painter, rows: list[Row]) -> str:
    return "".join(f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in painter.changes(rows))


def check(steps: list[list[tuple[int, Row]]]) -> int:
    """Edit rows step by step, and compare after each; returns how many frames were compared."""
    live, painter = Emulator(COLUMNS, LINES), Painter(COLOURS)
    stream = pyte.Stream(live)
    painter.begin(LINES)
    rows: list[Row] = [()] * LINES
    for edits in steps:
        for y, edited in edits:
            rows[y] = edited
        stream.feed(_written(painter, rows))
        fresh, whole = Emulator(COLUMNS, LINES), Painter(COLOURS)
        whole.begin(LINES)
        pyte.Stream(fresh).feed(_written(whole, rows))
        assert _seen(live) == _seen(fresh)
    return len(steps)


@given(st.lists(EDITS, min_size=1, max_size=10))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_changes_show_what_whole_frames_show(steps: list[list[tuple[int, Row]]]) -> None:
    check(steps)


@pytest.mark.slow
def test_in_thousands_of_random_frames_no_cell_differs() -> None:
    compared = 0

    @given(st.lists(EDITS, min_size=10, max_size=10))
    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    def many(steps: list[list[tuple[int, Row]]]) -> None:
        nonlocal compared
        compared += check(steps)

    many()
    assert compared >= 3_000
