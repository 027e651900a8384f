"""The budget of calls: what a turn may still ask for when `max_calls` is set.

A try that an agent waits for is promised and counts as made, so the promise can be kept. Where a retry or a re-ask is
not affordable the agent goes without; where a whole stage is not, the turn ends with the best answer so far.
"""

from massgen.coordination.state import State


def affords(state: State, calls: int) -> bool:
    """Whether so many more calls may be made."""
    limit = state.rules.max_calls
    if limit is None:
        return True
    taken = sum(seat.calls + (seat.standing == "waiting") for seat in state.seats.values())
    return taken + calls <= limit
