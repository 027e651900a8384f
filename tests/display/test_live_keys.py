"""During a turn `r` opens its history, and whatever else is typed belongs to the next prompt."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest

from massgen.display.history import history
from massgen.display.keys import TypeAhead
from massgen.display.live import LiveDisplay
from massgen.events import Record, ToolStarted, TurnStarted
from tests.display.golden import drawn
from tests.display.scene import START, Scene
from tests.display.terminal import Terminal, terminal, until
from tests.display.test_live import TEAM, THEME, Clock, Pace, a_turn, console

CTRL_R = "\x12"


class Watch(Clock):
    """A clock that counts how often it is looked at: whenever a frame is drawn, as after each key."""

    looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return super().__call__()


class Stage:
    """A live view on a terminal, with somebody at its keys."""

    def __init__(
        self, opened: Terminal, display: LiveDisplay, typed: TypeAhead, clock: Watch, skipped: list[str]
    ) -> None:
        self.skipped = skipped
        self.opened = opened
        self.display = display
        self.typed = typed
        self.clock = clock

    async def press(self, *keys: str) -> None:
        """Press keys one after another, each once the one before has been heard."""
        for key in keys:
            looks = self.clock.looks
            self.opened.press(key)
            await until(lambda: self.clock.looks > looks)  # noqa: B023 (called before the next key)

    def tell(self, scene: Scene) -> None:
        for record in scene.records:
            self.display.record(record)
        self.display.draw()


def played(play: Callable[[Stage], Coroutine[None, None, None]], *, earlier: list[Record] | None = None) -> Terminal:
    """Play a scene on a live view; afterwards the terminal is as it was, whatever happened."""

    async def show() -> None:
        typed, clock, skipped = TypeAhead(), Watch(), list[str]()
        display = LiveDisplay(
            console(opened),
            theme=THEME,
            clock=clock,
            pause=Pace().pause,
            stdin=opened.stdin,
            typed=typed,
            earlier=earlier or (),
            hint="Ctrl+C stops",
            skip=skipped.append,
        )
        async with display:
            await play(Stage(opened, display, typed, clock, skipped))

    with terminal() as opened:
        before = opened.settings
        try:
            asyncio.run(show())
        finally:
            assert opened.settings == before
    after = opened.emulated(80, 24)
    assert (after.entered, after.left, after.scrollback, after.cursor.hidden) == (1, 1, [], False)
    assert [row for row in after.rows if row] == []
    assert opened.written.rindex(b"\x1b[?2004l") > opened.written.rindex(b"\x1b[?2004h")
    return opened


def test_r_opens_the_history_and_r_comes_back() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM).drafts("ann"))
        rows = await stage.opened.see(lambda rows: rows[-1].endswith("Presentation"))
        assert rows[-1] == "0:00 · r history · Ctrl+C stops          [Initial] → Coordination → Presentation"
        for close in ("r", "q", "\x1b", CTRL_R):
            await stage.press("r")
            rows = await stage.opened.see(lambda rows: rows[-1].endswith("q closes"))
            assert rows[0].startswith("── Turn 1 · 00:16:40 · not ended · 0.0 s ─")
            assert rows[-1] == "history · Turn 1 · arrows PgUp PgDn g G scroll · q closes"
            await stage.press(close)
            await stage.opened.see(lambda rows: rows[-1].endswith("Presentation"))
        assert stage.typed.take() == ""

    played(play)


def test_a_digit_looks_at_one_agent_and_s_does_not_wait_for_it() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        await stage.press("2")
        await stage.opened.see(lambda rows: rows[-1].startswith("0:00 · s skip · Esc all agents · r history"))
        stage.clock.now += 2
        await stage.press("s")
        assert stage.skipped == [TEAM[1]]
        await stage.opened.see(lambda rows: rows[-1].startswith("0:02 · r history · Ctrl+C stops"))
        assert stage.typed.take() == ""
        await stage.press(*"3 more ideas")
        assert (stage.typed.take(), stage.skipped) == ("3 more ideas", [TEAM[1]])

    played(play)


def test_typing_at_speed_ends_as_what_was_typed() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        await stage.press(*"run the tests")
        await stage.opened.see(lambda rows: rows[-1] == "You: run the tests▌")
        assert stage.typed.take() == "run the tests"
        await stage.press(*"rg q")  # `g` scrolls in the history
        assert stage.typed.take() == "rg q"
        await stage.press("run it", "\r", "\r")  # all at once
        assert stage.typed.take() == "run it"
        await stage.press("\x1b[200~read\rme\x1b[201~", "r")
        assert stage.typed.take() == "read\nmer"

    played(play)


def test_a_word_that_opens_and_closes_the_history_at_its_beginning_is_whole() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        for text in ("rrm", "rqlite", "rrrr ok", "rr3 more", "rgr."):
            await stage.press(*text)
            assert stage.typed.take() == text
            stage.clock.now += 10
        await stage.press(*"rr", "\x7f", *"mind")
        assert stage.typed.take() == "mind"

    played(play)


def test_who_closed_the_history_after_a_look_writes_without_its_keys() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        await stage.press("r")
        stage.clock.now += 2
        await stage.press(*"qwhy?")
        assert stage.typed.take() == "why?"
        await stage.press(*"rq")
        stage.clock.now += 2
        await stage.press(*"why?")
        assert stage.typed.take() == "why?"

    played(play)


def test_an_r_that_opened_the_history_long_ago_begins_no_word() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        await stage.press("r")
        stage.clock.now += 10
        await stage.press(*"how?")
        assert stage.typed.take() == "how?"
        await stage.press("r", "\x1b[A", *"how?")
        assert stage.typed.take() == "how?"

    played(play)


def test_with_something_typed_only_ctrl_r_opens_and_no_letter_closes() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        await stage.press(*"wh", "r", "\x7f", CTRL_R)
        await stage.opened.see(lambda rows: "State transitions" in rows and rows[-1] == "You: wh▌")
        await stage.press("q")
        await stage.opened.see(lambda rows: rows[-1] == "You: whq▌" and "Initial" in rows[0])
        assert stage.typed.take() == "whq"

    played(play)


def test_the_history_follows_the_turn_until_it_is_scrolled() -> None:
    scene = Scene(*TEAM).asks(*TEAM)

    def works(number: int) -> None:
        scene.tell(ToolStarted(agent="ann", call=1, id=str(number), name=f"tool_{number}", arguments={}))
        stage_.display.record(scene.records[-1])
        stage_.display.draw()

    async def play(stage: Stage) -> None:
        nonlocal stage_
        stage_ = stage
        stage.tell(scene)
        for number in range(60):
            works(number)
        await stage.press("r")
        await stage.opened.see(lambda rows: rows[22].endswith("ann uses tool_59"))
        works(60)
        await stage.opened.see(lambda rows: rows[22].endswith("ann uses tool_60"))
        await stage.press("\x1b[A", "\x1b[5~")
        rows = await stage.opened.see(lambda rows: rows[22].endswith("ann uses tool_37") and " of 67 " in rows[-1])
        works(61)
        scene.drafts("bob")
        stage.display.record(scene.records[-1])
        stage.display.draw()
        assert (await stage.opened.see(lambda rows: " of 67 " not in rows[-1]))[:-1] == rows[:-1]
        await stage.press("G")
        await stage.opened.see(lambda rows: rows[22].endswith("bob answered: agent2.1"))
        await stage.press("g")
        await stage.opened.see(lambda rows: rows[1] == "You: What is machine learning?")

    stage_: Stage
    played(play)


def test_the_history_of_a_later_turn_holds_the_turns_before_it() -> None:
    first = a_turn()
    start = first.records[0]
    assert isinstance(start.event, TurnStarted)

    async def play(stage: Stage) -> None:
        second = replace(start, at=START + 60, event=replace(start.event, turn=2, question="And then?"))
        stage.display.record(second)
        await stage.press("r")
        await stage.opened.see(lambda rows: "You: And then?" in rows)
        await stage.press("g")
        expected = drawn(history(first.records, columns=80, theme=THEME)).split("\n")[:23]
        await stage.opened.see(lambda rows: rows[:23] == [row.rstrip() for row in expected])

    played(play, earlier=first.records)


def test_a_history_that_is_read_stays_when_the_turn_ends_until_it_is_closed() -> None:
    for close in ("q", "\x1b"):

        async def play(stage: Stage, close: str = close) -> None:
            stage.tell(a_turn())
            await stage.press("r")
            asyncio.create_task(closing(stage, close))  # noqa: RUF006 (it ends before the view does)

        async def closing(stage: Stage, close: str) -> None:
            await stage.opened.see(lambda rows: rows[-1].startswith("turn finished, press q · "))
            await stage.press(close)

        played(play)


def test_ctrl_c_closes_a_history_that_is_still_read_after_the_turn() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(a_turn())
        await stage.press("r")
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, os.kill, os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    played(play)
    assert signal.getsignal(signal.SIGINT) == before


def test_who_ended_the_turn_need_not_close_the_history_too() -> None:
    async def play(stage: Stage) -> None:
        scene = Scene(*TEAM).asks(*TEAM).drafts("ann").wins("ann", "partial")
        stage.tell(scene.ends("ann", outcome="partial", because="cancelled"))
        await stage.press("r")

    played(play)


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
def test_the_terminal_is_set_as_before_after(error: type[BaseException]) -> None:
    async def play(stage: Stage) -> None:
        stage.tell(a_turn())
        await stage.press("r")
        raise error

    with pytest.raises(error):
        played(play)


def test_keys_that_nobody_has_read_when_the_turn_ends_are_not_lost() -> None:
    typed: list[TypeAhead] = []

    async def play(stage: Stage) -> None:
        typed.append(stage.typed)
        stage.opened.press("r")
        while not stage.opened.readable:  # the loop has no chance to look
            pass

    played(play)
    assert typed[0].take() == "r"


def test_a_new_size_is_drawn_at_once() -> None:
    async def play(stage: Stage) -> None:
        stage.tell(Scene(*TEAM).asks(*TEAM))
        written = len(stage.opened.written)
        os.kill(os.getpid(), signal.SIGWINCH)
        stage.display._stage._whole.console.size = (60, 15)
        await until(lambda: b"\x1b[2J" in stage.opened.written[written:])

    played(play)
