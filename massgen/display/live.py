"""The live view of a turn: on the alternate screen, drawn by the event loop's own clock, gone without a trace after it.

Subscribers fold and return at once; a task looks `FRAMES_PER_SECOND` times a second whether there is something to draw,
which is also the case once a second, for the time on the screen. A key is drawn at once. There is no thread and no
second writer.

`r` opens the coordination history in the same screen while the turn goes on. Whatever else is typed belongs to the next
prompt: it is kept, and shown in the bottom row. A letter is only a hot key while nothing was typed and when it comes by
itself; if it turns out to be the first letter of a word (`r`, then `un the tests`), it is given back to that word.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, tzinfo
from itertools import groupby
from types import TracebackType
from typing import TextIO

from rich.console import Console

from massgen.agents import AgentId
from massgen.display import panels
from massgen.display.focus import Focus
from massgen.display.folding import fold, fold_part
from massgen.display.history import History
from massgen.display.keys import Key, TypeAhead
from massgen.display.lastline import composer
from massgen.display.pager import CLOSING, Pager
from massgen.display.screen import Screen
from massgen.display.stage import Stage, ctrl_c
from massgen.display.theme import Row, Theme
from massgen.display.wording import is_awaited
from massgen.events import Record
from massgen.messages import Part, ReasoningDelta, TextDelta

FRAMES_PER_SECOND = 12
_ROOMY = 100
"""Columns from which there is room for more keys than the most needed beside the way of the turn."""
_TICK = 1.0
_MOST_AT_ONCE = 6
"""More agents than these take turns: the text of each moves in every other frame, half as much is written, and nobody
who reads can tell."""
_FIRST_LETTER_S = 3.0
"""Who types on within this time after `r` was writing a word and not asking for the history."""
_GLANCE_S = 1.5
"""Nobody opens the history, looks, closes it and writes within this time: its keys began a word ("rqlite")."""

logger = logging.getLogger(__name__)


class LiveDisplay:
    """Shows one turn while it runs: `async with LiveDisplay(...) as display:` owns the terminal inside the block.

    Subscribe it to the bus before the turn starts. However the block is left, the terminal is as it was before. If the
    history is open when the turn ends, leaving waits until the user has closed it, unless the user ended the turn: a
    page must not vanish under its reader, and the answer follows at once.

    `clock` gives seconds as `Record.at` has them, `pause` waits between two frames. Keys are read from `stdin` if that
    is a terminal; what is typed for the next prompt goes to `typed`. `earlier` are the records of the session so far,
    for the history; `skip` is told for whom the user does not want to wait. A view that is `inline` has a third of the
    normal screen, below the conversation, instead of the alternate screen; the history has the whole all the same.

    A fault of the drawing ends the view, not the turn: it is logged, and `screen` goes on following.
    """

    def __init__(
        self,
        console: Console,
        *,
        theme: Theme,
        clock: Callable[[], float],
        hint: str = "",
        stdin: TextIO | None = None,
        typed: TypeAhead | None = None,
        earlier: Iterable[Record] = (),
        zone: tzinfo = UTC,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        skip: Callable[[AgentId], object] = lambda _: None,
        inline: bool = False,
    ) -> None:
        self._screen = Screen()
        self._heard: dict[tuple[AgentId, int], list[Part]] = {}
        self._heard_at: dict[tuple[AgentId, int], float] = {}
        self._theme = theme
        self._clock = clock
        self._hint = hint
        self._pause = pause
        self._stage = Stage(console, rows=self._rows, theme=theme, stdin=stdin, hear=self._hear, inline=inline)
        self._history = History(theme=theme, zone=zone, records=earlier)
        self._focus = Focus(clock=clock, skip=skip)
        self._pager: Pager | None = None
        self._opened_by: str = ""
        self._opened_at = 0.0
        self._closed_by = ""
        self._closed = asyncio.Event()
        self._typed = TypeAhead() if typed is None else typed
        self._is_over = False
        self._changed = False
        self._drawn_at = 0.0
        self._frames = 0
        self._drawing: asyncio.Task[None] | None = None

    @property
    def screen(self) -> Screen:
        """The turn as folded up to now; after the block, for the summary line."""
        self._listen(list(self._heard))
        return self._screen

    def record(self, record: Record) -> None:
        """Take note of what happened; it is drawn with the next frame."""
        self._screen = fold(self.screen, record)
        self._history.record(record)
        self._changed = True

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Take note of streamed text; all that came since the last frame is folded at once."""
        self._heard.setdefault((agent, call), []).append(part)
        self._heard_at[agent, call] = self._clock()
        self._changed = True

    def draw(self) -> None:
        """Draw what has changed since the last frame, now."""
        self._drawn_at = self._clock()
        self._listen(self._in_turn())  # also when the terminal is behind: what was heard is kept in no other way
        self._stage.draw()
        self._changed = bool(self._heard)

    async def __aenter__(self) -> "LiveDisplay":
        entered = False
        try:
            self._stage.enter()
            self.draw()
            entered = True
        finally:
            if not entered:
                self._leave()
        self._drawing = asyncio.create_task(self._draw_frames(), name="live display")
        self._drawing.add_done_callback(self._drawing_ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._read_to_the_end()
        finally:
            if self._drawing is not None:
                self._drawing.cancel()
            self._leave()  # before anything is awaited: a second cancellation must not find the terminal in our hands
        if self._drawing is not None:
            await asyncio.wait([self._drawing])

    # -- frames ------------------------------------------------------------------------------------------------------

    async def _draw_frames(self) -> None:
        while True:
            await self._pause(1 / FRAMES_PER_SECOND)
            if self._changed or self._clock() - self._drawn_at >= _TICK:
                self.draw()

    def _drawing_ended(self, drawing: asyncio.Task[None]) -> None:
        error = None if drawing.cancelled() else drawing.exception()
        if error is not None:
            self._leave()
            logger.error("the live view failed and is closed; the turn goes on", exc_info=error)

    def _leave(self) -> None:
        self._close()
        self._is_over = True
        self._stage.leave()

    def _rows(self, columns: int, lines: int) -> list[Row]:
        self._history.keep_up(columns)
        typed = self._typed.text
        if self._pager is not None:
            note = "turn finished, press q" if self._screen.outcome is not None else ""
            footer = composer(typed, columns, self._theme) if typed else None
            return self._pager.rows(columns, lines, note=note, footer=footer)
        return panels.rows(
            self._screen,
            width=columns,
            height=lines,
            now=self._clock(),
            theme=self._theme,
            hint=self._keys(columns),
            typed=typed,
            focus=self._focus.agent,
        )

    def _in_turn(self) -> list[tuple[AgentId, int]]:
        """The calls whose text moves in this frame."""
        self._frames += 1
        if len(self._screen.agents) <= _MOST_AT_ONCE:
            return list(self._heard)
        places = {each.agent: place for place, each in enumerate(self._screen.agents)}
        return [key for key in self._heard if (places.get(key[0], 0) + self._frames) % 2]

    def _listen(self, calls: Iterable[tuple[AgentId, int]]) -> None:
        """Fold what these calls have streamed since they were listened to."""
        for agent, call in calls:
            for part in _joined(self._heard.pop((agent, call))):
                self._screen = fold_part(self._screen, agent, call, part, at=self._heard_at[agent, call])

    def _keys(self, columns: int) -> str:
        """What the last line says about keys, as far as they do something now."""
        keys = []
        if self._stage.has_keys:
            focused = self._screen.agent(self._focus.agent)
            several = len(self._screen.agents) > 1
            keys += ["s skip"] * is_awaited(focused) + ["Esc all agents"] * (focused is not None)
            keys += [f"1-{len(self._screen.agents)} agent"] * (several and not focused and columns >= _ROOMY)
            keys.append("r history")
        return f" {self._theme.symbols.dot} ".join([*keys, self._hint])

    # -- keys --------------------------------------------------------------------------------------------------------

    def _hear(self, key: Key) -> None:
        if self._is_over:
            self._typed.press(key)
        elif self._pager is None:
            self._watching(key)
        else:
            self._reading(self._pager, key)
        if self._stage.has_keys:
            self.draw()

    def _watching(self, key: Key) -> None:
        """A key in the live view: it opens the history, looks at one agent, or belongs to the next prompt."""
        is_hot = key.name == "text" and key.alone and not self._typed.text and not self._focus.is_fresh
        if key.name != "text":
            self._closed_by = ""
        if key.name == "reload" or (is_hot and key.text == "r"):
            self._opened_by, self._opened_at = self._looked_too_briefly() + key.text, self._clock()
            self._pager = Pager(self._history, theme=self._theme, follows=True)
            self._stage.page(is_open=True)
        elif not self._focus.press(key, self._screen, hot=is_hot):
            if key.name in ("text", "paste"):
                self._typed.text += self._looked_too_briefly() + self._focus.take_back()
            self._typed.press(key)

    def _looked_too_briefly(self) -> str:
        """The keys that opened and closed the history just now, once."""
        begun = self._closed_by if self._clock() - self._opened_at < _GLANCE_S else ""
        self._closed_by = ""
        return begun

    def _reading(self, pager: Pager, key: Key) -> None:
        """A key in the history: it scrolls or closes, or it belongs to the next prompt, to which it leads back."""
        if key.name == "text":
            is_hot = key.alone and not self._typed.text
            if is_hot and key.text in CLOSING:
                begun = self._opened_by and self._opened_by + key.text
                self._close()
                self._closed_by = begun
            elif is_hot and pager.press(key):
                self._opened_by += key.text if self._opened_by else ""
            else:
                begun = self._opened_by if self._clock() - self._opened_at < _FIRST_LETTER_S else ""
                self._typed.text += self._focus.take_back() + begun + key.text
                self._close()
        elif key.name in ("escape", "reload", "gone"):
            self._close()
        elif pager.press(key):
            self._opened_by = ""
        elif key.name == "paste":
            self._typed.text += self._focus.take_back()
            self._typed.press(key)
            self._close()
        else:
            self._typed.press(key)

    def _close(self) -> None:
        self._pager = None
        self._stage.page(is_open=False)
        self._opened_by = ""
        self._closed.set()

    async def _read_to_the_end(self) -> None:
        """Wait for the user to close the history, if it is open and the turn came to its end without the user."""
        outcome = self.screen.outcome
        if outcome is None or outcome.because == "cancelled" or self._pager is None or not self._stage.has_keys:
            return
        self._closed.clear()
        self.draw()
        with ctrl_c(self._close):
            await self._closed.wait()


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the same parts with each run of text in one piece."""
    for kind, run in groupby(parts, key=type):
        if issubclass(kind, TextDelta):
            yield TextDelta("".join(part.text for part in run if isinstance(part, TextDelta)))
        elif issubclass(kind, ReasoningDelta):
            yield ReasoningDelta("".join(part.text for part in run if isinstance(part, ReasoningDelta)))
        else:
            yield from run
