"""Text measured in cells is never wider than it may be, and loses nothing but blanks."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from massgen.display.cells import cut, fill, hang, last_rows, width, wrap
from massgen.printable import for_panels

TEXT = st.text(st.sampled_from("ab é日本語😀👍🏽\u200d\ufe0f🇩🇪\u0301\x1b\t\n-…")) | st.text()


def test_lines_break_at_blanks_and_long_words_where_they_must() -> None:
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("incomprehensibilities", 10) == ["incomprehe", "nsibilitie", "s"]
    assert wrap("", 10) == [""]


def test_wide_characters_take_two_cells() -> None:
    assert wrap("日本語のテキスト", 7) == ["日本語", "のテキ", "スト"]
    assert wrap("a 日本 語", 5) == ["a", "日本", "語"]
    assert (cut("日本語", 5), fill("日本", 6), cut("日本語", 6)) == ("日本…", "日本  ", "日本語")


def test_the_last_rows_are_the_same_as_the_end_of_all_rows() -> None:
    text = "first line\n\nsecond line that is longer\nthird"
    assert last_rows(text, 10, 3) == ["line that", "is longer", "third"]
    assert last_rows(text, 10, 99) == ["first line", "", "second", "line that", "is longer", "third"]
    assert last_rows(text, 10, 0) == []


def test_a_flood_of_marks_that_came_in_pieces_stays_eight_high() -> None:
    assert wrap("日" + "\u0300" * 50, 10) == ["日" + "\u0300" * 8]


@given(TEXT, st.integers(2, 30))
def test_no_row_is_wider_than_the_panel(text: str, cells: int) -> None:
    rows = last_rows(for_panels(text), cells, 1_000)
    assert [row for row in rows if cell_len(row) > cells or width(row) > cells] == []


@given(TEXT, st.integers(2, 30))
def test_wrapping_loses_nothing_but_blanks(text: str, cells: int) -> None:
    line = for_panels(text).replace("\n", " ")
    assert "".join(wrap(line, cells)).replace(" ", "") == line.replace(" ", "")


@given(TEXT, st.integers(0, 30))
def test_filling_gives_exactly_the_cells_asked_for(text: str, cells: int) -> None:
    assert width(fill(for_panels(text).replace("\n", ""), cells)) == cells


def test_appending_to_a_line_without_end_moves_no_row_above_the_last() -> None:
    line = "words without a newline, 日本語 too " * 1_000
    before, after = last_rows(line + "a", 40, 10), last_rows(line + "ab", 40, 10)
    assert (len(before), before[:-1], f"{before[-1]}b") == (10, after[:-1], after[-1])


def test_a_told_line_breaks_at_words_and_hangs() -> None:
    line = "◆ 3 agents · 1 round · winner openai_agent_1 (2 of 3 votes) · 6.1 s"
    assert hang(line, 30, "  ") == ["◆ 3 agents · 1 round · winner", "  openai_agent_1 (2 of 3", "  votes) · 6.1 s"]
    assert hang(line, 200, "  ") == [line]
    assert hang("", 10, "  ") == [""]


def test_a_told_word_that_is_too_long_stays_whole_so_that_it_can_be_copied() -> None:
    path = "/a/very/long/path/to/a/file.txt"
    assert hang(f"files: {path} and more", 20, "  ") == ["files:", f"  {path}", "  and more"]
    assert hang(path, 20, "  ") == [path]


def test_wide_letters_of_a_told_line_are_measured() -> None:
    assert hang("認証 認証 認証", 9, "  ") == ["認証 認証", "  認証"]
