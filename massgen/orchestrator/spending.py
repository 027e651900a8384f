"""What a turn has used of its budget of tokens and dollars, summed up as its requests end."""

import logging
from decimal import Decimal

from massgen.bill import NOTHING, cost_of
from massgen.coordination.rules import Rules
from massgen.events import UsageCounted

logger = logging.getLogger(__name__)


class Spending:
    """Sums up the requests of one turn. What cannot be counted is in no sum, and that is said once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._bill = NOTHING
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
