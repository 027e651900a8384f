"""Text for `cat` holds nothing that could steer a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.session.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("Grüße 漢字 👩\u200d💻", "Grüße 漢字 👩\u200d💻"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\u2028c\u2029d\x85e", "a\nb\nc\nd\ne"),
        ("over\rwritten", "over␍written"),
        ("\u202edrow\u202c", "\\u202edrow\\u202c"),
        ("in\u200bvisi\xadble\ufeff\U000e0041", "invisible"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_what_could_steer_is_shown_or_dropped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_no_control_character_is_left_in_any_text(text: str) -> None:
    left = {character for character in printable(text) if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")}
    assert left <= {"\n", "\t"}


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_one_line_is_one_line() -> None:
    assert one_line(" a\r\n\tb\u2028 c ") == "a b c"
