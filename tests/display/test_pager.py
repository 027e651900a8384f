"""Between turns the same history has a screen of its own, or is printed where there is none."""

import asyncio
import io
import os
import signal

import pytest
from rich.console import Console

from massgen.display.history import history
from massgen.display.keys import TypeAhead
from massgen.display.pager import show_history
from massgen.display.theme import PLAIN
from tests.display.golden import drawn
from tests.display.terminal import Terminal, terminal, until
from tests.display.test_history import session, stopped
from tests.display.test_live import THEME, console
from tests.display.test_plain import eventful

FRAME = b"\x1b[?2026l"
RECORDS = session(eventful(), stopped())


def shown(*keys: str, interrupt: bool = False) -> tuple[str, list[list[str]]]:
    """What is typed for the prompt after these keys, and the screens before each of them."""
    screens: list[list[str]] = []

    async def show(opened: Terminal, typed: TypeAhead) -> None:
        showing = asyncio.create_task(
            show_history(RECORDS, console=console(opened), theme=THEME, stdin=opened.stdin, typed=typed)
        )
        for key in (*keys, None):
            rows = await opened.see(lambda rows: rows[-1].endswith("q closes"))
            drawn_up_to = opened.written.count(FRAME)
            screens.append(rows)
            if key is None:
                break
            opened.press(key)
            await until(lambda: showing.done() or opened.written.count(FRAME) > drawn_up_to)  # noqa: B023
            if showing.done():
                break
        if interrupt:
            os.kill(os.getpid(), signal.SIGINT)
        await showing

    typed = TypeAhead()
    with terminal() as opened:
        before = opened.settings
        asyncio.run(show(opened, typed))
        assert opened.settings == before
    after = opened.emulated(80, 24)
    assert (after.entered, after.left, after.scrollback, [row for row in after.rows if row]) == (1, 1, [], [])
    return typed.take(), screens


def test_it_opens_at_the_last_turn_and_scrolls_over_all_of_them() -> None:
    typed, screens = shown("g", "\x1b[6~", "\x1b[B", "\x1b[A", "G", "q")
    whole = [row.rstrip() for row in drawn(history(RECORDS, columns=80, theme=PLAIN)).split("\n")[:-1]]
    last = len(whole) - 23
    turn_2 = next(place for place, row in enumerate(whole) if row.startswith("── Turn 2"))
    tops = [min(turn_2, last), 0, 22, 23, 22, last]
    assert [screen[:23] for screen in screens] == [whole[top : top + 23] for top in tops]
    assert typed == ""


@pytest.mark.parametrize("key", ["q", "r", "\x1b", "\x12"])
def test_it_is_closed_by(key: str) -> None:
    assert shown(key)[0] == ""


def test_it_is_closed_by_ctrl_c_which_ends_nothing_else() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert shown(interrupt=True)[0] == ""
    assert signal.getsignal(signal.SIGINT) == before


def test_who_begins_to_type_is_back_at_the_prompt() -> None:
    assert shown("w")[0] == "w"
    assert shown("\x1b[200~why\rnot\x1b[201~")[0] == "why\nnot"


def test_without_a_keyboard_it_is_printed() -> None:
    file = io.StringIO()
    asyncio.run(show_history(RECORDS, console=Console(file=file, width=70), theme=PLAIN, stdin=None, typed=TypeAhead()))
    assert file.getvalue() == drawn(history(RECORDS, columns=70, theme=PLAIN))
