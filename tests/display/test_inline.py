"""A turn shown below the conversation: `ui.screen: inline`."""

import asyncio
from collections.abc import Awaitable, Callable

import pyte
import pytest
from rich.console import Console

from massgen.display.live import LiveDisplay
from massgen.display.theme import PLAIN
from massgen.messages import TextDelta
from tests.display import golden
from tests.display.scene import START, Scene
from tests.display.terminal import Terminal, terminal, until
from tests.helpers.emulator import Emulator

TEAM = ("ann", "bob", "cyd")
COLUMNS, LINES = 80, 24
CONVERSATION = [f"line {number} of the conversation" for number in range(1, 6)]


def show(
    play: Callable[[LiveDisplay, Console, Terminal], Awaitable[None]], *, earlier: int = 5
) -> tuple[Emulator, Console]:
    """Show a turn below so many lines of a conversation; returns what the terminal shows afterwards."""

    async def live(opened: Terminal, console: Console) -> None:
        display = LiveDisplay(
            console, theme=PLAIN, clock=lambda: START, stdin=opened.stdin, pause=lambda _: asyncio.sleep(0), inline=True
        )
        async with display:
            for record in Scene(*TEAM).asks(*TEAM).records:
                display.record(record)
            await play(display, console, opened)

    with terminal() as opened:
        console = Console(
            file=opened.file, force_terminal=True, width=COLUMNS, height=LINES, _environ={"TERM": "xterm"}
        )
        opened.file.write("".join(f"line {number} of the conversation\r\n" for number in range(1, earlier + 1)))
        opened.file.flush()
        asyncio.run(live(opened, console))
        opened.file.write("◆ 3 agents\r\n")
    return opened.emulated(COLUMNS, LINES), console


async def stand(_: LiveDisplay, __: Console, opened: Terminal) -> None:
    """Let the view be seen."""
    await until(lambda: "r history" in "\n".join(opened.emulated(COLUMNS, LINES).rows))


def test_the_conversation_stays_in_sight_above_the_view() -> None:
    seen: list[list[str]] = []

    async def look(display: LiveDisplay, console: Console, opened: Terminal) -> None:
        display.stream("bob", 1, TextDelta("The answer is 42."))
        await until(lambda: "42" in "\n".join(opened.emulated(COLUMNS, LINES).rows))
        seen.append(opened.emulated(COLUMNS, LINES).rows)

    show(look)
    [rows] = seen
    assert rows[:5] == CONVERSATION
    golden.check("inline", "\n".join(rows[5:13]))
    assert rows[13:] == [""] * 11


def test_nothing_of_the_view_stays_and_no_other_screen_was_entered() -> None:
    after, _ = show(stand)
    assert [row for row in after.rows if row] == [*CONVERSATION, "◆ 3 agents"]
    assert (after.entered, after.scrollback, after.cursor.hidden) == (0, [], False)


def test_at_the_bottom_of_the_screen_the_conversation_moves_up_and_none_of_it_is_lost() -> None:
    after, _ = show(stand, earlier=30)
    lines = [row for row in (*after.scrollback, *after.rows) if row]
    assert lines == [*(f"line {number} of the conversation" for number in range(1, 31)), "◆ 3 agents"]


@pytest.mark.parametrize("size", [(60, 15), (80, 12)])
def test_a_new_size_leaves_no_ghosts(size: tuple[int, int]) -> None:
    async def resize(display: LiveDisplay, console: Console, opened: Terminal) -> None:
        await stand(display, console, opened)
        written = len(opened.written)
        console.size = size  # type: ignore[assignment]
        display.draw()
        await until(lambda: len(opened.written) > written)

    after, _ = show(resize)
    assert [row for row in after.rows if row] == [*CONVERSATION, "◆ 3 agents"]
    assert after.scrollback == []


def test_the_history_has_the_whole_screen_and_the_view_is_there_again_behind_it() -> None:
    seen: list[tuple[int, int]] = []

    async def read(display: LiveDisplay, console: Console, opened: Terminal) -> None:
        await stand(display, console, opened)
        opened.press("r")
        await until(lambda: "q closes" in "\n".join(opened.emulated(COLUMNS, LINES).rows))
        opened.press("q")
        await until(lambda: opened.emulated(COLUMNS, LINES).left == 1)
        display.stream("bob", 1, TextDelta("The answer is 42."))
        await until(lambda: "42" in "\n".join(opened.emulated(COLUMNS, LINES).rows))
        screen = Emulator(COLUMNS, LINES)
        pyte.ByteStream(screen).feed(bytes(opened.written))
        assert screen.rows[:5] == CONVERSATION
        assert screen.rows[12].startswith("0:00 · r history")
        assert screen.cursor.hidden
        seen.append((screen.entered, screen.left))

    after, _ = show(read)
    assert seen == [(1, 1)]
    assert [row for row in after.rows if row] == [*CONVERSATION, "◆ 3 agents"]
