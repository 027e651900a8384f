"""The live view has the terminal during a turn only, and gives it back as it was, whatever happens."""

import asyncio
import errno
import io
import logging

import pytest
from rich.console import Console

from massgen.display.answer import print_answer, summary_line
from massgen.display.live import LiveDisplay
from massgen.display.panels import rows
from massgen.display.theme import choose
from massgen.messages import ReasoningDelta, TextDelta
from tests.display.golden import drawn
from tests.display.scene import START, Scene
from tests.display.terminal import Terminal, terminal, until
from tests.helpers.payloads import PAYLOADS

TEAM = ("ann", "bob", "cyd")
THEME = choose(encoding="utf-8", environ={}, isatty=True)
LEAVE = b"\x1b[?1049l"


class Clock:
    """The time, as the test says."""

    def __init__(self) -> None:
        self.now = START
        self.is_broken = False

    def __call__(self) -> float:
        if self.is_broken:
            raise ZeroDivisionError("the clock is broken")
        return self.now


class Pace:
    """Lets the display draw one frame each time the test says so."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[None] = asyncio.Queue()

    async def pause(self, seconds: float) -> None:
        await self._frames.get()

    async def frame(self) -> None:
        self._frames.put_nowait(None)
        for _ in range(5):  # the task wakes, draws and waits again
            await asyncio.sleep(0)


def console(opened: Terminal, columns: int = 80, lines: int = 24) -> Console:
    return Console(
        file=opened.file,
        force_terminal=True,
        legacy_windows=False,
        width=columns,
        height=lines,
        _environ={"TERM": "xterm"},
    )


def a_turn() -> Scene:
    scene = Scene(*TEAM).asks(*TEAM).drafts(*TEAM).opens().asks(*TEAM, stage="ballot")
    scene.votes("ann", "bob").votes("bob", "bob").votes("cyd", "bob").wins("bob", votes=2).presents("bob")
    return scene.later(2).ends("bob", "The **answer**.")


def test_nothing_of_the_view_stays_when_the_turn_is_over() -> None:
    turn = a_turn()

    async def show(display: LiveDisplay) -> None:
        async with display:
            for record in turn.records:
                display.record(record)
                display.draw()

    with terminal() as opened:
        on_screen = console(opened)
        on_screen.print("You: what is machine learning?", highlight=False)
        display = LiveDisplay(console(opened), theme=THEME, clock=Clock(), pause=Pace().pause)
        asyncio.run(show(display))
        on_screen.print(summary_line(display.screen), highlight=False)
        print_answer(on_screen, "The **answer**.")
    after = opened.emulated(80, 24)
    assert (after.entered, after.left, after.scrollback) == (1, 1, [])
    assert [row for row in after.rows if row] == [
        "You: what is machine learning?",
        "◆ 3 agents · 1 round · winner bob (2 of 3 votes) · presented version · 2.0 s",
        "The answer.",
    ]
    assert display.screen == turn.screen


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (120, 30)])
def test_the_terminal_shows_the_rows_of_the_panels(columns: int, lines: int) -> None:
    scene = Scene(*TEAM).asks(*TEAM)
    clock, pace = Clock(), Pace()

    async def show() -> None:
        async with LiveDisplay(console(opened, columns, lines), theme=THEME, clock=clock, pause=pace.pause) as display:
            for record in scene.records:
                display.record(record)
            for number in range(40):
                for agent in TEAM:
                    part = TextDelta(f"word {number} 日本語 😀 " + "\n" * (number % 7 == 0))
                    scene.part(agent, part)
                    display.stream(agent, 1, part)
                await pace.frame()
            assert display.screen == scene.screen
            expected = rows(scene.screen, width=columns, height=lines, now=START, theme=THEME)
            shown = [line.rstrip() for line in drawn(expected).split("\n")[:-1]]
            await until(lambda: opened.emulated(columns, lines).rows == shown)

    with terminal() as opened:
        asyncio.run(show())


def test_frames_are_drawn_for_changes_and_once_a_second_for_the_time() -> None:
    scene = Scene(*TEAM)
    clock, pace = Clock(), Pace()

    async def show() -> None:
        async with LiveDisplay(console(opened), theme=THEME, clock=clock, pause=pace.pause) as display:
            display.record(scene.records[0])
            for later in (0.1, 0.1, 0.1, 1.0, 0.1):
                clock.now += later
                opened.file.write("\a")  # marks where a frame could be
                opened.file.flush()
                await pace.frame()

    with terminal() as opened:
        asyncio.run(show())
    between = opened.written.split(b"\a")
    assert [piece.count(b"\x1b[?2026h") for piece in between] == [1, 1, 0, 0, 1, 0]


def test_the_view_follows_a_terminal_that_changes_its_size() -> None:
    scene = Scene(*TEAM).asks(*TEAM)

    async def show() -> None:
        async with LiveDisplay(on_screen, theme=THEME, clock=Clock(), pause=Pace().pause) as display:
            for record in scene.records:
                display.record(record)
            display.draw()
            on_screen.size = (60, 15)
            display.draw()

    with terminal() as opened:
        on_screen = console(opened)
        asyncio.run(show())
    del opened.written[opened.written.rindex(LEAVE) :]
    expected = rows(scene.screen, width=60, height=15, now=START, theme=THEME)
    assert opened.emulated(80, 24).rows[:15] == [line.rstrip() for line in drawn(expected).split("\n")[:-1]]
    assert opened.emulated(80, 24).rows[15:] == [""] * 9


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
def test_the_terminal_is_given_back_after(error: type[BaseException]) -> None:
    async def fail() -> None:
        async with LiveDisplay(console(opened), theme=THEME, clock=Clock(), pause=Pace().pause):
            raise error

    with terminal() as opened, pytest.raises(error):
        asyncio.run(fail())
    after = opened.emulated(80, 24)
    assert (after.entered, after.left, [row for row in after.rows if row]) == (1, 1, [])
    assert opened.written.rindex(b"\x1b[?25h") > opened.written.rindex(b"\x1b[?25l")


def test_a_fault_of_the_drawing_ends_the_view_and_not_the_turn(caplog: pytest.LogCaptureFixture) -> None:
    scene = a_turn()
    clock, pace = Clock(), Pace()

    async def show() -> LiveDisplay:
        async with LiveDisplay(console(opened), theme=THEME, clock=clock, pause=pace.pause) as display:
            display.record(scene.records[0])
            clock.is_broken = True
            await pace.frame()
            for record in scene.records[1:]:
                display.record(record)
        return display

    with terminal() as opened, caplog.at_level(logging.ERROR):
        display = asyncio.run(show())
    assert display.screen == scene.screen
    assert opened.emulated(80, 24).left == 1
    assert caplog.messages == ["the live view failed and is closed; the turn goes on"]


class HungUp(io.StringIO):
    """A terminal that can be pulled out."""

    is_gone = False

    def write(self, text: str) -> int:
        if self.is_gone:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


def test_a_terminal_that_is_gone_does_not_stop_the_turn() -> None:
    file = HungUp()
    on_screen = Console(file=file, force_terminal=True, width=80, height=24, _environ={"TERM": "xterm"})

    async def show() -> str:
        async with LiveDisplay(on_screen, theme=THEME, clock=Clock(), pause=Pace().pause):
            file.is_gone = True
        return "the turn went on"

    assert asyncio.run(show()) == "the turn went on"


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_of_an_agent_acts_on_the_terminal(payload: str) -> None:
    scene = Scene(payload, "bob").asks(payload, "bob")

    async def show() -> None:
        async with LiveDisplay(console(opened), theme=THEME, clock=Clock(), pause=Pace().pause) as display:
            for record in scene.records:
                display.record(record)
            display.stream(payload, 1, TextDelta(payload))
            display.stream("bob", 1, ReasoningDelta(payload))
            display.draw()

    with terminal() as opened:
        asyncio.run(show())
    after = opened.emulated(80, 24)
    assert (after.entered, after.left, after.scrollback, after.answered, after.title) == (1, 1, [], [], "")
    assert [row for row in after.rows if row] == []
