"""One conversation with one team: its session, its turns, and what the next turn is told of them."""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from massgen import __version__
from massgen.agents import AgentDescription, AgentId
from massgen.bill import Bill, add_up
from massgen.coordination.rules import Rules
from massgen.coordination.state import State
from massgen.errors import SessionError
from massgen.events import (
    ConversationCleared,
    FilesDelivered,
    Outcome,
    PresentationEnded,
    Record,
    SessionStarted,
    TurnEnded,
)
from massgen.messages import Part
from massgen.orchestrator.bus import Bus, Subscriber
from massgen.orchestrator.surroundings import Files, Nowhere
from massgen.orchestrator.team import Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.repl.interrupts import Interrupts
from massgen.repl.owed import owed
from massgen.session.artifacts import Artifacts
from massgen.session.records import FORMAT
from massgen.session.store import OpenSession, Store
from massgen.session.transcript import Transcript
from massgen.workspace.claim import Claim, claim
from massgen.workspace.layout import Layout
from massgen.workspace.workspaces import Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a turn ended. `text` is the final answer, None without one; `interrupted`: the user ended it.

    `files` is where the files that belong to the answer are kept, if there are any; `unsubmitted` where the texts are
    that agents had begun, when there is no answer.
    """

    outcome: Outcome
    text: str | None
    interrupted: bool
    files: Path | None = None
    unsubmitted: Path | None = None


class Chat:
    """A conversation. The session on disk begins with the first question, so that looking around leaves nothing."""

    def __init__(
        self,
        *,
        team: Team,
        agents: Sequence[AgentDescription],
        rules: Rules,
        config: str,
        store: Store,
        logging_enabled: bool,
        seed: str | None,
        layout: Layout | None = None,
        native: Collection[AgentId] = (),
        watchers: Sequence[Subscriber] = (),
        resumed: OpenSession | None = None,
    ) -> None:
        self.agents = tuple(agents)
        self.config = config
        self._team = team
        self._rules = rules
        self._store = store
        self._logging_enabled = logging_enabled
        self._seed = seed
        self._layout = layout
        self._native = native
        self._files: Files | None = None
        self._claim: Claim | None = None
        self._watchers = tuple(watchers)
        self._session = resumed
        self._bus: Bus | None = None
        self._artifacts = self._views_of(resumed) if resumed else None
        self._transcript = Transcript(resumed.held.records if resumed else ())

    @property
    def session(self) -> OpenSession | None:
        """The session on disk, once there is one."""
        return self._session

    @property
    def conversation(self) -> tuple[Exchange, ...]:
        """What the next turn will be told of the turns before it."""
        return self._transcript.exchanges

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything that has happened in this session, for its history."""
        if self._artifacts is not None:
            return self._artifacts.records
        return self._session.held.records if self._session is not None else ()

    @property
    def bill(self) -> Bill:
        """What this session has cost up to now."""
        return add_up(record.event for record in self.records)

    @property
    def turns(self) -> int:
        """How many questions were asked in this session."""
        return self._transcript.turns

    def restore(self) -> None:
        """Make anew what is missing or damaged of the files of a resumed session; what was damaged is a warning."""
        if self._artifacts is not None:
            self._artifacts.restore()

    async def ask(self, question: str, watcher: Subscriber, presses: Interrupts) -> Answered:
        """Ask the team; `watcher` sees what happens, and a press of Ctrl+C ends the turn with what there is.

        Raises `SessionError` when nothing can be kept, before any provider is asked.
        """
        bus = await self._open()
        if self._files is not None:
            await self._keep_owed(bus, self._files)
        ending = _Ending()
        bus.subscribe(ending)
        bus.subscribe(watcher)
        try:
            number = self.turns + 1
            if self._files is not None:
                await self._files.begin_turn(number, self._delivered())
            turn = Turn(
                number=number,
                question=question,
                seed=self._seed or self._session_id,
                team=self._team,
                rules=self._rules,
                bus=bus,
                conversation=self.conversation,
                surroundings=self._files or Nowhere(),
            )
            presses.aim(turn.cancel, turn.skip)
            state = await turn.run()
            files = await self._deliver(bus, number, state, stored=ending.stored)
        finally:
            bus.unsubscribe(watcher)
            bus.unsubscribe(ending)
            if self._artifacts is not None:
                await self._artifacts.flush()
        unsubmitted = self._artifacts.outputs if self._artifacts and ending.answered.text is None else None
        return replace(ending.answered, files=files, unsubmitted=unsubmitted)

    async def _deliver(self, bus: Bus, turn: int, state: State, *, stored: bool) -> Path | None:
        """Keep the presenter's files, or tell where those of no answer are; a disk that refuses takes no answer."""
        if self._files is None or self._session is None:
            return None
        if not state.winner:
            await self._files.tell_left()
            return None
        place = Path(f"turn_{turn}", "workspace")
        try:
            kept = await self._files.deliver(state, self._session.directory / place, stored=stored)
        except SessionError as error:
            logger.warning("the files of this turn are not kept: %s. %s", error, error.hint)
            return None
        if kept is not None:
            agent = state.answer(state.winner).agent
            await bus.publish(FilesDelivered(turn=turn, agent=agent, path=place.as_posix()))
        return kept

    async def _keep_owed(self, bus: Bus, files: Files) -> None:
        """Keep the files of the last answer now, if that could not be done when it was given."""
        assert self._session is not None, "a turn has a session"
        debt = owed(self.records)
        if debt is None:
            return
        place = Path(f"turn_{debt.turn}", "workspace")
        kept = self._session.directory / place
        if kept.is_dir() or await files.deliver_late(
            debt.agent, debt.turn, debt.snapshot, kept, presented=debt.presented
        ):
            await bus.publish(FilesDelivered(turn=debt.turn, agent=debt.agent, path=place.as_posix()))

    def _delivered(self) -> Path | None:
        """The last deliverable of this session."""
        assert self._session is not None, "a turn has a session"
        for turn in range(self.turns, 0, -1):  # the copy appears whole or not at all, and its event a moment later
            kept = self._session.directory / f"turn_{turn}" / "workspace"
            if kept.is_dir() or self._transcript.delivered == f"turn_{turn}/workspace":
                return kept
        return None

    async def clear(self) -> None:
        """Forget the conversation; the turns stay on disk and the numbering goes on."""
        if self.conversation:
            bus = await self._open()
            await bus.publish(ConversationCleared(after_turn=self.turns))

    async def aclose(self) -> None:
        """Close the backends and the session."""
        await self._team.close()
        if self._claim is not None:
            self._claim.release()
        if self._session is not None:
            self._session.log.close()

    async def _open(self) -> Bus:
        """The bus of the session; its log says who takes part, anew with each start of the program."""
        if self._bus is None:
            if self._layout is not None:
                self._claim = claim(self._layout.ours)
            session = self._session or self._store.create()
            bus = Bus(session.log, wall=time.time, last_seq=session.log.last_seq)
            artifacts = self._artifacts or self._views_of(session)
            bus.subscribe(self._transcript)
            bus.subscribe(artifacts)
            if self._layout is not None:
                self._files = Files(Workspaces(self._layout, session=session.id), native=self._native)
            for watcher in self._watchers:
                bus.subscribe(watcher)
            started = SessionStarted(
                format=FORMAT, massgen=__version__, session=session.id, config=self.config, agents=self.agents
            )
            await bus.publish(started)
            self._session, self._bus, self._artifacts = session, bus, artifacts
        return self._bus

    def _views_of(self, session: OpenSession) -> Artifacts:
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None, "the local zone is known"
        return Artifacts(
            session.directory, logging_enabled=self._logging_enabled, zone=zone, entries=session.held.entries
        )

    @property
    def _session_id(self) -> str:
        assert self._session is not None, "a turn has a session"
        return self._session.id


class _Ending:
    """Remembers how the turn ended."""

    def __init__(self) -> None:
        self.stored = False
        self.answered = Answered(outcome="failed", text=None, interrupted=False)
        self._text: str | None = None

    def record(self, record: Record) -> None:
        """Note the final answer and the outcome."""
        match record.event:
            case PresentationEnded(text=text, source=source):
                self._text, self.stored = text, source == "stored"
            case TurnEnded(outcome=outcome, because=because):
                self.answered = Answered(outcome=outcome, text=self._text, interrupted=because == "cancelled")
            case _:
                pass

    def stream(self, agent: str, call: int, part: Part) -> None:
        """Running text is no answer yet."""
