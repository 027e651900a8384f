"""Which failures deserve another try, and how long to wait before it.

The core alone decides on retries: a backend makes one request and says what went wrong. So one policy holds for every
provider, the wait is visible, and an outage is never multiplied by retries inside an SDK.
"""

from collections.abc import Mapping
from types import MappingProxyType

from massgen.agents import AgentId
from massgen.coordination.budget import affords
from massgen.coordination.chance import share
from massgen.coordination.state import Call, State
from massgen.events import Consequence
from massgen.messages import Problem, ProblemKind

LONGEST_WAIT_S = 60.0
"""A provider that asks for more than this is not waited for in this stage."""

_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 30.0

_POLICY: Mapping[ProblemKind, Consequence] = MappingProxyType(
    {
        "auth": "out_of_turn",
        "quota": "out_of_turn",
        "unknown_model": "out_of_turn",
        "bad_request": "out_of_turn",
        "context_length": "retried",
        "refused": "out_of_stage",
        "rate_limit": "retried",
        "overloaded": "retried",
        "network": "retried",
        "timeout": "retried",
        "truncated": "retried",
        "malformed": "retried",
        "empty": "retried",
    }
)


def consequence(problem: Problem, call: Call, state: State, agent: AgentId, *, final: bool) -> Consequence:
    """What the failure of this call means for the agent; `final` forbids another try (a call deadline)."""
    wanted = _POLICY[problem.kind]
    if wanted != "retried":
        return wanted
    may_try = not final and has_try_left(state, agent, call)
    if problem.kind == "context_length":
        return "retried" if may_try and state.compactable and not call.compacted else "out_of_turn"
    silent_again = problem.kind == "timeout" and state.seats[agent].silences >= 1
    too_long = (problem.retry_after or 0.0) > LONGEST_WAIT_S
    return "retried" if may_try and not silent_again and not too_long else "out_of_stage"


def has_try_left(state: State, agent: AgentId, call: Call) -> bool:
    """Whether the agent may be asked once more in this stage; a call that the program lost was no try of the agent."""
    return call.attempt - state.seats[agent].lost <= state.rules.max_retries and affords(state, 1)


def wait_s(problem: Problem, *, attempt: int, seed: str, lot: tuple[object, ...]) -> float:
    """Seconds until the next try: what the provider asked for, or more by a back-off with full jitter."""
    ceiling = min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2.0**attempt)
    return round(max(problem.retry_after or 0.0, share(seed, *lot) * ceiling), 3)
