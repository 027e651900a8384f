"""A line on a terminal ends between words; in a pipe it stays whole."""

import io
import termios
from collections.abc import Callable

import pytest

from massgen.display.linear import LinearDisplay
from massgen.display.lines import Lines
from massgen.display.plain import PlainDisplay
from massgen.display.theme import choose
from massgen.events import Record
from tests.display.golden import check
from tests.display.terminal import terminal
from tests.display.test_plain import eventful

LONG = "ann voted for bob (It says at once that no model was asked, which matters most of all here.)"


def test_a_line_in_a_pipe_is_never_wrapped() -> None:
    stream = io.StringIO()
    Lines(stream, choose(encoding="utf-8", environ={}, isatty=False)).write(LONG)
    assert stream.getvalue() == f"{LONG}\n"


@pytest.mark.parametrize("columns", [24, 40, 60])
@pytest.mark.parametrize("kind", ["plain", "linear"])
def test_a_whole_turn_on_a_narrow_terminal_reads_well(kind: str, columns: int) -> None:
    with terminal() as seen:
        termios.tcsetwinsize(seen.file.fileno(), (24, columns))
        theme = choose(encoding="utf-8", environ={}, isatty=True, is_spoken=kind == "linear")
        told: dict[str, Callable[[Record], None]] = {
            "plain": PlainDisplay(seen.file, theme).record,
            "linear": LinearDisplay(seen.file, theme, clock=lambda: 0.0).record,
        }
        for record in eventful().records:
            told[kind](record)
    written = seen.written.decode().replace("\r\n", "\n")
    assert max(map(len, written.splitlines())) <= columns
    assert "\x1b" not in written
    check(f"{kind}-{columns}-columns", written)


def test_a_terminal_without_a_size_gets_whole_lines() -> None:
    with terminal() as seen:
        termios.tcsetwinsize(seen.file.fileno(), (0, 0))
        Lines(seen.file, choose(encoding="utf-8", environ={}, isatty=True)).write(LONG)
    assert seen.written.decode() == f"{LONG}\r\n"
