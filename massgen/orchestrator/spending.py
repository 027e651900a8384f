"""What a turn has used of its budget of tokens and dollars, summed up as its requests end."""

import logging
from decimal import Decimal

from massgen.agents import AgentId
from massgen.coordination.rules import Rules
from massgen.messages import Usage

logger = logging.getLogger(__name__)


class Spending:
    """Sums up the requests of one turn. What a provider does not count is in no sum, and that is said once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tokens = 0
        self._cost = Decimal(0)
        self._told = False

    def add(self, agent: AgentId, usage: Usage | None) -> bool:
        """Add one request; true when a budget is used up."""
        if usage is not None:
            self._tokens += usage.input_tokens + usage.output_tokens
            self._cost += usage.cost or 0
        self._tell_unknown(agent, usage)
        rules = self._rules
        too_many = rules.max_tokens is not None and self._tokens >= rules.max_tokens
        return too_many or (rules.max_cost is not None and self._cost >= Decimal(str(rules.max_cost)))

    def _tell_unknown(self, agent: AgentId, usage: Usage | None) -> None:
        missing = []
        if self._rules.max_tokens is not None and usage is None:
            missing.append("max_tokens")
        if self._rules.max_cost is not None and (usage is None or usage.cost is None):
            missing.append("max_cost")
        if missing and not self._told:
            self._told = True
            logger.warning("the provider of %s does not say what a request used: %s cannot count it", agent, missing[0])
