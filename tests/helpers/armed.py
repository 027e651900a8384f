"""All timers that run in a state: those of the turn, of its stage and of retries, and the two of each open call."""

from massgen.coordination.plan import deadlines, plan
from massgen.coordination.signals import Timer
from massgen.coordination.state import State


def armed(state: State) -> dict[Timer, float]:
    """Each timer with its length in seconds, as the orchestrator measures them."""
    wanted = plan(state)
    timers: dict[Timer, float] = dict(wanted.timers)
    for agent, call in wanted.calls.items():
        timers |= deadlines(agent, call, state.rules)
    return timers
