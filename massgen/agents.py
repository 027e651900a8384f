"""How an agent is called, in every room: its id, and what the start screen and the log say of it.

Apart from `events` because the first prompt needs these two names and none of the forty events.
"""

from dataclasses import dataclass
from typing import TypeAlias

AgentId: TypeAlias = str
"""The `id:` of the configuration: `[A-Za-z0-9_.-]{1,64}`, unique in its team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDescription:
    """An agent as the configuration names it; `provider` is the name people know ("Gemini")."""

    agent: AgentId
    model: str
    provider: str
