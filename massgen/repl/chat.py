"""One conversation with one team: its session, its turns, and what the next turn is told of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from massgen import __version__
from massgen.agents import AgentDescription, AgentId
from massgen.bill import Bill, add_up
from massgen.coordination.rules import Rules
from massgen.errors import SessionError
from massgen.events import (
    ConversationChange,
    ConversationCleared,
    ModelChanged,
    Outcome,
    PresentationEnded,
    Record,
    SessionStarted,
    TurnEnded,
)
from massgen.messages import Part
from massgen.orchestrator.bus import Subscriber
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.repl.cast import Cast, FindVoice, no_other
from massgen.repl.deliverables import deliver, delivered, keep_owed
from massgen.repl.interrupts import Interrupts
from massgen.repl.sitting import Desk, Sitting
from massgen.session.forking import Forked, fork
from massgen.session.records import FORMAT
from massgen.session.store import OpenSession, Store
from massgen.workspace.layout import Layout


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
        find_voice: FindVoice = no_other,
        watchers: Sequence[Subscriber] = (),
        resumed: OpenSession | None = None,
    ) -> None:
        self.config = config
        self._cast = Cast(team, agents, find_voice)
        self._rules = rules
        self._seed = seed
        self._desk = Desk(
            store=store,
            started=self._started,
            logging_enabled=logging_enabled,
            layout=layout,
            is_native=self._cast.is_native,
            watchers=tuple(watchers),
        )
        self._sitting = Sitting(self._desk, resumed)
        self.notes = self._cast.recall(self.records)
        """What the user should know of how the team was found again, in sentences."""

    @property
    def agents(self) -> tuple[AgentDescription, ...]:
        """The team, each agent with the model that speaks for it now."""
        return self._cast.agents

    @property
    def away(self) -> Mapping[AgentId, str]:
        """Who takes no part, and why."""
        return self._cast.away

    @property
    def session(self) -> OpenSession | None:
        """The session on disk, once there is one."""
        return self._sitting.session

    @property
    def conversation(self) -> tuple[Exchange, ...]:
        """What the next turn will be told of the turns before it."""
        return self._sitting.transcript.exchanges

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything that has happened in this session, for its history."""
        return self._sitting.records

    @property
    def bill(self) -> Bill:
        """What this session has cost up to now."""
        return add_up(record.event for record in self.records)

    @property
    def turns(self) -> int:
        """How many questions were asked in this session."""
        return self._sitting.transcript.turns

    @property
    def delivered(self) -> Path | None:
        """The files that the next turn begins with; None where there are none."""
        return delivered(self._sitting)

    @property
    def has_files(self) -> bool:
        """Whether agents of this team work on files."""
        return self._desk.layout is not None

    def restore(self) -> None:
        """Make anew what is missing or damaged of the files of a resumed session; what was damaged is a warning."""
        self._sitting.restore()

    async def ask(self, question: str, watcher: Subscriber, presses: Interrupts) -> Answered:
        """Ask the team; `watcher` sees what happens, and a press of Ctrl+C ends the turn with what there is.

        Raises `SessionError` when nothing can be kept, before any provider is asked.
        """
        sitting = self._sitting
        session, bus = await sitting.open()
        if sitting.files is not None:
            await keep_owed(sitting, bus, sitting.files)
        ending = _Ending()
        bus.subscribe(ending)
        bus.subscribe(watcher)
        try:
            number = self.turns + 1
            if sitting.files is not None:
                await sitting.files.begin_turn(number, delivered(sitting))
            turn = Turn(
                number=number,
                question=question,
                seed=self._seed or session.id,
                team=self._cast.team,
                rules=self._rules,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
            )
            presses.aim(turn.cancel, turn.skip)
            state = await turn.run()
            files = await deliver(sitting, bus, state, stored=ending.stored)
        finally:
            bus.unsubscribe(watcher)
            bus.unsubscribe(ending)
            if sitting.artifacts is not None:
                await sitting.artifacts.flush()
        unsubmitted = sitting.artifacts.outputs if sitting.artifacts and ending.answered.text is None else None
        return replace(ending.answered, files=files, unsubmitted=unsubmitted)

    async def clear(self) -> None:
        """Forget the conversation; the turns stay on disk and the numbering goes on."""
        if self.conversation:
            await self.change(ConversationCleared(after_turn=self.turns))

    async def change(self, change: ConversationChange) -> None:
        """Note what the user changes; it is safe when this returns. Raises `SessionError` when it cannot be kept."""
        _, bus = await self._sitting.open()
        await bus.publish(change)
        await self._retell()

    async def give(self, agent: AgentId, model: str) -> AgentDescription:
        """Let another model speak for an agent from the next turn on; raises `MassGenError`, and nothing is changed."""
        voice = self._cast.find(agent, model)
        changed = ModelChanged(agent=voice.agent, model=model)
        try:
            if self.session is None:  # which begins with a question, and with nothing else
                self._sitting.before.append(changed)
            else:
                await self.change(changed)
        except SessionError:
            await voice.member.backend.close()
            raise
        await self._cast.take(voice)
        return voice.agent

    async def keep_files(self) -> None:
        """Keep the files of the answer that the conversation goes on from, if they are not kept yet."""
        _, bus = await self._sitting.open()
        if self._sitting.files is not None:
            await keep_owed(self._sitting, bus, self._sitting.files)
            await self._retell()

    async def move(self, session: Path) -> tuple[str, ...]:
        """Go on with another session, with the same team; returns what the user should know of its models.

        Raises `SessionError` when it cannot be opened, and this one stays.
        """
        self._desk.demand_hidden(session.parent)
        opened = await asyncio.to_thread(self._desk.store.at(session.parent).open, session.name)
        self._sitting.close()
        self._sitting = Sitting(self._desk, opened)
        await asyncio.to_thread(self._sitting.restore)
        await self._cast.forget()
        self.notes = self._cast.recall(self.records)
        return self.notes

    async def copy(self, turn: int | None) -> Forked:
        """Make a session that is a copy of this one up to the end of a turn, or of all of it; raises `SessionError`."""
        session = self._sitting.session
        assert session is not None, "only what was begun can be copied"
        return await asyncio.to_thread(fork, self._desk.store.at(session.directory.parent), session.directory, turn)

    async def aclose(self) -> None:
        """Close the backends and the session."""
        await self._cast.close()
        self._sitting.close()
        self._desk.leave()

    async def _retell(self) -> None:
        if self._sitting.artifacts is not None:
            await self._sitting.artifacts.retell()

    def _started(self, session: str) -> SessionStarted:
        return SessionStarted(
            format=FORMAT, massgen=__version__, session=session, config=self.config, agents=self.agents
        )


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
