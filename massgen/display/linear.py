"""The display for who listens: each change is one labelled sentence, and nothing is ever redrawn.

Made for screen readers, for which live panels are the worst there is. Text that streams is not told piece by piece;
instead a clock says for whom the turn still waits, and how long nothing has come from an agent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, TextIO

from massgen.agents import AgentId
from massgen.display import wording
from massgen.display.folding import fold, fold_part
from massgen.display.lines import Lines
from massgen.display.screen import Screen
from massgen.display.spoken import awaited, duration, listed, sentence, silence
from massgen.display.theme import Theme
from massgen.events import Record
from massgen.messages import Part

SILENT_S: Final = 40.0
"""An agent is said to be silent after so long without a sign of life, and again whenever that has doubled."""

STILL_S: Final = 60.0
"""How often it is said for whom the turn waits."""

_GLANCE_S: Final = 1.0


class LinearDisplay:
    """Writes what happens to `stream`. Within `async with` it looks at the `clock` (seconds since the epoch) by itself.

    `pause` waits so many seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        theme: Theme,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lines = Lines(stream, theme)
        self._clock = clock
        self._pause = pause
        self._screen = Screen()
        self._records: list[Record] = []
        self._silences: dict[AgentId, float] = {}
        self._stills = 0
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LinearDisplay":
        self._ticking = asyncio.create_task(self._tick(), name="linear display")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking is not None:
            self._ticking.cancel()

    @property
    def screen(self) -> Screen:
        """The turn as folded up to now, for the summary line."""
        return self._screen

    @property
    def records(self) -> tuple[Record, ...]:
        """What has happened in this turn."""
        return tuple(self._records)

    def record(self, record: Record) -> None:
        """Say what happened, if there is anything to say."""
        self._records.append(record)
        self._screen = fold(self._screen, record)
        self._say(sentence(self._screen, record))

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Note that an agent is alive."""
        self._screen = fold_part(self._screen, agent, call, part, at=self._clock())

    def look(self) -> None:
        """Say how long the turn has taken, and from whom nothing has come for long, when it is time to."""
        now, screen = self._clock(), self._screen
        waited = [each for each in screen.agents if wording.is_awaited(each)]
        if not waited or screen.outcome is not None:
            return
        for agent in waited:
            seconds = now - agent.heard
            told = self._silences.get(agent.agent, 0.0)
            if seconds < told:
                self._silences[agent.agent] = told = 0.0
            if agent.status.doing != "retrying" and seconds >= max(SILENT_S, 2 * told):
                self._silences[agent.agent] = seconds
                self._say(silence(agent, seconds=seconds))
        stills = int((now - screen.started) // STILL_S)
        if stills > self._stills:
            self._stills = stills
            whom = listed([awaited(each, now=now) for each in waited])
            self._say(f"Turn {screen.turn}: {duration(now - screen.started)} so far. Awaited: {whom}.")

    def _say(self, said: str) -> None:
        if said:
            self._lines.write(said)

    async def _tick(self) -> None:
        while True:
            await self._pause(_GLANCE_S)
            self.look()
