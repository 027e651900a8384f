"""What requests used, and what that is of a turn's budget of tokens and dollars, summed up as its requests end."""

import logging
from dataclasses import replace
from decimal import Decimal

from massgen.agents import AgentId
from massgen.bill import NOTHING, Bill, cost_of
from massgen.coordination.rules import Rules
from massgen.events import UsageCounted
from massgen.messages import Failed, Finished
from massgen.orchestrator.team import Member

logger = logging.getLogger(__name__)


def counted(agent: AgentId, call: int, ending: Finished | Failed | None, *, began: bool) -> UsageCounted:
    """What a request used; `began`: anything came before its ending.

    No provider charges for one that it answers with an error instead of a stream.
    """
    usage = ending.usage if ending else None
    is_refused = isinstance(ending, Failed) and not began and (ending.problem.status or 0) >= 300
    price = Decimal(0) if is_refused and usage is None else None
    return UsageCounted(agent=agent, call=call, usage=usage, price=price)


async def priced(used: UsageCounted, member: Member) -> UsageCounted:
    """The count as it is published: what a request costs is settled when it ends, and for good."""
    return used if cost_of(used) is not None else replace(used, price=await member.price(used.usage))


class Spending:
    """Sums up the requests of one turn, beginning with what was `spent` to prepare it.

    What cannot be counted is in no sum, and that is said once.
    """

    def __init__(self, rules: Rules, spent: Bill = NOTHING) -> None:
        self._rules = rules
        self._bill = spent
        self._told = False

    def add(self, request: UsageCounted) -> bool:
        """Add one request; true when a budget is used up."""
        self._bill = self._bill.plus(request)
        self._tell_unknown(request)
        rules, used = self._rules, self._bill.input_tokens + self._bill.output_tokens
        too_many = rules.max_tokens is not None and used >= rules.max_tokens
        return too_many or (rules.max_cost is not None and self._bill.cost >= Decimal(str(rules.max_cost)))

    def _tell_unknown(self, request: UsageCounted) -> None:
        if self._told:
            return
        if self._rules.max_tokens is not None and request.usage is None and cost_of(request) != 0:
            self._told = True
            said = "the provider of %s does not say what a request used: max_tokens cannot count it"
            logger.warning(said, request.agent)
        elif self._rules.max_cost is not None and cost_of(request) is None:
            self._told = True
            logger.warning("nobody knows what a request of %s costs: max_cost cannot count it", request.agent)
