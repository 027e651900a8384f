"""Three agents at one table, real adapters and real SDKs: two of sound providers, and one of a provider that fails."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import Final, TypeVar

from massgen.agents import AgentId
from massgen.backends.connection import Options
from massgen.backends.opening import open_backend, warm
from massgen.backends.protocol import Backend
from massgen.backends.providers import Wire
from massgen.coordination.rules import Rules
from massgen.display.answer import summary_line
from massgen.display.folding import fold
from massgen.display.screen import Screen
from massgen.events import Event, Record
from massgen.messages import Part, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere, Surroundings
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn
from massgen.prompts.conversation import Exchange
from tests.faults.asking import address, connection
from tests.faults.rows import Fault
from tests.faults.server import Answer, FaultServer
from tests.faults.spelling import whole
from tests.helpers import models
from tests.helpers.fast_time import FastLoop
from tests.helpers.models import Model
from tests.helpers.wires import Reply, Request, WireServer
from tests.helpers.wires.asking import EXAMPLES

SOUND: Final[Wire] = "chat_completions"
FAST: Final = 200.0
"""Seconds on the clock of a turn in one of ours."""

PATIENT: Final = Options(connect_s=1e4, stall_s=1e6, linger_s=400.0)
"""Nothing is given up below the core, whose clock is too fast for that."""

RULES: Final = Rules(silence_s=6e3, call_s=6e3, draft_s=6e3, ballot_s=6e3, turn_s=18e3, warning_s=0.0)
"""The usual ones, but that a slow machine is no reason to lose an agent."""

SILENCE_S: Final = 120.0
"""Where an agent is lost to silence, on purpose."""

EARLIER: Final = (Exchange(question="What is a model?", answer="A map. " * 2000),)
"""A conversation that can be told shorter."""

TEAM: Final[Mapping[str, Model]] = {
    "ann": Model(draft="Machines that learn from data.", votes_for="by example", presents="The answer."),
    "bob": Model(draft="Programs that improve by example.", votes_for="from data", presents="The answer."),
    "cyd": Model(draft="Statistics with better marketing.", votes_for="by example", presents="The answer."),
}

T = TypeVar("T")


@dataclass(slots=True)
class Played:
    """A journal and a subscriber that remember a turn, and draw it."""

    events: list[Event] = field(default_factory=list)
    screen: Screen = field(default_factory=Screen)

    async def append(self, records: Sequence[Record]) -> None:
        """Everything is durable at once."""

    def record(self, record: Record) -> None:
        self.events.append(record.event)
        self.screen = fold(self.screen, record)

    def stream(self, agent: AgentId, call: int, part: Part) -> None:
        """What streams is no part of the truth."""

    def of(self, kind: type[T], agent: AgentId = "cyd") -> list[T]:
        """What happened to one agent, of one kind."""
        return [each for each in self.events if isinstance(each, kind) and getattr(each, "agent", "") == agent]

    @property
    def line(self) -> str:
        """How the turn went, as the user is told."""
        return summary_line(self.screen)


class Table:
    """The three of them. The wire is that of cyd's provider, which fails as each turn wants it to."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._answers: Callable[[Request], Answer] = lambda _: Answer()
        self._sound = WireServer(self._say)
        self.failing = FaultServer(lambda request: self._answers(request))
        self._runner = asyncio.Runner(loop_factory=lambda: FastLoop(FAST))

    def __enter__(self) -> "Table":
        self._sound.__enter__()
        self.failing.__enter__()
        warm((SOUND, self.wire))
        self._backends = {name: self._backend(name) for name in ("ann", "bob")}
        self._cyd = open_backend(connection(self.wire, self.failing.origin, PATIENT))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for backend in (*self._backends.values(), self._cyd):
            self._runner.run(backend.close())
        self._runner.close()
        self.failing.__exit__(kind, error, trace)
        self._sound.__exit__(kind, error, trace)

    def play(self, fault: Fault, *, once: bool = False, tools: Surroundings | None = None) -> Played:
        """One turn, in which cyd's provider fails whenever it is asked, or only the first time."""
        asked = 0

        def answer(request: Request) -> Answer:
            nonlocal asked
            asked += 1
            return fault.does(request) if asked == 1 or not once else whole(request, models.reply(request, self._team))

        self._answers = answer
        return self._runner.run(self._play(fault, tools or Nowhere()))

    async def _play(self, fault: Fault, surroundings: Surroundings) -> Played:
        cyd = open_backend(connection(self.wire, address(fault, self.failing), PATIENT)) if fault.at else self._cyd
        played = Played()
        bus = Bus(played, wall=lambda: 0.0)
        bus.subscribe(played)
        backends = {**self._backends, "cyd": cyd}
        turn = Turn(
            number=1,
            question="What is machine learning?",
            seed="seed",
            team=Team(
                agents=tuple(backends),
                members={name: Member(backend=each, price=_price) for name, each in backends.items()},
            ),
            rules=replace(RULES, silence_s=SILENCE_S) if fault.silent else RULES,
            bus=bus,
            conversation=EARLIER,
            surroundings=surroundings,
        )
        await turn.run()
        if fault.at:
            await cyd.close()
        return played

    def _backend(self, name: str) -> Backend:
        asked = connection(SOUND, self._sound.origin, PATIENT)
        return open_backend(replace(asked, model=name))

    def _say(self, request: Request) -> Reply:
        return models.reply(request, TEAM)

    @property
    def _team(self) -> Mapping[str, Model]:
        return {EXAMPLES[self.wire][1]: TEAM["cyd"]}


def cents(usage: Usage) -> Decimal:
    """The price here: a cent for every token that was counted."""
    return Decimal(usage.input_tokens + usage.output_tokens) / 100


async def _price(usage: Usage | None) -> Decimal | None:
    return None if usage is None else cents(usage)
