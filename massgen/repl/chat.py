"""One conversation with one team: its session, its turns, and what the next turn is told of them."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from massgen import __version__
from massgen.agents import AgentDescription, AgentId
from massgen.bill import Bill
from massgen.coordination.rules import Rules
from massgen.errors import SessionError
from massgen.events import (
    Attached,
    ConversationChange,
    ConversationCleared,
    ModelChanged,
    SessionStarted,
    TurnEnded,
)
from massgen.orchestrator.bus import Subscriber
from massgen.orchestrator.fitting import Cut, Told
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.repl.cast import Cast, FindVoice, no_other
from massgen.repl.deliverables import delivered, keep_owed
from massgen.repl.interrupted import Interrupted
from massgen.repl.interrupts import Interrupts
from massgen.repl.playing import Answered, play
from massgen.repl.shortening import Compacted, Shortening, told
from massgen.repl.sitting import Desk, Sitting
from massgen.session.difference import difference
from massgen.session.forking import Forked, fork
from massgen.session.records import FORMAT
from massgen.session.saved import Saved
from massgen.session.store import OpenSession, Store
from massgen.workspace.layout import Layout


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
        fingerprint: str = "",
        compact_at: float = 0.7,
    ) -> None:
        self.config = config
        self._fingerprint = fingerprint
        self._cast = Cast(team, agents, find_voice)
        self._rules = rules
        self._seed = seed
        self._shortening = Shortening(team=lambda: self._cast.team, rules=rules, seed=seed, share=compact_at)
        self._desk = Desk(
            store=store,
            started=self._started,
            logging_enabled=logging_enabled,
            layout=layout,
            is_native=self._cast.is_native,
            watchers=tuple(watchers),
        )
        self._sitting = Sitting(self._desk, resumed)
        self.notes = self._cast.recall(self.records.only(ModelChanged))
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
    def records(self) -> Saved:
        """Everything that has happened in this session, for its history; it is read where it is."""
        return self._sitting.records

    @property
    def bill(self) -> Bill:
        """What this session has cost up to now."""
        return self._sitting.bill

    @property
    def turns(self) -> int:
        """How many questions were asked in this session."""
        return self._sitting.transcript.turns

    @property
    def interrupted(self) -> Interrupted | None:
        """The turn in whose middle the program died, if there is one."""
        return self._sitting.interrupted

    @property
    def difference(self) -> tuple[str, ...]:
        """What is different about the team since this session was last started, in a few sentences."""
        return (
            difference(self.records.only(SessionStarted, ModelChanged), self._started(self.session.id))
            if self.session is not None
            else ()
        )

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

    async def ask(
        self, question: str, watcher: Subscriber, presses: Interrupts, attached: Sequence[Attached] = ()
    ) -> Answered:
        """Ask the team; `watcher` sees what happens, and a press of Ctrl+C ends the turn with what there is.

        `attached` are the files that go with the question.

        Raises `SessionError` when nothing can be kept, before any provider is asked.
        """
        sitting = self._sitting
        session, bus = await sitting.open()
        await self._close_interrupted("dropped")
        if sitting.files is not None:
            await keep_owed(sitting, bus, sitting.files)

        async def begin() -> Turn:
            number = self.turns + 1
            if sitting.files is not None:
                await sitting.files.begin_turn(number, delivered(sitting))
            spent = await self._shortening.make_room(
                sitting, "\n".join((question, *(each.text for each in attached))), presses
            )
            return Turn(
                number=number,
                question=question,
                seed=self._seed or session.id,
                team=self._cast.team,
                rules=self._rules,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
                spent=spent,
                attached=attached,
            )

        return await play(sitting, begin, watcher, presses)

    async def go_on(self, watcher: Subscriber, presses: Interrupts) -> Answered:
        """Go on with the interrupted turn; `watcher` is told first what of it stands.

        Raises `SessionError` when nothing can be kept, before any provider is asked.
        """
        sitting, held = self._sitting, self._sitting.interrupted
        assert held is not None, "a turn was interrupted"
        if not held.told:
            hint = "Start it over or drop it: --on-interrupted restart, or drop."
            raise SessionError(f"turn {held.turn} cannot be gone on with: its log contradicts itself", hint=hint)
        _, bus = await sitting.open()

        async def resume() -> Turn:
            turn = Turn.resumed(
                [record.event for record in held.records],
                team=self._cast.team,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
            )
            if sitting.files is not None and turn.state.presented is None:
                await sitting.files.resume_turn(turn.state, delivered(sitting))
            return turn

        sitting.interrupted = None
        return await play(sitting, resume, watcher, presses, earlier=held.records)

    async def start_over(self, watcher: Subscriber, presses: Interrupts) -> Answered:
        """Close the interrupted turn, and ask its question as the next one."""
        held = self._sitting.interrupted
        assert held is not None, "a turn was interrupted"
        await self._close_interrupted("started_over")
        return await self.ask(held.question, watcher, presses, held.attached)

    async def drop(self) -> None:
        """Close the interrupted turn; what it has brought stays in the session's files."""
        await self._close_interrupted("dropped")

    async def _close_interrupted(self, because: str) -> None:
        sitting = self._sitting
        if sitting.interrupted is not None:
            _, bus = await sitting.open()
            await bus.publish(TurnEnded(turn=sitting.interrupted.turn, outcome="cancelled", because=because))
            sitting.interrupted = None
            if sitting.artifacts is not None:
                await sitting.artifacts.flush()

    async def clear(self) -> None:
        """Forget the conversation; the turns stay on disk and the numbering goes on."""
        if self.conversation:
            await self.change(ConversationCleared(after_turn=self.turns))

    async def change(self, change: ConversationChange) -> None:
        """Note what the user changes; it is safe when this returns. Raises `SessionError` when it cannot be kept."""
        await self._close_interrupted("dropped")
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

    async def move(self, session: Path) -> None:
        """Go on with another session, with the same team; `notes` and `difference` are about that one then.

        Raises `SessionError` when it cannot be opened, and this one stays.
        """
        self._desk.demand_hidden(session.parent)
        opened = await asyncio.to_thread(self._desk.store.at(session.parent).open, session.name)
        self._sitting.close()
        self._sitting = Sitting(self._desk, opened)
        await asyncio.to_thread(self._sitting.restore)
        await self._cast.forget()
        self.notes = self._cast.recall(self.records.only(ModelChanged))

    async def copy(self, turn: int | None) -> Forked:
        """Make a session that is a copy of this one up to the end of a turn, or of all of it; raises `SessionError`."""
        session = self._sitting.session
        assert session is not None, "only what was begun can be copied"
        return await asyncio.to_thread(fork, self._desk.store.at(session.directory.parent), session.directory, turn)

    @property
    def told(self) -> Told:
        """The conversation, with the turns that it is of."""
        return told(self._sitting)

    async def compact(self, cut: Cut, watcher: Subscriber, presses: Interrupts) -> Compacted:
        """Let a summary stand for the oldest turns, as the user asks; `watcher` sees how it is written."""
        return await self._shortening.compact(self._sitting, cut, watcher, presses)

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
            format=FORMAT,
            massgen=__version__,
            session=session,
            config=self.config,
            agents=self.agents,
            fingerprint=self._fingerprint,
        )
