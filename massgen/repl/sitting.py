"""A session as this program works in it: its log, the views that follow the log, and the files of its agents."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from massgen.agents import AgentId
from massgen.bill import Bill
from massgen.events import SessionStarted
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


class Sitting:
    """One session, from when it is opened, or from its first question on if it is `new`, until another takes its place.

    `started` makes the event that says who takes part; it is told anew by each start of the program. `native` are the
    agents whose backend brings file tools of its own.
    """

    def __init__(
        self,
        store: Store,
        *,
        started: Callable[[str], SessionStarted],
        logging_enabled: bool,
        layout: Layout | None,
        native: Collection[AgentId],
        watchers: Sequence[Subscriber],
        resumed: OpenSession | None,
    ) -> None:
        self._store = store
        self._started = started
        self._logging_enabled = logging_enabled
        self._layout = layout
        self._native = native
        self._watchers = tuple(watchers)
        self._claim: Claim | None = None
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
            if self._layout is not None and self._claim is None:
                self._claim = claim(self._layout.ours)
            session = self.session or self._store.create()
            bus = Bus(session.log, wall=time.time, last_seq=session.log.last_seq)
            artifacts = self.artifacts or self._views_of(session)
            bus.subscribe(self.transcript)
            bus.subscribe(artifacts)
            bus.subscribe(self._spent)
            if self._layout is not None:
                self.files = Files(Workspaces(self._layout, session=session.id), native=self._native)
            for watcher in self._watchers:
                bus.subscribe(watcher)
            await bus.publish(self._started(session.id))
            self.session, self._bus, self.artifacts = session, bus, artifacts
        return self.session, self._bus

    def close(self) -> None:
        """Let another MassGen have the workspaces and the session."""
        if self._claim is not None:
            self._claim.release()
        if self.session is not None:
            self.session.log.close()

    def _views_of(self, session: OpenSession) -> Artifacts:
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None, "the local zone is known"
        return Artifacts(
            session.directory, logging_enabled=self._logging_enabled, zone=zone, earlier=session.held.saved
        )
