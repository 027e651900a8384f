"""One conversation with one team: its session, its turns, and what the next turn is told of them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from massgen import __version__
from massgen.agents import AgentDescription, AgentId
from massgen.bill import NOTHING, Bill
from massgen.coordination.rules import Rules
from massgen.errors import SessionError
from massgen.events import (
    Attached,
    ConversationCleared,
    ConversationCompacted,
    Outcome,
    PresentationEnded,
    Record,
    SessionStarted,
    TurnEnded,
)
from massgen.messages import Part
from massgen.orchestrator import fitting
from massgen.orchestrator.bus import Bus, Subscriber
from massgen.orchestrator.fitting import Cut, Told
from massgen.orchestrator.summarising import Summariser
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.repl.deliverables import deliver, delivered, keep_owed
from massgen.repl.interrupted import Interrupted
from massgen.repl.interrupts import Interrupts
from massgen.repl.sitting import Sitting
from massgen.session.difference import difference
from massgen.session.records import FORMAT
from massgen.session.saved import Saved
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What came of a wish for a summary: nothing in `event` where there is none, and what was used for it."""

    event: ConversationCompacted | None
    bill: Bill


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
        fingerprint: str = "",
        compact_at: float = 0.7,
    ) -> None:
        self.agents = tuple(agents)
        self.config = config
        self._fingerprint = fingerprint
        self._team = team
        self._rules = rules
        self._seed = seed
        self._compact_at = compact_at
        self._sitting = Sitting(
            store,
            started=self._started,
            logging_enabled=logging_enabled,
            layout=layout,
            native=native,
            watchers=watchers,
            resumed=resumed,
        )

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
        return difference(self.records, self._started(self.session.id)) if self.session is not None else ()

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
            spent = await self._make_room(
                "\n".join((question, *(each.text for each in attached))), bus, session.id, presses
            )
            return Turn(
                number=number,
                question=question,
                seed=self._seed or session.id,
                team=self._team,
                rules=self._rules,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
                spent=spent,
                attached=attached,
            )

        return await self._play(begin, watcher, presses)

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
                team=self._team,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
            )
            if sitting.files is not None and turn.state.presented is None:
                await sitting.files.resume_turn(turn.state, delivered(sitting))
            return turn

        sitting.interrupted = None
        return await self._play(resume, watcher, presses, earlier=held.records)

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

    async def _play(
        self,
        begin: Callable[[], Awaitable[Turn]],
        watcher: Subscriber,
        presses: Interrupts,
        *,
        earlier: Sequence[Record] = (),
    ) -> Answered:
        sitting = self._sitting
        _, bus = await sitting.open()
        ending = _Ending()
        for record in earlier:
            ending.record(record)
            watcher.record(record)
        is_given = any(isinstance(record.event, PresentationEnded) for record in earlier)
        bus.subscribe(ending)
        bus.subscribe(watcher)
        try:
            turn = await begin()
            presses.aim(turn.cancel, turn.skip)
            state = await turn.run()
            if is_given and sitting.files is not None:
                files = await keep_owed(sitting, bus, sitting.files)
            else:
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
            _, bus = await self._sitting.open()
            await bus.publish(ConversationCleared(after_turn=self.turns))

    @property
    def told(self) -> Told:
        """The conversation, with the turns that it is of."""
        transcript = self._sitting.transcript
        return Told(turns=transcript.answered, exchanges=transcript.exchanges)

    async def compact(self, cut: Cut, watcher: Subscriber, presses: Interrupts) -> Compacted:
        """Let a summary stand for the oldest turns, as the user asks.

        `watcher` sees how it is written; a press of Ctrl+C leaves the conversation as it is.
        Raises `SessionError` when nothing can be kept.
        """
        session, bus = await self._sitting.open()
        bus.subscribe(watcher)
        try:
            summariser = self._summariser(bus, session.id, await self._team.windows(cut.before))
            presses.aim(summariser.stop)
            done = await summariser.summarise(cut, "asked")
            presses.forget()
        finally:
            bus.unsubscribe(watcher)
            if self._sitting.artifacts is not None:
                await self._sitting.artifacts.flush()
        return Compacted(event=done, bill=summariser.spent)

    async def _make_room(self, question: str, bus: Bus, session: str, presses: Interrupts) -> Bill:
        """Summarise the oldest turns if the conversation has come near what a model takes; returns what that used."""
        told = self.told
        if not told.exchanges or not self._compact_at:
            return NOTHING
        needed = fitting.needs(told, question, [record.event for record in self.records.from_turn(-1)])
        windows = await self._team.windows(needed.most)
        limit = fitting.limit(needed, windows, self._compact_at)
        cut = fitting.cut(told, room=limit // 4) if limit is not None else None
        if cut is None:
            return NOTHING
        summariser = self._summariser(bus, session, windows)
        presses.aim(summariser.stop)
        await summariser.summarise(cut, "limit")
        return summariser.spent

    def _summariser(self, bus: Bus, session: str, windows: Mapping[AgentId, int]) -> Summariser:
        return Summariser(team=self._team, rules=self._rules, bus=bus, windows=windows, seed=self._seed or session)

    async def aclose(self) -> None:
        """Close the backends and the session."""
        await self._team.close()
        self._sitting.close()

    def _started(self, session: str) -> SessionStarted:
        return SessionStarted(
            format=FORMAT,
            massgen=__version__,
            session=session,
            config=self.config,
            agents=self.agents,
            fingerprint=self._fingerprint,
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
