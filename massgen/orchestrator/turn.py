"""One turn: an inbox, a loop, and tasks that are made to match the plan.

Everything that can happen to a turn arrives in one inbox: the ends of calls, timers, the user's keys, and what calls
report on the way. One loop reads it, asks the core, publishes the events, and then reconciles: it starts the calls that
the plan has and nobody runs, cancels those that run and are not in the plan, and arms and disarms timers likewise.
There are no locks and no flags, because nothing but this loop changes anything.

Calls are plain tasks rather than a TaskGroup: a group cannot be left before its last member has ended, and an adapter
that does not let go of a dead connection must not hold the user's prompt. They are cancelled, waited for a short
while, and named in the log if they stay.
"""

import asyncio
import logging
from collections.abc import Sequence
from functools import reduce
from typing import Final, TypeAlias

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill
from massgen.coordination.decide import decide
from massgen.coordination.evolve import evolve
from massgen.coordination.plan import Plan, deadlines, plan
from massgen.coordination.rules import Rules
from massgen.coordination.signals import (
    AgentSkipped,
    CallDeadline,
    Cancelled,
    Resume,
    Signal,
    Start,
    Timer,
    TimerFired,
)
from massgen.coordination.state import Call, State
from massgen.events import Attached, CallEvent, Event, StageEndsSoon, ToolStarted, TurnEvent, UsageCounted
from massgen.messages import Part, Problem
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.call import CallRunner
from massgen.orchestrator.spending import Spending, priced
from massgen.orchestrator.surroundings import Surroundings
from massgen.orchestrator.team import Team
from massgen.prompts.conversation import Exchange, compacted

logger = logging.getLogger(__name__)

LETTING_GO_S = 2.0
"""How long a cancelled call may take to close its connection before the turn goes on without it."""

SHORTEST_S = 0.001
"""A wait below this is over: clocks are sums of floats, and a remainder of nanoseconds would be waited for for ever."""

_GONE: Final = Problem(kind="bad_request", text="is no longer in the team")

Letter: TypeAlias = Signal | CallEvent


class Turn:
    """One question on its way to one answer; `spent` is what was used to prepare it, which its budget includes."""

    def __init__(
        self,
        *,
        number: int,
        question: str,
        seed: str,
        team: Team,
        rules: Rules,
        bus: Bus,
        conversation: Sequence[Exchange],
        surroundings: Surroundings,
        spent: Bill = NOTHING,
        attached: Sequence[Attached] = (),
    ) -> None:
        self._team = team
        self._rules = rules
        self._bus = bus
        self._conversation = conversation
        self._surroundings = surroundings
        self._inbox: asyncio.Queue[Letter] = asyncio.Queue()
        self._state = State()
        self._calls: dict[AgentId, tuple[CallRunner, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._deadlines: dict[AgentId, dict[CallDeadline, asyncio.TimerHandle]] = {}
        self._heard: dict[AgentId, float] = {}
        self._began = 0.0
        self._spending = Spending(rules, spent)
        self._spender: tuple[AgentId, int] | None = None
        self._first: Signal = Start(
            turn=number,
            question=question,
            agents=team.agents,
            seed=seed,
            rules=rules,
            compactable=compacted(conversation) != tuple(conversation),
            attached=tuple(attached),
            unavailable=team.unavailable,
        )

    @classmethod
    def resumed(
        cls,
        events: Sequence[Event],
        *,
        team: Team,
        bus: Bus,
        conversation: Sequence[Exchange],
        surroundings: Surroundings,
    ) -> "Turn":
        """A turn that the program died in, and whose events these are; it goes on by the rules that it began with.

        All its times begin anew. What it has used of its budget is used; what a lost call has used, nobody knows.
        """
        state = reduce(evolve, (event for event in events if isinstance(event, TurnEvent)), State())
        turn = cls(
            number=state.turn,
            question=state.question,
            seed=state.seed,
            team=team,
            rules=state.rules,
            bus=bus,
            conversation=conversation,
            surroundings=surroundings,
        )
        turn._state = state
        is_spent = [turn._spending.add(event) for event in events if isinstance(event, UsageCounted)]
        missing = {agent: team.unavailable.get(agent, _GONE) for agent in state.seats if agent not in team.members}
        turn._first = Cancelled(because="budget") if any(is_spent) else Resume(unavailable=missing)
        return turn

    @property
    def state(self) -> State:
        """The turn as it stands."""
        return self._state

    def cancel(self) -> None:
        """Stop with what there is. Safe to call at any time, also from a signal handler of the loop."""
        self._inbox.put_nowait(Cancelled())

    def skip(self, agent: AgentId) -> None:
        """Do not wait for this agent in this stage."""
        seat = self._state.seats.get(agent)
        if seat is not None:
            self._inbox.put_nowait(AgentSkipped(agent=agent, call=seat.calls))

    async def run(self) -> State:
        """Play the turn to its end and return its last state; raises `SessionError` if the journal cannot write."""
        self._began = asyncio.get_running_loop().time()
        try:
            await self._take(self._first)
            while self._state.stage != "over":
                await self._take(await self._inbox.get())
        finally:
            self._reconcile(Plan(calls={}, timers={}))
            await self._let_go()
        return self._state

    async def _take(self, letter: Letter) -> None:
        if isinstance(letter, CallEvent):
            letter = await self._priced(letter)
            await self._bus.publish(letter)
            self._mind_the_budget(letter)
            return
        decision = decide(self._state, letter, now=asyncio.get_running_loop().time() - self._began)
        self._state, events = decision.state, decision.events
        logger.debug("%r is answered with %s", letter, [type(event).__name__ for event in events] or "nothing")
        if not events:
            return
        if self._state.stage == "over":
            await self._end(events)
        else:
            await self._bus.publish(*events)
            self._reconcile(plan(self._state))
            for event in events:
                if isinstance(event, StageEndsSoon):
                    self._hurry(event.seconds)
            self._mind_the_budget(letter)

    def _mind_the_budget(self, letter: Letter) -> None:
        """Stop when the budget is used up, but let the call that did so say what it has paid for."""
        if isinstance(letter, UsageCounted) and self._spending.add(letter):
            self._spender = self._spender or (letter.agent, letter.call)
        if self._spender is None:
            return
        agent, call = self._spender
        goes_on = isinstance(letter, ToolStarted) and (letter.agent, letter.call) == self._spender
        if goes_on or agent not in self._calls or self._calls[agent][0].number != call:
            self._inbox.put_nowait(Cancelled(because="budget"))

    async def _end(self, events: Sequence[Event]) -> None:
        """Say that the turn has ended, and with it what its cancelled calls have used: that belongs to the turn.

        All of it is one batch, so a turn that has an answer has also ended.
        """
        *before, last = events
        self._reconcile(plan(self._state))
        await self._let_go()
        await self._bus.publish(*before, *[await self._priced(each) for each in self._reports()], last)

    async def _priced(self, report: CallEvent) -> CallEvent:
        return await priced(report, self._team.members[report.agent]) if isinstance(report, UsageCounted) else report

    def _reports(self) -> list[CallEvent]:
        letters = [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]
        return [letter for letter in letters if isinstance(letter, CallEvent)]

    # -- what runs, and what should ---------------------------------------------------------------------------------

    def _reconcile(self, wanted: Plan) -> None:
        for agent, (runner, task) in list(self._calls.items()):
            if agent not in wanted.calls or wanted.calls[agent].number != runner.number:
                task.cancel()
                self._ending.add(task)
                for handle in self._deadlines.pop(agent).values():
                    handle.cancel()
                del self._calls[agent]
        for agent, call in wanted.calls.items():
            if agent not in self._calls:
                self._calls[agent] = self._start(agent, call)
        for timer in self._timers.keys() - wanted.timers.keys():
            self._timers.pop(timer).cancel()
        for timer, seconds in wanted.timers.items():
            if timer not in self._timers:
                self._timers[timer] = self._alarm(timer, seconds)

    def _hurry(self, seconds: float) -> None:
        for runner, _ in self._calls.values():
            runner.hurry(seconds)

    def _start(self, agent: AgentId, call: Call) -> tuple[CallRunner, asyncio.Task[None]]:
        self._heard[agent] = asyncio.get_running_loop().time()
        limits = deadlines(agent, call, self._rules)
        self._deadlines[agent] = {timer: self._alarm(timer, seconds) for timer, seconds in limits.items()}

        def report(event: CallEvent) -> None:
            self._heard[agent] = asyncio.get_running_loop().time()
            self._inbox.put_nowait(event)

        def show(part: Part) -> None:
            self._heard[agent] = asyncio.get_running_loop().time()
            self._bus.stream(agent, call.number, part)

        runner = CallRunner(
            self._state,
            agent,
            call,
            self._team.members[agent],
            self._surroundings,
            report=report,
            show=show,
        )

        async def carry_out() -> None:
            self._inbox.put_nowait(await runner.run(self._conversation))

        return runner, asyncio.create_task(carry_out(), name=f"{agent} call {call.number} ({call.stage})")

    def _alarm(self, timer: Timer, seconds: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._fire, timer)

    def _fire(self, timer: Timer) -> None:
        """Tell the loop, unless the agent has been heard in the meantime, or its tool is at work: then its silence
        begins anew.
        """
        if isinstance(timer, CallDeadline) and timer.silent:
            at_work = timer.agent in self._calls and self._calls[timer.agent][0].at_work
            quiet = 0.0 if at_work else asyncio.get_running_loop().time() - self._heard[timer.agent]
            if self._rules.silence_s - quiet > SHORTEST_S:
                self._deadlines[timer.agent][timer] = self._alarm(timer, self._rules.silence_s - quiet)
                return
        self._inbox.put_nowait(TimerFired(timer=timer))

    async def _let_go(self) -> None:
        """Wait a short while for cancelled calls to close their connections."""
        if not self._ending:
            return
        _, stuck = await asyncio.wait(self._ending, timeout=LETTING_GO_S)
        for task in stuck:
            logger.warning("%s does not end; its connection may stay open until MassGen exits", task.get_name())
        self._ending.clear()
