"""What a session has cost, by turn and by agent: always the one bill, cut in two ways."""

from collections.abc import Iterable
from typing import Final

from massgen.bill import Bill, add_up
from massgen.events import Record, TurnStarted, UsageCounted

HEADS: Final = ("in", "cached", "out", "cost")
"""What the figures of a bill are."""

_TURNS: Final = 15
"""So many turns have a row of their own; those before are one row."""


def costs(records: Iterable[Record]) -> dict[str, Bill]:
    """The bill of each turn, with the earliest ones together, of each agent, and of the whole session."""
    begun, counted = list[int](), list[tuple[int, UsageCounted]]()
    for record in records:
        match record.event:
            case TurnStarted(turn=turn):
                begun.append(turn)
            case UsageCounted():
                counted.append((begun[-1], record.event))
            case _:
                pass
    early = begun[:-_TURNS] if len(begun) > _TURNS + 1 else []
    bills = {}
    if early:
        bills[f"turns {early[0]} to {early[-1]}"] = add_up(each for turn, each in counted if turn <= early[-1])
    for number in begun[len(early) :]:
        bills[f"turn {number}"] = add_up(each for turn, each in counted if turn == number)
    agents = sorted({each.agent for _, each in counted})
    for agent in agents if len(agents) > 1 else ():
        bills[agent] = add_up(each for _, each in counted if each.agent == agent)
    return {**bills, "this session": add_up(each for _, each in counted)}


def figures(bill: Bill) -> tuple[str, str, str, str]:
    """Tokens in, tokens of these from a cache, tokens out, and cost; `+` where not every request was counted."""
    more = "+" if bill.uncounted else ""
    taken, cached, given = (f"{each:,}{more}" for each in (bill.input_tokens, bill.cached_tokens, bill.output_tokens))
    return taken, cached, given, bill.dollars


def sentence(name: str, bill: Bill) -> str:
    """A bill, to be listened to."""
    taken, cached, given, cost = figures(bill)
    return f"{name}: {taken} tokens in, {cached} of them cached, {given} out, {cost}."
