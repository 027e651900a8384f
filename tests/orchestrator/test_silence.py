"""When an agent counts as silent: not while a tool of ours, or of a program on this machine, is at work for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeAlias

from massgen.coordination.rules import Rules
from massgen.coordination.state import Call, State
from massgen.events import CallFailed, Event, TurnEnded
from massgen.messages import (
    ChatRequest,
    Finished,
    Part,
    Problem,
    Replay,
    ServerToolUsed,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere, Place
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn
from massgen.tools.toolbox import Toolbox
from tests.helpers.scripted import Memory
from tests.helpers.virtual_time import run

Step: TypeAlias = Part | float
"""What a stream brings next, or how many seconds it is silent."""

END = Finished(stop="end", usage=None, replay=Replay("played", ()))
BAKE = ToolCall(id="c", name="bake", arguments={})
RULES = Rules(silence_s=180.0, call_s=600.0, draft_s=5000.0, max_retries=0)
SILENT = Problem(kind="timeout", text="silent for 180 s")


def program(status: str, *, local: bool = True) -> ServerToolUsed:
    """A tool that Claude Code runs on this machine, or one that a provider runs elsewhere."""
    return ServerToolUsed(name="Grep", status=status, local=local)  # type: ignore[arg-type]  # one of its words


class Timed:
    """A backend whose streams take their time, and that knows when it was asked."""

    model = "timed"

    def __init__(self, *streams: Sequence[Step]) -> None:
        self._streams = list(streams)
        self.asked: list[float] = []

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        self.asked.append(asyncio.get_running_loop().time())
        for step in self._streams.pop(0):
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield step

    async def close(self) -> None:
        pass


class Kitchen(Nowhere):
    """Surroundings with an oven: a tool that takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(name="bake", description="Bake.", parameters={"type": "object", "properties": {}})

    async def run(self, call: ToolCall) -> ToolResult:
        await asyncio.sleep(self._seconds)
        return ToolResult(call_id=call.id, name=call.name, text="baked")

    async def open(self, state: State, agent: str, call: Call) -> Place:
        return Place(tools=Toolbox({"bake": self}))


def played(ann: Timed, bake_s: float = 0.0) -> list[Event]:
    """The events of a turn of one agent, and when its calls failed."""
    memory = Memory()
    bus = Bus(memory, wall=lambda: 0.0)
    bus.subscribe(memory)
    team = Team(agents=("ann",), members={"ann": Member(backend=ann)})
    turn = Turn(
        number=1,
        question="Why?",
        seed="s",
        team=team,
        rules=RULES,
        bus=bus,
        conversation=(),
        surroundings=Kitchen(bake_s),
    )
    run(turn.run())
    return memory.events


def problems(events: Sequence[Event]) -> list[Problem]:
    return [event.problem for event in events if isinstance(event, CallFailed)]


def test_a_tool_of_ours_may_take_longer_than_an_agent_may_be_silent() -> None:
    events = played(Timed([BAKE, END], [TextDelta("alpha"), END]), bake_s=500.0)

    assert problems(events) == []
    assert events[-1] == TurnEnded(turn=1, outcome="answered")


def test_silence_counts_from_the_end_of_the_tool() -> None:
    answered = played(Timed([BAKE, END], [170.0, TextDelta("alpha"), END]), bake_s=170.0)
    failed = played(Timed([BAKE, END], [190.0, TextDelta("alpha"), END]), bake_s=170.0)

    assert problems(answered) == []
    assert problems(failed) == [SILENT]


def test_a_tool_of_ours_that_never_ends_is_stopped_with_its_call() -> None:
    events = played(Timed([BAKE, END]), bake_s=10_000.0)

    assert [problem.kind for problem in problems(events)] == ["timeout"]
    assert problems(events) != [SILENT]


def test_a_tool_that_a_program_runs_on_this_machine_is_no_silence() -> None:
    steps = [program("running"), 500.0, program("completed"), TextDelta("alpha"), END]

    assert problems(played(Timed(steps))) == []


def test_two_tools_of_a_program_are_waited_for_both() -> None:
    both = [program("running"), program("running"), 100.0, program("completed"), 300.0, program("failed")]

    assert problems(played(Timed([*both, TextDelta("alpha"), END]))) == []
    assert problems(played(Timed([*both, 190.0, TextDelta("alpha"), END]))) == [SILENT]


def test_a_tool_that_a_provider_runs_elsewhere_gives_signs_of_life_or_is_given_up() -> None:
    steps = [program("running", local=False), 190.0, program("completed", local=False), TextDelta("alpha"), END]

    assert problems(played(Timed(steps))) == [SILENT]


def test_what_one_request_left_running_does_not_excuse_the_next() -> None:
    events = played(Timed([program("running"), BAKE, END], [190.0, TextDelta("alpha"), END]))

    assert problems(events) == [SILENT]
