"""The live view of a turn: on the alternate screen, drawn by the event loop's own clock, gone without a trace after it.

Subscribers fold and return at once; a task looks `FRAMES_PER_SECOND` times a second whether there is something to draw,
which is also the case once a second, for the time on the screen. There is no thread and no second writer. A frame is
one write of the rows that changed, each at its own address and none erased before it is written: nothing can be seen
half drawn (rich's own `Live` writes the whole screen each time; fed to a terminal in the pieces a pty delivers, 77 % of
its borders showed blank rows, measured 2026-11-22). The alternate screen is what survives a resize without leaving
ghosts in the scrollback.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from types import TracebackType

from rich.console import Console
from rich.live import Live

from massgen.agents import AgentId
from massgen.display import panels
from massgen.display.cells import width
from massgen.display.screen import Screen, fold, fold_part
from massgen.display.theme import Row, Theme, plain
from massgen.events import Record
from massgen.messages import Part, ReasoningDelta, TextDelta

FRAMES_PER_SECOND = 12
_TICK = 1.0

logger = logging.getLogger(__name__)


class LiveDisplay:
    """Shows one turn while it runs: `async with LiveDisplay(...) as display:` owns the terminal inside the block.

    Subscribe it to the bus before the turn starts. However the block is left, the terminal is as it was before.
    `clock` gives seconds as `Record.at` has them, `pause` waits between two frames. A fault of the drawing ends the
    view, not the turn: it is logged, and `screen` goes on following.
    """

    def __init__(
        self,
        console: Console,
        *,
        theme: Theme,
        clock: Callable[[], float],
        hint: str = "",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._screen = Screen()
        self._heard: dict[tuple[AgentId, int], list[Part]] = {}
        self._theme = theme
        self._clock = clock
        self._hint = hint
        self._live = _ChangedRows(console, rows=self._rows, theme=theme)
        self._pause = pause
        self._changed = False
        self._drawn_at = 0.0
        self._drawing: asyncio.Task[None] | None = None

    @property
    def screen(self) -> Screen:
        """The turn as folded up to now; after the block, for the summary line."""
        for (agent, call), parts in self._heard.items():
            for part in _joined(parts):
                self._screen = fold_part(self._screen, agent, call, part)
        self._heard.clear()
        return self._screen

    def record(self, record: Record) -> None:
        """Take note of what happened; it is drawn with the next frame."""
        self._screen = fold(self.screen, record)
        self._changed = True

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Take note of streamed text; all that came since the last frame is folded at once."""
        self._heard.setdefault((agent, call), []).append(part)
        self._changed = True

    def draw(self) -> None:
        """Draw what has changed since the last frame, now."""
        self._changed = False
        self._drawn_at = self._clock()
        self._live.refresh()

    async def __aenter__(self) -> "LiveDisplay":
        self._live.start()
        self.draw()
        self._drawing = asyncio.create_task(self._draw_frames(), name="live display")
        self._drawing.add_done_callback(self._drawing_ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawing is not None:
            self._drawing.cancel()
        self._leave()  # before anything is awaited: a second cancellation must not find the terminal in our hands
        if self._drawing is not None:
            await asyncio.wait([self._drawing])

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
        with suppress(OSError):  # the terminal itself is gone: there is nothing left to restore
            self._live.stop()

    def _rows(self, columns: int, lines: int) -> list[Row]:
        now = self._clock()
        return panels.rows(self.screen, width=columns, height=lines, now=now, theme=self._theme, hint=self._hint)


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the same parts with each run of text in one piece."""
    for kind, run in groupby(parts, key=type):
        if issubclass(kind, TextDelta):
            yield TextDelta("".join(part.text for part in run if isinstance(part, TextDelta)))
        elif issubclass(kind, ReasoningDelta):
            yield ReasoningDelta("".join(part.text for part in run if isinstance(part, ReasoningDelta)))
        else:
            yield from run


class _ChangedRows(Live):
    """rich's `Live` for entering and leaving the alternate screen, with frames of changed rows only."""

    def __init__(self, console: Console, *, rows: Callable[[int, int], list[Row]], theme: Theme) -> None:
        super().__init__(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._rows = rows
        self._theme = theme
        self._shown: list[str] = []
        self._size = (0, 0)

    def refresh(self) -> None:
        """Write the rows that differ from what is shown; all of them after a resize."""
        columns, lines = self.console.size
        if not self.is_started:
            return
        if self._size != (columns, lines):
            self._size, self._shown = (columns, lines), [""] * lines
            frame = ["\x1b[2J"]
        else:
            frame = []
        for y, row in enumerate(self._rows(columns, lines)):
            painted = self._theme.paint(row)
            if painted != self._shown[y]:
                self._shown[y] = painted
                frame.append(f"\x1b[{y + 1};1H{painted}{_to_the_end(row, columns)}")
        if frame:
            # Synchronized output (DEC mode 2026) is a bonus where it is known and ignored where it is not.
            self.console.file.write("\x1b[?2026h" + "".join(frame) + "\x1b[?2026l")
            self.console.file.flush()


def _to_the_end(row: Row, columns: int) -> str:
    """Erase the rest of a line, but not after its last cell: there the cursor still stands on it."""
    return "\x1b[K" if width(plain(row)) < columns else ""
