"""What calls do on the way to their end: tools, and what is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from massgen.agents import AgentId
from massgen.messages import Json, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted:
    """An agent's tool call began."""

    agent: AgentId
    call: int
    id: str
    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEnded:
    """An agent's tool call ended; `text` is what the model was told.

    `changed` is the file of the user's own that it changed, as an absolute path; empty when it changed none.
    """

    agent: AgentId
    call: int
    id: str
    name: str
    text: str
    is_error: bool
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignToolUsed:
    """A tool that is not ours came to its end: one that a provider runs itself, or a program such as Claude Code.

    `detail` says what it was used on (a path, a query), as far as that is known; `changed` as in `ToolEnded`.
    """

    agent: AgentId
    call: int
    name: str
    detail: str
    is_error: bool
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounted:
    """What one request of a call used. `usage` is None where the provider sent no count.

    `call` is 0 for a request between the turns, such as that for a summary; it belongs to no turn's cost.
    `price` is its cost in US dollars by the list of that day, where `usage` has none of the provider's own.
    """

    agent: AgentId
    call: int
    usage: Usage | None
    price: Decimal | None = None


CallEvent: TypeAlias = ToolStarted | ToolEnded | ForeignToolUsed | UsageCounted
