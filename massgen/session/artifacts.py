"""The files people find in a session: views of the log, written when a turn is over and rebuilt when one is missing.

    session_…/turn_N/coordination_log.json   how the turn was decided
    session_…/turn_N/agent_outputs/*.txt     what each agent wrote (only with `ui.logging_enabled`)
    session_…/SESSION_SUMMARY.txt            the session as a person likes to read it

Each is replaced at once, so a reader never sees half of one. None is ever read by MassGen, but for what a program that
died had heard of its last turn. A disk that refuses one never stops a turn: that is reported once, and `restore` makes
up for it when the session is opened again.

A damaged view is kept beside the new one, as `coordination_log.json.damaged-1`: nobody can tell a file that was cut off
from one in which somebody was writing notes.
"""

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import Final

from massgen.agents import AgentId
from massgen.errors import SessionError
from massgen.events import AgentUnavailable, Record, SessionStarted, TurnEnded, TurnStarted
from massgen.messages import Part
from massgen.session import agent_outputs, coordination_log
from massgen.session.agent_outputs import AgentOutputs, file_of
from massgen.session.disk import make_private_directory, open_private, refusal, replace, set_aside
from massgen.session.records import Entry
from massgen.session.saved import Saved
from massgen.session.summary import Summary
from massgen.session.turns import Cut, Stretch, Turn

logger = logging.getLogger(__name__)

SUMMARY_NAME: Final = "SESSION_SUMMARY.txt"
VIEW_NAME: Final = "coordination_log.json"

_OUTLINE: Final = (SessionStarted, TurnStarted, AgentUnavailable, TurnEnded)
"""What says which files a turn should have."""

Spoken = Mapping[AgentId, Mapping[int, str]]


class Artifacts:
    """A subscriber that notes what happens; its owner awaits `flush` after each turn.

    `earlier` is what the session already holds, `zone` the zone in which times are shown to people. Of turns that are
    over it keeps what the summary says of them; all else is read again when it is wanted.
    """

    def __init__(
        self, session_dir: Path, *, logging_enabled: bool, zone: tzinfo = UTC, earlier: Saved | None = None
    ) -> None:
        self._session_dir = session_dir
        self._zone = zone
        self._earlier = earlier
        self._cut: Cut | None = None
        self._noted: deque[Record] = deque()
        self._summary = Summary(session=session_dir.name, zone=zone)
        self._turn = _last_turn(earlier)
        self._outputs = AgentOutputs(session_dir, zone, turn=self._turn) if logging_enabled else None
        self._unwritten = False
        self._over = False
        self._reported = False

    def record(self, record: Record) -> None:
        """Note one record; with the end of a turn its views become due."""
        self._noted.append(record)
        if isinstance(record.event, TurnStarted):
            self._turn = record.event.turn
        if isinstance(record.event, TurnStarted | TurnEnded):
            self._over = isinstance(record.event, TurnEnded)
        self._unwritten = self._unwritten or self._over
        if self._outputs is not None:
            self._outputs.record(record)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """Note the next piece of a running call."""
        if self._outputs is not None:
            self._outputs.stream(agent, call, part)

    def settle(self) -> None:
        """Wait until all that was streamed is on disk."""
        if self._outputs is not None:
            self._outputs.settle()

    async def flush(self) -> None:
        """Write the views of the turn that is over, away from the event loop; nothing to do before its end."""
        if self._over and self._unwritten:
            spoken = self._outputs.spoken() if self._outputs is not None else {}
            self._unwritten = False
            done = False
            try:
                done = await asyncio.to_thread(self._write, spoken)
            finally:
                self._unwritten = self._unwritten or not done

    async def retell(self) -> None:
        """Write the summary anew: what the user changes between turns stands in it."""
        await asyncio.to_thread(self._try, self._write_summary)

    def restore(self) -> None:
        """Write from the log what is missing of the views, after a crash or when somebody deleted them.

        A file that is there is left alone: it may hold partial text, which the log does not have. Only what is not JSON
        where JSON belongs is damage, which is told, set aside, and made anew. What is whole costs one look at it and is
        not made to be compared: 1,000 turns are looked through in a third of a second.
        """
        due: set[int] = set()
        for turn in _ended(self._earlier.only(*_OUTLINE) if self._earlier is not None else ()):
            self._try(partial(self._look_at, turn, due))
        if due and self._earlier is not None:
            for turn in _ended(self._earlier.entries()):
                if turn.number in due:
                    self._try(partial(self._write_turn, turn, spoken=None))
        if not (self._session_dir / SUMMARY_NAME).exists() and self._last().turn is not None:
            self._try(self._write_summary)

    @property
    def outputs(self) -> Path | None:
        """Where the texts of the agents of the last turn are; None where they are not kept, or nobody said anything."""
        said = self._outputs is not None and any(self._outputs.spoken().values())
        return self._session_dir / f"turn_{self._turn}" / "agent_outputs" if said else None

    def _last(self) -> Stretch:
        """The last turn, with all that was noted; what went before it is added to the summary, and forgotten."""
        if self._cut is None:
            cut = Cut()
            for record in self._earlier if self._earlier is not None else ():
                self._sum_up(cut.take(record))
            self._cut = cut
        while self._noted:
            self._sum_up(self._cut.take(self._noted.popleft()))
        return self._cut.last

    def _sum_up(self, ended: Stretch | None) -> None:
        if ended is not None and ended.turn is not None:
            self._summary = self._summary.plus(ended.turn, ended.changes, ended.apart)

    def _write(self, spoken: Spoken) -> bool:
        self.settle()  # what is appended late would stand behind the final form

        def write() -> None:
            last = self._last().turn
            assert last is not None, "the turn that is over"
            self._write_turn(last, spoken=spoken)
            self._write_summary()

        return self._try(write)

    def _try(self, write: Callable[[], None]) -> bool:
        """Whether the disk took it."""
        try:
            write()
        except OSError as error:
            self._report(refusal("write", Path(error.filename or self._session_dir), error))
        except SessionError as error:
            self._report(error)
        else:
            return True
        return False

    def _write_turn(self, turn: Turn, *, spoken: Spoken | None) -> None:
        """Write one turn's views; without `spoken` only those that are missing."""
        directory = self._session_dir / f"turn_{turn.number}"
        make_private_directory(directory)
        if self._outputs is not None:
            make_private_directory(directory / "agent_outputs")
        for path, text in self._views(turn, spoken or {}).items():
            if spoken is not None or _is_due(path):
                replace(path, text())

    def _look_at(self, turn: Turn, due: set[int]) -> None:
        if any(_is_due(path) for path in self._views(turn, {})):
            due.add(turn.number)

    def _views(self, turn: Turn, spoken: Spoken) -> Mapping[Path, Callable[[], str]]:
        directory = self._session_dir / f"turn_{turn.number}"
        views = {directory / VIEW_NAME: partial(coordination_log.text, turn, self._session_dir.name)}
        for each in turn.team if self._outputs is not None else ():
            view = partial(agent_outputs.text, turn, each.agent, spoken.get(each.agent, {}), self._zone)
            views[file_of(self._session_dir, turn.number, each.agent)] = view
        return views

    def _write_summary(self) -> None:
        last, cut = self._last(), self._cut
        assert cut is not None, "the last turn was looked for"
        summary = self._summary.plus(last.turn, last.changes, last.apart) if last.turn is not None else self._summary
        replace(self._session_dir / SUMMARY_NAME, summary.text(cut.session, cut.agents))

    def _report(self, error: SessionError) -> None:
        if not self._reported:
            self._reported = True
            logger.warning("not every file in %s is up to date: %s. %s", self._session_dir, error, error.hint)


def _last_turn(earlier: Saved | None) -> int:
    begun = next(iter(earlier.from_turn(-1).only(TurnStarted)), None) if earlier is not None else None
    return begun.event.turn if begun is not None and isinstance(begun.event, TurnStarted) else 0


def _ended(entries: Iterable[Entry]) -> Iterator[Turn]:
    return (told.turn for told in Cut().all(entries) if told.turn is not None and told.turn.last(TurnEnded) is not None)


def _is_due(path: Path) -> bool:
    """Whether a view is missing; one that is damaged, where the log has all of it, is set aside and so is missing."""
    if path.name != VIEW_NAME or not path.exists():
        return not path.exists()
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        try:
            json.load(file)
        except (ValueError, RecursionError):
            aside = set_aside(path)
            what = "it is written anew from the session's log, and what stood there is kept beside it as"
            logger.warning("%s was damaged: %s %s", path, what, aside.name)
            return True
    return False
