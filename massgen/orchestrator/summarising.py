"""Between two turns: one agent is asked for the summary that stands for the oldest turns, and another if it fails.

Everything that can go wrong ends in a sentence, and the conversation then stays whole. Who is asked first: agents whose
window is known to take all of it, in their order; then those of whom that is not known; then those that have to read it
in portions, each with the summary of those before. What their requests used is published with what came of them, and
counts against the budget of the turn that follows.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill
from massgen.coordination.chance import lot
from massgen.coordination.rules import Rules
from massgen.events import (
    CompactionFailed,
    CompactionReason,
    CompactionStarted,
    ConversationCompacted,
    UsageCounted,
)
from massgen.messages import ChatRequest, Failed, Finished, TextDelta, Usage
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.fitting import Cut, length, pieces, tokens
from massgen.orchestrator.spending import counted, priced
from massgen.orchestrator.spoken import spoken
from massgen.orchestrator.team import Member, Team
from massgen.prompts import summarising
from massgen.prompts.conversation import summarised

logger = logging.getLogger(__name__)

MOST_PORTIONS = 20
"""Requests for one summary; what takes more of them is not read by this agent."""

_SHARE = 0.8
"""The part of a window that a conversation may fill when it is summarised; the rest is for the task and the summary."""
_TOKENS_PER_WORD = 2
LETTING_GO_S = 2.0
"""How long a request that is stopped may take to close its connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What came of one request, or of an agent that was asked: a `text`, or the `reason` why there is none."""

    text: str = ""
    reason: str = ""
    used: tuple[UsageCounted, ...] = ()


@dataclass(slots=True)
class _Heard:
    """What one request has brought so far; `began`: anything came before its ending."""

    text: list[str] = field(default_factory=list)
    ending: Finished | Failed | None = None
    began: bool = False
    reason: str = "it took too long"


class Summariser:
    """Asks the members of a team for a summary. `windows` are the sizes that are known, in tokens.

    `spent` is what it has used up to now.
    """

    def __init__(self, *, team: Team, rules: Rules, bus: Bus, windows: Mapping[AgentId, int], seed: str) -> None:
        self.spent: Bill = NOTHING
        self._team = team
        self._rules = rules
        self._bus = bus
        self._windows = windows
        self._seed = seed
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Leave the conversation as it is. Safe to call at any time, also from a signal handler of the loop."""
        self._stopped.set()

    async def summarise(self, cut: Cut, because: CompactionReason) -> ConversationCompacted | None:
        """Replace the oldest turns by a summary; None when there is none, which has been told then."""
        agents = self._order(cut) if not self._stopped.is_set() else ()
        for agent, following in pairwise((*agents, "")):
            said = await self._read(agent, cut, because)
            if not said.reason:
                compacted = ConversationCompacted(
                    through_turn=cut.through,
                    summary=said.text,
                    agent=agent,
                    because=because,
                    before=cut.before,
                    after=length((summarised(cut.through, said.text), *cut.kept)),
                )
                await self._bus.publish(*said.used, compacted)
                return compacted
            following = "" if self._stopped.is_set() else following
            failed = CompactionFailed(agent=agent, reason=said.reason, next_agent=following)
            await self._bus.publish(*said.used, failed)
            if not following:
                return None
        return None

    def _order(self, cut: Cut) -> Sequence[AgentId]:
        """Whom to ask, one after the other."""
        agents = [agent for agent in self._team.agents if agent in self._team.members]

        def rank(agent: AgentId) -> tuple[int, int]:
            size = self._windows.get(agent)
            if size is None:
                return (1, 0)
            return (0, 0) if len(self._portions(agent, cut)) == 1 else (2, -size)

        return sorted(agents, key=rank)

    def _portions(self, agent: AgentId, cut: Cut) -> Sequence[Sequence[tuple[str, str]]]:
        """The turns as this agent can read them, with room for the task, and for the summary at both ends."""
        parts = summarising.parts(cut.oldest)
        whole, writes = sum(tokens(text) for _, text in parts), cut.words * _TOKENS_PER_WORD
        room = int(self._windows[agent] * _SHARE) if agent in self._windows else whole + writes
        return pieces(parts, whole if whole + writes <= room else max(room - 2 * writes, room // 2))

    async def _read(self, agent: AgentId, cut: Cut, because: CompactionReason) -> _Said:
        """Let one agent read the turns, in as many portions as its window demands, and write the summary."""
        portions = self._portions(agent, cut)
        if refusal := await self._refusal(self._team.members[agent], cut, len(portions)):
            return _Said(reason=refusal)
        started = CompactionStarted(agent=agent, through_turn=cut.through, tokens=cut.before, because=because)
        await self._bus.publish(started)
        said = _Said()
        for number, portion in enumerate(portions):
            if said.used:  # what another request has used is kept, whatever comes of this one
                await self._bus.publish(*said.used)
            earlier = [("earlier_summary", said.text)] if said.text else []
            fence = format(lot(self._seed, cut.through, agent, number, "summary"), "016x")
            request = summarising.request([*earlier, *portion], words=cut.words, fence=fence)
            said = await self._ask(agent, request)
            if said.reason:
                return said
        if length([summarised(cut.through, said.text)]) >= length(cut.oldest):
            return replace(said, reason="its summary is no shorter than what it stands for")
        return said

    async def _refusal(self, member: Member, cut: Cut, portions: int) -> str:
        """Why this agent is not asked at all; empty when it may be."""
        if portions > MOST_PORTIONS:
            return f"it would have to read the conversation in {portions} portions"
        rules = self._rules
        writes = cut.words * _TOKENS_PER_WORD * portions
        reads = length(cut.oldest) + writes
        used = self.spent.input_tokens + self.spent.output_tokens
        if rules.max_tokens is not None and used + reads + writes >= rules.max_tokens:
            return f"a summary takes about {reads + writes:,} tokens, and max_tokens is {rules.max_tokens:,}"
        price = await member.price(Usage(input_tokens=reads, output_tokens=writes)) if rules.max_cost else None
        if rules.max_cost is not None and self.spent.cost + (price or 0) >= Decimal(str(rules.max_cost)):
            return f"a summary costs about ${price or 0:.4f}, and max_cost is ${rules.max_cost:g}"
        return ""

    async def _ask(self, agent: AgentId, request: ChatRequest) -> _Said:
        """One request, until it ends or is stopped."""
        logger.debug("%s is asked for a summary\n%s", agent, spoken(request))
        heard = _Heard()
        asking = asyncio.create_task(self._listen(agent, request, heard), name=f"summary of {agent}")
        stopping = asyncio.create_task(self._stopped.wait(), name="waiting for a stop")
        try:
            await asyncio.wait([asking, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
            stopping.cancel()
        _, stuck = await asyncio.wait([asking], timeout=LETTING_GO_S)
        if stuck:
            logger.warning("%s does not end; its connection may stay open until MassGen exits", asking.get_name())
        reason = "stopped by you" if self._stopped.is_set() else heard.reason
        used = await priced(counted(agent, 0, heard.ending, began=heard.began), self._team.members[agent])
        self.spent = self.spent.plus(used)
        return _Said(text="".join(heard.text).strip(), reason=reason, used=(used,))

    async def _listen(self, agent: AgentId, request: ChatRequest, heard: _Heard) -> None:
        member, clock = self._team.members[agent], asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._rules.call_s), asyncio.timeout(self._rules.silence_s) as silence:
                async for part in member.backend.stream(request):
                    silence.reschedule(clock() + self._rules.silence_s)
                    if isinstance(part, Finished | Failed):
                        heard.ending = part
                        continue
                    if not heard.began:
                        heard.began = True
                        member.prepare()
                    if isinstance(part, TextDelta):
                        heard.text.append(part.text)
            heard.reason = _reason(heard)
        except TimeoutError:
            heard.reason = "it took too long"
        except Exception as error:  # task border: a broken adapter is one agent that cannot summarise
            logger.exception("the summary of %s broke", agent)
            heard.reason = f"MassGen itself failed: {type(error).__name__}"


def _reason(heard: _Heard) -> str:
    """Why what came is no summary; empty when it is one."""
    match heard.ending:
        case Failed(problem=problem):
            return problem.text.rstrip(".")
        case Finished(stop="length"):
            return "its summary was cut at its length limit"
        case Finished():
            return "" if "".join(heard.text).strip() else "it wrote nothing"
        case None:
            return "its reply broke off"
