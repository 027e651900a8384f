"""One conversation with one team: its session, its turns, and what the next turn is told of them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from massgen import __version__
from massgen.agents import AgentDescription, AgentId
from massgen.bill import Bill, add_up
from massgen.coordination.rules import Rules
from massgen.errors import SessionError
from massgen.events import ConversationCleared, Outcome, PresentationEnded, Record, SessionStarted, TurnEnded
from massgen.messages import Part
from massgen.orchestrator.bus import Subscriber
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from massgen.repl.deliverables import deliver, delivered, keep_owed
from massgen.repl.interrupted import Interrupted
from massgen.repl.interrupts import Interrupts
from massgen.repl.sitting import Sitting
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
        native: Collection[AgentId] = (),
        watchers: Sequence[Subscriber] = (),
        resumed: OpenSession | None = None,
    ) -> None:
        self.agents = tuple(agents)
        self.config = config
        self._team = team
        self._rules = rules
        self._seed = seed
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
    def interrupted(self) -> Interrupted | None:
        """The turn in whose middle the program died, if there is one."""
        return self._sitting.interrupted

    def restore(self) -> None:
        """Make anew what is missing or damaged of the files of a resumed session; what was damaged is a warning."""
        self._sitting.restore()

    async def ask(self, question: str, watcher: Subscriber, presses: Interrupts) -> Answered:
        """Ask the team; `watcher` sees what happens, and a press of Ctrl+C ends the turn with what there is.

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
            return Turn(
                number=number,
                question=question,
                seed=self._seed or session.id,
                team=self._team,
                rules=self._rules,
                bus=bus,
                conversation=self.conversation,
                surroundings=sitting.files or Nowhere(),
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
        return await self.ask(held.question, watcher, presses)

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

    async def aclose(self) -> None:
        """Close the backends and the session."""
        await self._team.close()
        self._sitting.close()

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
