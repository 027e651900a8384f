"""Who takes part: each agent with its backend, its role and its tools."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from massgen.agents import AgentId
from massgen.backends.protocol import Backend
from massgen.messages import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An agent that can be asked. `role` is its system message from the configuration."""

    backend: Backend
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """All configured agents in their order; `members` can be asked, `unavailable` say why they cannot."""

    agents: tuple[AgentId, ...]
    members: Mapping[AgentId, Member]
    unavailable: Mapping[AgentId, Problem] = field(default_factory=dict)

    async def close(self) -> None:
        """Close every backend."""
        for member in self.members.values():
            await member.backend.close()
