"""What requests used, added up: one number for whoever shows it, and no price taken for nothing."""

from decimal import Decimal

import pytest

from massgen.bill import NOTHING, Bill, add_up, cost_of
from massgen.events import TurnEnded, UsageCounted
from massgen.messages import Usage


def request(usage: Usage | None = None, *, price: str | None = None) -> UsageCounted:
    return UsageCounted(agent="ann", call=1, usage=usage, price=None if price is None else Decimal(price))


def test_requests_add_up_and_what_is_not_known_is_counted_apart() -> None:
    used = Usage(input_tokens=100, output_tokens=20, cached_tokens=60, cache_write_tokens=10, reasoning_tokens=15)
    assert add_up([request(used, price="0.01"), request(), TurnEnded(turn=1, outcome="answered"), request(used)]) == (
        Bill(
            requests=3,
            uncounted=1,
            unpriced=2,
            input_tokens=200,
            output_tokens=40,
            cached_tokens=120,
            cache_write_tokens=20,
            reasoning_tokens=30,
            cost=Decimal("0.01"),
        )
    )


def test_what_the_provider_reports_wins_even_if_it_is_nothing() -> None:
    assert cost_of(request(Usage(cost=Decimal("0.3")), price="0.1")) == Decimal("0.3")
    assert cost_of(request(Usage(cost=Decimal(0)), price="0.1")) == 0
    assert cost_of(request(Usage(), price="0.1")) == Decimal("0.1")
    assert cost_of(request(Usage())) is None


@pytest.mark.parametrize(
    ("requests", "dollars", "due"),
    [
        ([], "$0", ""),
        ([request(price="0")], "$0", ""),
        ([request()], "cost unknown", "cost unknown"),
        ([request(price="0"), request()], "cost unknown", "cost unknown"),
        ([request(price="0.01234"), request(price="0")], "$0.0123", "$0.0123"),
        ([request(price="0.01234"), request()], "$0.0123 + unknown", "$0.0123 + unknown"),
        ([request(price="0.000004")], "<$0.0001", "<$0.0001"),
        ([request(price="0.99994")], "$0.9999", "$0.9999"),
        ([request(price="1234.5")], "$1,234.50", "$1,234.50"),
    ],
)
def test_a_bill_in_words(requests: list[UsageCounted], dollars: str, due: str) -> None:
    bill = add_up(requests)
    assert (bill.dollars, bill.due) == (dollars, due)


def test_nothing_is_where_a_bill_begins() -> None:
    assert add_up([]) == NOTHING
