"""Nothing that strangers write can act on the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.printable import clean, for_panels, one_line, squeezed
from tests.helpers.payloads import PAYLOADS, acting

SHOWN = [
    ("plain text, äöü, 日本語, 😀 ✓", "plain text, äöü, 日本語, 😀 ✓"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ("\x1b[1A", "␛[1A"),
    ("\x00\x07\x08\x7f", "␀␇␈␡"),
    ("\x9b2J", "\\x9b2J"),
    ("\u202eevil\u2066\u200e", "\\u202eevil\\u2066\\u200e"),
    ("a\u200bb\xadc\U000e0041d\ufeffe", "abcde"),
    ("one\r\ntwo\rthree", "one\ntwo␍three"),
    ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
    ("\ud800x", "\ufffdx"),
    ("👩\u200d🚀 ❤\ufe0f", "👩\u200d🚀 ❤\ufe0f"),
    ("z" + "\u0300" * 500 + "y", "z" + "\u0300" * 8 + "y"),
    ("e\u0301", "e\u0301"),
    ("[red]x[/red]", "[red]x[/red]"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN, ids=[ascii(text)[:30] for text, _ in SHOWN])
def test_each_character_is_shown_harmless_or_dropped(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_panels_also_lose_what_terminals_measure_differently() -> None:
    assert for_panels("👩\u200d🚀 ❤\ufe0f 👍🏽 🇩🇪 a\tb") == "👩🚀 ❤ 👍 DE a    b"


def test_a_name_stays_on_one_line_and_says_where_it_was_broken() -> None:
    assert one_line("evil\n\x1b[2Jname") == "evil␊␛[2Jname"


def test_a_line_without_end_is_cut() -> None:
    assert one_line("x" * 10_000_000, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_payload_keeps_a_character_that_acts(payload: str) -> None:
    assert acting(clean(payload)) == []


@given(st.text(st.characters()))
def test_no_text_keeps_a_character_that_acts(text: str) -> None:
    assert acting(clean(text)) == []
    assert acting(for_panels(text)) == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")), st.text())
def test_where_a_text_is_cut_into_pieces_changes_nothing(first: str, second: str) -> None:
    assert _without_marks(clean(first) + clean(second)) == _without_marks(clean(first + second))


def _without_marks(text: str) -> str:
    """How many marks stay on one letter depends on the border; the rows of a panel count them again."""
    return "".join(each for each in text if unicodedata.category(each) not in ("Mn", "Me"))


def test_squeezed_text_is_one_line_with_single_blanks() -> None:
    assert squeezed(" a\r\n\tb\u2028 c ") == "a b c"
