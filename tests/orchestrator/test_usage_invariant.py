"""I17 of the protocol (section 6.10): what a turn has used is the sum over all its calls, cancelled ones included."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import pytest
from hypothesis import given

from massgen.backends.demo import DemoBackend
from massgen.config.script import AgentScript, Fail, Hang, Line, Revise, Say, Script, Vote
from massgen.coordination.rules import Rules
from massgen.events import CallCancelled, CallFailed, CallStarted, Event, TurnEnded, UsageCounted
from massgen.messages import ChatRequest, Failed, Finished, Part, Problem, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Nowhere
from massgen.orchestrator.team import Member, Team
from massgen.orchestrator.turn import Turn
from tests.helpers.examples import tried
from tests.helpers.scripted import Memory
from tests.helpers.tape import TAPES, Tape, spooled
from tests.helpers.virtual_time import run

WAITS: Final = (0.0, 1.0, 30.0, 300.0)


class Metered(DemoBackend):
    """A scripted agent that remembers what it has asked to be paid for."""

    def __init__(self, agent: str, script: Script) -> None:
        super().__init__(agent, script)
        self.begun = 0
        self.billed: list[Usage] = []

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        self.begun += 1
        async for part in super().stream(request):
            if isinstance(part, Finished | Failed) and part.usage:
                self.billed.append(part.usage)
            yield part


class Team17:
    """Agents that say what a tape holds, at the times that it holds."""

    def __init__(self, data: bytes) -> None:
        self._tape = Tape(data)
        agents = ("ann", "bob", "cid", "dan")[: 1 + self._tape.of((2, 1, 3, 0))]
        lines = {agent: self._script(agent) for agent in agents}
        script = Script(words_per_second=1.0, repeat=True, agents=lines)
        self.backends = {agent: Metered(agent, script) for agent in agents}
        self.memory = Memory()

    @property
    def events(self) -> list[Event]:
        return self.memory.events

    async def play(self) -> None:
        bus = Bus(self.memory, wall=lambda: 0.0)
        bus.subscribe(self.memory)
        members = {agent: Member(backend=backend) for agent, backend in self.backends.items()}
        rules = Rules(
            max_ballots=self._tape.of((2, 3)),
            max_retries=self._tape.of((2, 0)),
            silence_s=self._tape.of((180.0, 40.0)),
            ballot_s=self._tape.of((300.0, 20.0)),
            max_tokens=self._tape.of((None, None, None, 40)),
        )
        turn = Turn(
            number=1,
            question="Why?",
            seed="seed",
            team=Team(agents=tuple(self.backends), members=members),
            rules=rules,
            bus=bus,
            conversation=(),
            surroundings=Nowhere(),
        )
        loop = asyncio.get_running_loop()
        if self._tape.once_in(3):
            loop.call_later(self._tape.of(WAITS), turn.cancel)
        for agent in self.backends:
            if self._tape.once_in(4):
                loop.call_later(self._tape.of(WAITS), turn.skip, agent)
        await turn.run()

    def _script(self, agent: str) -> AgentScript:
        def lines(*ordinary: Line) -> tuple[Line, ...]:
            return tuple(self._line(agent, each) for each in ordinary)

        return AgentScript(
            draft=lines(Say(text=f"{agent} one two three"), Say(text=f"{agent} once more")),
            ballot=lines(Vote(phrase="ann"), Vote(phrase="bob", because="I know it.")),
            presentation=lines(Say(text=f"{agent} at last"), Say(text=f"{agent} at the very last")),
        )

    def _line(self, agent: str, ordinary: Line) -> Line:
        tape = self._tape
        match tape.pick(12):
            case 8:
                return Hang()
            case 9:
                return Fail(problem=Problem(kind=tape.of(("overloaded", "auth")), text="No."), wait=tape.of(WAITS))
            case 10:
                return Revise(text=f"{agent} again {tape.pick(256)}", wait=tape.of(WAITS))
            case 11:
                return Say(text="", wait=tape.of(WAITS))
            case _:
                return ordinary


def i17_usage_is_the_sum_over_all_started_calls(tape: bytes) -> None:
    team = Team17(tape)
    run(team.play())
    started = Counter((event.agent, event.call) for event in team.events if isinstance(event, CallStarted))
    counted = [event for event in team.events if isinstance(event, UsageCounted)]
    unasked = started - Counter((event.agent, event.call) for event in counted)
    assert started - unasked == Counter((event.agent, event.call) for event in counted)
    assert unasked <= Counter((event.agent, event.call) for event in team.events if isinstance(event, CallCancelled))
    for agent, backend in team.backends.items():
        assert backend.begun == sum(each.agent == agent for each in counted)
        assert [each.usage for each in counted if each.agent == agent and each.usage] == backend.billed
    assert isinstance(team.events[-1], TurnEnded)


def test_i17_holds_in_five_hundred_turns() -> None:
    tried(500)(given(TAPES)(i17_usage_is_the_sum_over_all_started_calls))()


@pytest.mark.slow
def test_i17_holds_in_five_thousand_turns() -> None:
    tried(5000)(given(TAPES)(i17_usage_is_the_sum_over_all_started_calls))()


def test_the_random_teams_are_cancelled_skipped_cut_short_and_fail() -> None:
    seen: set[str] = set()
    for tape in spooled(150, size=60):
        team = Team17(tape)
        run(team.play())
        for event in team.events:
            if isinstance(event, CallCancelled | TurnEnded):
                seen.add(event.because)
            if isinstance(event, CallFailed):
                seen.add(event.consequence)
    assert {"cancelled", "skipped", "too_late", "decided", "budget", "retried", "out_of_turn", "out_of_stage"} <= seen
