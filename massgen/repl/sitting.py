"""A session as this program works in it: its log, the views that follow the log, and the files of its agents."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from massgen.agents import AgentId
from massgen.bill import Bill
from massgen.errors import SessionError
from massgen.events import ConversationChange, SessionStarted
from massgen.orchestrator.bus import Bus, Subscriber
from massgen.orchestrator.surroundings import Files
from massgen.repl.interrupted import interrupted
from massgen.repl.spent import Spent
from massgen.session.artifacts import Artifacts
from massgen.session.saved import NOTHING_SAVED, Saved
from massgen.session.store import OpenSession, Store
from massgen.session.transcript import FOLDED, Transcript
from massgen.workspace.claim import Claim, claim
from massgen.workspace.layout import Layout
from massgen.workspace.workspaces import Workspaces


@dataclass(slots=True, kw_only=True)
class Desk:
    """What a program works at, whatever session lies on it.

    `started` makes the event that says who takes part; it is told anew by each start of the program. Agents that are
    `native` have a backend with file tools of its own.
    """

    store: Store
    started: Callable[[str], SessionStarted]
    logging_enabled: bool
    layout: Layout | None
    is_native: Callable[[AgentId], bool]
    watchers: Sequence[Subscriber]
    _claim: Claim | None = field(default=None, init=False)

    def take_workspaces(self) -> None:
        """Keep the workspaces from any other MassGen until `leave`; raises `SessionError` when one has them."""
        if self.layout is not None and self._claim is None:
            self._claim = claim(self.layout.ours)

    def files_of(self, session: str) -> Files | None:
        """The workspaces as this session uses them; None where nobody has any."""
        return Files(Workspaces(self.layout, session=session), is_native=self.is_native) if self.layout else None

    def demand_hidden(self, sessions_dir: Path) -> None:
        """Raise `SessionError` where agents might read the sessions in this directory, which is not theirs to see."""
        layout = self.layout
        if layout is None or sessions_dir in layout.private or sessions_dir.is_relative_to(layout.ours):
            return
        sentence = f"This team works on files, and was not started for sessions in {sessions_dir}."
        raise SessionError(sentence, hint="Start MassGen with --resume and its name.")

    def leave(self) -> None:
        """Let another MassGen have the workspaces."""
        if self._claim is not None:
            self._claim.release()


class Sitting:
    """One session: from when it is opened, or if it is new from its first question, until another takes its place."""

    def __init__(self, desk: Desk, resumed: OpenSession | None) -> None:
        self._desk = desk
        self._bus: Bus | None = None
        self.session = resumed
        """The session on disk, once there is one."""
        self.files: Files | None = None
        """The workspaces of the agents, once a turn was begun; None where they have none."""
        self.artifacts = self._views_of(resumed) if resumed else None
        self.transcript = Transcript(resumed.held.saved.only(*FOLDED) if resumed else ())
        self._spent = Spent()
        self.interrupted = interrupted(tuple(resumed.held.saved.from_turn(-1))) if resumed else None
        """The turn in whose middle the program died, until it is settled what becomes of it."""
        self.before: list[ConversationChange] = []
        """What was changed before the session began; it is noted when it does."""

    @property
    def records(self) -> Saved:
        """Everything that has happened in this session, to be read where it is."""
        return self.session.log.saved if self.session is not None else NOTHING_SAVED

    @property
    def bill(self) -> Bill:
        """What this session has cost up to now."""
        return self._spent.bill(self.records)

    def restore(self) -> None:
        """Make anew what is missing or damaged of the session's files; what was damaged is a warning."""
        if self.artifacts is not None:
            self.artifacts.restore()

    async def open(self) -> tuple[OpenSession, Bus]:
        """The session and its bus; its log says who takes part, anew with each start of the program."""
        if self.session is None or self._bus is None:
            self._desk.take_workspaces()
            session = self.session or self._desk.store.create()
            bus = Bus(session.log, wall=time.time, last_seq=session.log.last_seq)
            artifacts = self.artifacts or self._views_of(session)
            bus.subscribe(self.transcript)
            bus.subscribe(artifacts)
            bus.subscribe(self._spent)
            self.files = self._desk.files_of(session.id)
            for watcher in self._desk.watchers:
                bus.subscribe(watcher)
            await bus.publish(self._desk.started(session.id), *self.before)
            self.session, self._bus, self.artifacts = session, bus, artifacts
        return self.session, self._bus

    def close(self) -> None:
        """Let another MassGen have the session."""
        if self.session is not None:
            self.session.log.close()

    def _views_of(self, session: OpenSession) -> Artifacts:
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None, "the local zone is known"
        return Artifacts(
            session.directory, logging_enabled=self._desk.logging_enabled, zone=zone, earlier=session.held.saved
        )
