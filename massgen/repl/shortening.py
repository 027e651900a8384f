"""A conversation told shorter: a summary stands for its oldest turns, near a model's limit or as the user asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill
from massgen.coordination.rules import Rules
from massgen.events import ConversationCompacted
from massgen.orchestrator import fitting
from massgen.orchestrator.bus import Bus, Subscriber
from massgen.orchestrator.fitting import Cut, Told
from massgen.orchestrator.summarising import Summariser
from massgen.orchestrator.team import Team
from massgen.repl.interrupts import Interrupts
from massgen.repl.sitting import Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What came of a wish for a summary: nothing in `event` where there is none, and what was used for it."""

    event: ConversationCompacted | None
    bill: Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """Who summarises, and from which share of a model's window on; with a share of 0 only when the user asks."""

    team: Callable[[], Team]
    rules: Rules
    seed: str | None
    share: float

    async def compact(self, sitting: Sitting, cut: Cut, watcher: Subscriber, presses: Interrupts) -> Compacted:
        """Let a summary stand for the oldest turns; a press of Ctrl+C leaves the conversation as it is.

        `watcher` sees how it is written. Raises `SessionError` when nothing can be kept.
        """
        session, bus = await sitting.open()
        bus.subscribe(watcher)
        try:
            summariser = self._summariser(bus, session.id, await self.team().windows(cut.before))
            presses.aim(summariser.stop)
            done = await summariser.summarise(cut, "asked")
            presses.forget()
        finally:
            bus.unsubscribe(watcher)
            if sitting.artifacts is not None:
                await sitting.artifacts.retell()
        return Compacted(event=done, bill=summariser.spent)

    async def make_room(self, sitting: Sitting, question: str, presses: Interrupts) -> Bill:
        """Summarise the oldest turns if the conversation has come near what a model takes; returns what that used."""
        session, bus = await sitting.open()
        conversation = told(sitting)
        if not conversation.exchanges or not self.share:
            return NOTHING
        needed = fitting.needs(conversation, question, [record.event for record in sitting.records.from_turn(-1)])
        windows = await self.team().windows(needed.most)
        limit = fitting.limit(needed, windows, self.share)
        cut = fitting.cut(conversation, room=limit // 4) if limit is not None else None
        if cut is None:
            return NOTHING
        summariser = self._summariser(bus, session.id, windows)
        presses.aim(summariser.stop)
        await summariser.summarise(cut, "limit")
        return summariser.spent

    def _summariser(self, bus: Bus, session: str, windows: Mapping[AgentId, int]) -> Summariser:
        return Summariser(team=self.team(), rules=self.rules, bus=bus, windows=windows, seed=self.seed or session)


def told(sitting: Sitting) -> Told:
    """The conversation, with the turns that it is of."""
    return Told(turns=sitting.transcript.answered, exchanges=sitting.transcript.exchanges)
