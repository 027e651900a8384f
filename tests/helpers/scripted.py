"""A scripted team: turns through the real orchestrator, with the demo backend as the honest double."""

from collections.abc import Sequence

from massgen.agents import AgentId
from massgen.backends.demo import DemoBackend
from massgen.config.script import AgentScript, Script
from massgen.coordination.rules import Rules
from massgen.coordination.state import State
from massgen.events import Event, Record
from massgen.messages import ChatRequest, Part
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange


class Memory:
    """A journal and a subscriber that remember everything."""

    def __init__(self) -> None:
        self.written: list[Record] = []
        self.seen: list[Record] = []
        self.parts: list[tuple[AgentId, int, Part]] = []

    async def append(self, records: Sequence[Record]) -> None:
        self.written += records

    def record(self, record: Record) -> None:
        assert record in self.written, "a record was shown before it was durable"
        self.seen.append(record)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        self.parts.append((agent, call, part))

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.seen]


class Listening(DemoBackend):
    """A demo backend that keeps the requests it got."""

    def __init__(self, agent: str, script: Script) -> None:
        super().__init__(agent, script)
        self.requests: list[ChatRequest] = []

    def stream(self, request: ChatRequest):  # type: ignore[no-untyped-def]  # the generator of DemoBackend, untouched
        self.requests.append(request)
        return super().stream(request)


class ScriptedTeam:
    """A team of scripted agents; `play` runs one turn and complains about every line that was not said."""

    def __init__(self, *, words_per_second: float = 0, **agents: AgentScript) -> None:
        script = Script(words_per_second=words_per_second, repeat=False, agents=agents)
        self.backends = {agent: Listening(agent, script) for agent in agents}
        members = {agent: Member(backend=backend) for agent, backend in self.backends.items()}
        self.team = Team(agents=tuple(agents), members=members)
        self.memory = Memory()
        self.turn: Turn | None = None

    async def play(
        self,
        question: str = "Why?",
        *,
        conversation: Sequence[Exchange] = (),
        unused: Sequence[str] | None = (),
        **rules: object,
    ) -> State:
        """Play one turn. `unused` are the lines that are expected to stay unsaid; None: any may."""
        bus = Bus(self.memory, wall=lambda: 1_700_000_000.0)
        bus.subscribe(self.memory)
        self.turn = Turn(
            number=1,
            question=question,
            seed="seed",
            team=self.team,
            rules=Rules(**rules),  # type: ignore[arg-type]  # names are checked by Rules itself
            bus=bus,
            conversation=conversation,
            surroundings=Nowhere(),
        )
        state = await self.turn.run()
        assert [line for each in self.backends.values() for line in each.unexpected] == []
        if unused is not None:
            assert [line for each in self.backends.values() for line in each.unused] == list(unused)
        return state
