"""The files people find in a session: views of the log, written when a turn is over and rebuilt when one is missing.

    session_…/turn_N/coordination_log.json   how the turn was decided
    session_…/turn_N/agent_outputs/*.txt     what each agent wrote (only with `ui.logging_enabled`)
    session_…/SESSION_SUMMARY.txt            the session as a person likes to read it

Each is replaced at once, so a reader never sees half of one. None is ever read by MassGen, and a disk that refuses one
never stops a turn: that is reported once, and `restore` makes up for it when the session is opened again.

A damaged view is kept beside the new one, as `coordination_log.json.damaged-1`: nobody can tell a file that was cut off
from one in which somebody was writing notes.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import Final

from massgen.agents import AgentId
from massgen.errors import SessionError
from massgen.events import Record, TurnEnded, TurnStarted
from massgen.messages import Part
from massgen.session import agent_outputs, coordination_log, summary
from massgen.session.agent_outputs import AgentOutputs, file_of
from massgen.session.disk import make_private_directory, open_private, refusal, replace, set_aside
from massgen.session.records import Entry, understood
from massgen.session.turns import Turn, history

logger = logging.getLogger(__name__)

SUMMARY_NAME: Final = "SESSION_SUMMARY.txt"
VIEW_NAME: Final = "coordination_log.json"

Spoken = Mapping[AgentId, Mapping[int, str]]


class Artifacts:
    """A subscriber that notes what happens; its owner awaits `flush` after each turn.

    `entries` is what the session already holds, `zone` the zone in which times are shown to people.
    """

    def __init__(
        self, session_dir: Path, *, logging_enabled: bool, zone: tzinfo = UTC, entries: Iterable[Entry] = ()
    ) -> None:
        self._session_dir = session_dir
        self._zone = zone
        self._entries: list[Entry] = list(entries)
        self._outputs = AgentOutputs(session_dir, zone) if logging_enabled else None
        self._unwritten = False
        self._over = False
        self._reported = False

    @property
    def records(self) -> tuple[Record, ...]:
        """What the session holds by now, as far as this version understands it."""
        return tuple(record for entry in self._entries if (record := understood(entry)) is not None)

    def record(self, record: Record) -> None:
        """Note one record; with the end of a turn its views become due."""
        self._entries.append(record)
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
                done = await asyncio.to_thread(self._write, tuple(self._entries), spoken)
            finally:
                self._unwritten = self._unwritten or not done

    async def retell(self) -> None:
        """Write the summary anew: what the user changes between turns stands in it."""
        await asyncio.to_thread(self._try, partial(self._write_summary, tuple(self._entries)))

    def restore(self) -> None:
        """Write from the log what is missing of the views, after a crash or when somebody deleted them.

        A file that is there is left alone: it may hold partial text, which the log does not have. Only what is not JSON
        where JSON belongs is damage, which is told, set aside, and made anew. What is whole costs one look at it and is
        not made to be compared: 1,000 turns are looked through in a third of a second.
        """
        told = history(self._entries)
        for turn in told.turns:
            if turn.last(TurnEnded) is not None:
                self._try(partial(self._write_turn, turn, spoken=None))
        if told.turns and not (self._session_dir / SUMMARY_NAME).exists():
            self._try(partial(self._write_summary, self._entries))

    @property
    def outputs(self) -> Path | None:
        """Where the texts of the agents of the last turn are; None where they are not kept, or nobody said anything."""
        turns = [
            each.event.turn
            for each in self._entries
            if isinstance(each, Record) and isinstance(each.event, TurnStarted)
        ]
        said = self._outputs is not None and any(self._outputs.spoken().values())
        return self._session_dir / f"turn_{turns[-1]}" / "agent_outputs" if said and turns else None

    def _write(self, entries: tuple[Entry, ...], spoken: Spoken) -> bool:
        self.settle()  # what is appended late would stand behind the final form

        def write() -> None:
            self._write_turn(history(entries).turns[-1], spoken=spoken)
            self._write_summary(entries)

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
        views = {directory / VIEW_NAME: partial(coordination_log.text, turn, self._session_dir.name)}
        if self._outputs is not None:
            make_private_directory(directory / "agent_outputs")
            for each in turn.team:
                said = spoken.get(each.agent, {}) if spoken is not None else {}
                view = partial(agent_outputs.text, turn, each.agent, said, self._zone)
                views[file_of(self._session_dir, turn.number, each.agent)] = view
        for path, text in views.items():
            if spoken is not None or _is_due(path):
                replace(path, text())

    def _write_summary(self, entries: Iterable[Entry]) -> None:
        text = summary.text(history(entries), self._session_dir.name, self._zone)
        replace(self._session_dir / SUMMARY_NAME, text)

    def _report(self, error: SessionError) -> None:
        if not self._reported:
            self._reported = True
            logger.warning("not every file in %s is up to date: %s. %s", self._session_dir, error, error.hint)


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
