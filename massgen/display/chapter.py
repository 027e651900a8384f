"""One turn of the history: its events, and what they add up to, whatever the width of the terminal.

A turn has few events of the game and any number of tool calls; so the questions about votes and answers are asked of
the former alone, and tools and usage are counted as they come.
"""

from collections import Counter
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.display import timeline, wording
from massgen.display.folding import fold
from massgen.display.screen import WAITING, Screen
from massgen.display.theme import UNICODE, Meaning, Symbols
from massgen.display.timeline import Told
from massgen.events import ForeignToolUsed, Record, ToolEnded, ToolStarted, UsageCounted
from massgen.session import turns
from massgen.session.turns import Turn

_AT_ONCE_S = 0.1
_WAITING = wording.reached(WAITING, symbols=UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event that was told `seconds` after the turn began."""

    seconds: float
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A status that an agent came to, `seconds` after the turn began."""

    seconds: float
    word: str
    meaning: Meaning


class Chapter:
    """Follows one turn, from its `TurnStarted` on."""

    def __init__(self, first: Record, symbols: Symbols) -> None:
        self.started = first.at
        self.screen = Screen()
        self.lines: list[Line] = []
        self.trouble: list[Line] = []
        self.steps: dict[AgentId, list[Step]] = {}
        self.tools: dict[AgentId, Counter[str]] = {}
        self.failed_tools: dict[AgentId, Counter[str]] = {}
        self._symbols = symbols
        self._records: list[Record] = []
        self._turn: Turn | None = None
        self.record(first)

    def record(self, record: Record) -> None:
        """Take note of what happened next."""
        event, seconds = record.event, max(0.0, record.at - self.started)
        before, self.screen = self.screen, fold(self.screen, record)
        line = Line(seconds=seconds, told=timeline.tell(self.screen, event, self._symbols))
        self.lines.append(line)
        if line.told.kind == "trouble":
            self.trouble.append(line)
        match event:
            case ToolStarted():
                self.tools.setdefault(event.agent, Counter())[event.name] += 1
            case ForeignToolUsed():
                self.tools.setdefault(event.agent, Counter())[event.name] += 1
                self.failed_tools.setdefault(event.agent, Counter())[event.name] += event.is_error
            case ToolEnded():
                self.failed_tools.setdefault(event.agent, Counter())[event.name] += event.is_error
            case UsageCounted():
                pass  # the screen adds it up
            case _:
                self._records.append(record)
                self._turn = None
                self._step(before, seconds)

    @property
    def moves(self) -> int:
        """How many events of the game there were up to now: all but tools and usage."""
        return len(self._records)

    @property
    def turn(self) -> Turn:
        """The turn without its tools, to be asked about answers and votes."""
        if self._turn is None:
            self._turn = turns.history(self._records).turns[0]
        return self._turn

    def _step(self, before: Screen, seconds: float) -> None:
        """Note every status that is not what it was. Who waits for no time at all has not waited."""
        for agent in self.screen.agents:
            was = before.agent(agent.agent)
            if was is not None and (was.call, was.status.doing) == (agent.call, agent.status.doing):
                continue
            steps = self.steps.setdefault(agent.agent, [])
            if len(steps) > 1 and steps[-1].word == _WAITING and seconds - steps[-1].seconds < _AT_ONCE_S:
                steps.pop()
            word = wording.reached(agent.status, symbols=self._symbols)
            if steps and steps[-1].word == word and seconds - steps[-1].seconds < _AT_ONCE_S:
                continue  # the start of the presentation is told twice: as a phase, and as a call
            steps.append(Step(seconds=seconds, word=word, meaning=wording.meaning(agent.status)))
