"""Keys during a turn: each is heard, none is lost, signals stay signals, and the terminal is as it was before."""

import asyncio
import io
import os
import termios
from collections.abc import Callable, Coroutine

from massgen.display.keys import Key, Keyboard, TypeAhead, can_read
from tests.display.terminal import Terminal, terminal, until


def heard(press: Callable[[Terminal, list[Key]], Coroutine[None, None, None]]) -> list[Key]:
    """What is heard of what is pressed."""
    keys: list[Key] = []

    async def listen() -> None:
        keyboard = Keyboard(opened.stdin, keys.append)
        keyboard.open()
        await press(opened, keys)
        keyboard.close()

    with terminal() as opened:
        before = opened.settings
        asyncio.run(listen())
        assert opened.settings == before
    return keys


def test_keys_are_heard_by_their_names() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        for number, each in enumerate(("\x1b[A", "\x1b[B", "\x1b[5~", "\x1b[6~", "\r", "\x7f", "\x15", "\x12", "r"), 1):
            opened.press(each)
            await until(lambda: len(keys) == number)  # noqa: B023 (called before the next number)

    assert heard(press) == [
        Key(name="up"),
        Key(name="down"),
        Key(name="page_up"),
        Key(name="page_down"),
        Key(name="enter"),
        Key(name="backspace"),
        Key(name="kill"),
        Key(name="reload"),
        Key(name="text", text="r"),
    ]


def test_keys_that_come_together_say_so() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        opened.press("ru")
        await until(lambda: len(keys) == 2)

    assert heard(press) == [Key(name="text", text="r", alone=False), Key(name="text", text="u", alone=False)]


def test_a_paste_is_one_key_with_its_lines() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        opened.press("\x1b[200~first\rsecond\r\nr\x1b[201~")
        await until(lambda: keys)

    assert heard(press) == [Key(name="paste", text="first\nsecond\nr")]


def test_a_letter_in_several_bytes_may_come_in_pieces() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        first, rest = "日".encode()[:1], "日".encode()[1:]
        os.write(opened.keyboard, b"a" + first)
        await until(lambda: len(keys) == 1)
        os.write(opened.keyboard, rest)
        await until(lambda: len(keys) == 2)

    assert [each.text for each in heard(press)] == ["a", "日"]


def test_late_answers_of_the_terminal_are_swallowed() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        opened.press("\x1b[57;1R", "r")
        await until(lambda: keys)

    assert heard(press) == [Key(name="text", text="r")]


def test_an_escape_that_nothing_follows_is_the_key() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        opened.press("\x1b")
        await until(lambda: keys)

    assert heard(press) == [Key(name="escape")]


def test_what_nobody_has_read_yet_is_heard_on_closing() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        opened.press("typed at the last moment")
        while not opened.readable:  # the loop has no chance to look
            pass

    assert "".join(each.text for each in heard(press)) == "typed at the last moment"


def test_signals_stay_signals_and_output_is_left_alone() -> None:
    async def press(opened: Terminal, keys: list[Key]) -> None:
        _, output, _, local, *_ = opened.settings
        assert isinstance(output, int)
        assert isinstance(local, int)
        assert (output & termios.OPOST, local & termios.ISIG) == (termios.OPOST, termios.ISIG)
        assert local & (termios.ECHO | termios.ICANON) == 0

    assert heard(press) == []


def test_a_terminal_that_goes_away_is_told() -> None:
    keys: list[Key] = []
    ours, theirs = os.openpty()

    async def listen() -> None:
        with os.fdopen(theirs, "r") as stdin:
            keyboard = Keyboard(stdin, keys.append)
            keyboard.open()
            os.close(ours)
            await until(lambda: keys)
            keyboard.close()
            assert not keyboard.is_open

    asyncio.run(listen())
    assert keys == [Key(name="gone")]


def test_where_there_is_no_terminal_there_are_no_keys() -> None:
    async def listen() -> None:
        for stdin in (None, io.StringIO("r")):
            keyboard = Keyboard(stdin, lambda key: None)
            keyboard.open()
            assert (can_read(stdin), keyboard.is_open) == (False, False)
            keyboard.close()

    asyncio.run(listen())


def test_what_is_typed_ahead_can_be_corrected() -> None:
    typed = TypeAhead()
    for key in (
        Key(name="enter"),
        Key(name="text", text="w"),
        Key(name="text", text="x"),
        Key(name="backspace"),
        Key(name="paste", text="hy\nnot"),
        Key(name="enter"),
        Key(name="enter"),
    ):
        typed.press(key)
    assert (typed.press(Key(name="up")), typed.take(), typed.take()) == (False, "why\nnot", "")
    typed.press(Key(name="text", text="y"))
    typed.press(Key(name="kill"))
    assert typed.take() == ""
