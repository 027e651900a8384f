"""What requests have used, added up: tokens, dollars, and how many requests nobody can say that of.

Whoever shows a cost (the live view, the line after a turn, `/status`, the files of a session) and whoever limits one
adds it up here, so that there is one number. A price that is not known is never taken for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from massgen.events import Event, UsageCounted

_SMALLEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The sum of some requests, with tokens as in `Usage` and `cost` in US dollars.

    `uncounted` of the `requests` have no tokens in it, because their provider sent no count; `unpriced` of them have no
    cost in it, because it is not known.
    """

    requests: int = 0
    uncounted: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal = Decimal(0)

    def plus(self, event: UsageCounted) -> "Bill":
        """The bill with one more request."""
        usage, cost = event.usage, cost_of(event)
        return Bill(
            requests=self.requests + 1,
            uncounted=self.uncounted + (usage is None),
            unpriced=self.unpriced + (cost is None),
            input_tokens=self.input_tokens + (usage.input_tokens if usage else 0),
            output_tokens=self.output_tokens + (usage.output_tokens if usage else 0),
            cached_tokens=self.cached_tokens + (usage.cached_tokens if usage else 0),
            cache_write_tokens=self.cache_write_tokens + (usage.cache_write_tokens if usage else 0),
            reasoning_tokens=self.reasoning_tokens + (usage.reasoning_tokens if usage else 0),
            cost=self.cost + (cost or 0),
        )

    def and_of(self, events: Iterable[Event]) -> "Bill":
        """The bill with every request among `events`."""
        bill = self
        for event in events:
            if isinstance(event, UsageCounted):
                bill = bill.plus(event)
        return bill

    @property
    def dollars(self) -> str:
        """`$0.0123`, `$0.0123 + unknown`, `cost unknown`, or `$0` for what costs nothing."""
        if not self.cost:
            return "cost unknown" if self.unpriced else "$0"
        return _dollars(self.cost) + (" + unknown" if self.unpriced else "")

    @property
    def due(self) -> str:
        """The same, but nothing at all for what costs nothing, where a screen has better things to show."""
        return self.dollars if self.cost or self.unpriced else ""


NOTHING = Bill()


def cost_of(event: UsageCounted) -> Decimal | None:
    """What a request costs in US dollars: as its provider says, else by the price list; None where nobody knows."""
    return event.usage.cost if event.usage is not None and event.usage.cost is not None else event.price


def add_up(events: Iterable[Event]) -> Bill:
    """The bill of every request among `events`."""
    return NOTHING.and_of(events)


def _dollars(cost: Decimal) -> str:
    if cost < _SMALLEST:
        return f"<${_SMALLEST}"
    return f"${cost:,.4f}" if cost < 1 else f"${cost:,.2f}"
