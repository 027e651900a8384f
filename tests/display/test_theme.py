"""Meanings become symbols and colours that the terminal has."""

from massgen.display.theme import ASCII, UNICODE, Span, choose


def test_a_pipe_gets_no_colour_and_a_terminal_closes_each() -> None:
    row = (Span("a "), Span("good", "good"))
    assert choose(encoding="utf-8", environ={}, isatty=False).paint(row) == "a good"
    assert choose(encoding="utf-8", environ={}, isatty=True).paint(row) == "a \x1b[32mgood\x1b[0m"


def test_no_color_leaves_bold_and_dim() -> None:
    theme = choose(encoding="utf-8", environ={"NO_COLOR": "1"}, isatty=True)
    assert theme.paint((Span("b", "strong"), Span("g", "good"))) == "\x1b[1mb\x1b[0mg"


def test_symbols_follow_the_encoding() -> None:
    assert choose(encoding="UTF-8", environ={}, isatty=True).symbols is UNICODE
    assert choose(encoding="latin-1", environ={}, isatty=True).symbols is ASCII
    assert choose(encoding=None, environ={}, isatty=True).symbols is ASCII


def test_what_an_encoding_lacks_is_a_question_mark() -> None:
    assert choose(encoding="latin-1", environ={}, isatty=True).sayable("é → 日") == "é ? ?"
