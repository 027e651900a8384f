"""Who takes part: each agent with its backend, its role and its tools."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias

from massgen.agents import AgentDescription, AgentId
from massgen.backends.protocol import Backend
from massgen.messages import Problem, Usage

_SMALLEST = 1_000
"""No model on the lists that anybody talks with is near its limit with fewer tokens."""

Price: TypeAlias = Callable[[Usage | None], Awaitable[Decimal | None]]
"""What a request costs in US dollars where its provider does not say; None where that is not known."""


def _nothing() -> None:
    """What has to be made ready for a price that is not known."""


async def _unknown(usage: Usage | None) -> None:
    """The price of requests of which no price is known."""


async def unlisted() -> None:
    """The window of a model that is on no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An agent that can be asked.

    `role` is its system message from the configuration. `prepare` is called when a request has begun to be answered,
    and returns at once: what its price will need can be made ready meanwhile. `window` is how many tokens a request may
    have, its answer included, as the configuration says; `listed_window` looks for what the configuration leaves open.
    `native`: its backend brings file tools of its own.
    """

    backend: Backend
    role: str = ""
    price: Price = _unknown
    prepare: Callable[[], None] = _nothing
    window: int | None = None
    listed_window: Callable[[], Awaitable[int | None]] = unlisted
    native: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """All configured agents in their order; `members` can be asked, `unavailable` say why they cannot."""

    agents: tuple[AgentId, ...]
    members: Mapping[AgentId, Member]
    unavailable: Mapping[AgentId, Problem] = field(default_factory=dict)

    async def windows(self, needed: int) -> Mapping[AgentId, int]:
        """How many tokens a request of each member may have, where that is known.

        Lists take time to be opened; they are left alone where `needed` is less than any model takes.
        """
        found = {
            agent: each.window or (await each.listed_window() if needed >= _SMALLEST else None)
            for agent, each in self.members.items()
        }
        return {agent: size for agent, size in found.items() if size}

    def joined_by(self, agent: AgentId, member: Member) -> "Team":
        """The team in which this member speaks for the agent, also for one that could not be asked."""
        away = {each: why for each, why in self.unavailable.items() if each != agent}
        return replace(self, members={**self.members, agent: member}, unavailable=away)

    async def close(self) -> None:
        """Close every backend."""
        for member in self.members.values():
            await member.backend.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Another model for an agent of the team, and how the agent is described with it."""

    agent: AgentDescription
    member: Member
