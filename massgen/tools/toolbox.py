"""The tools of one agent: what a model is told it may call, and what happens when it calls.

A tool never raises because of what a model asked for: every refusal and every failure is a result that the model sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from massgen.messages import ToolCall, ToolResult, ToolSpec

MOST_CALLS = 16
"""Tool calls that are carried out of one reply; a model that asks for more is told so."""


class Tool(Protocol):
    """Something an agent can do."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told about it."""
        ...

    async def run(self, call: ToolCall) -> ToolResult:
        """Do it, and say what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of one agent by name; it may be empty."""

    tools: Mapping[str, Tool] = field(default_factory=dict)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told about all of them."""
        return tuple(tool.spec for tool in self.tools.values())

    async def run(self, call: ToolCall) -> ToolResult:
        """Carry out one call; what cannot be carried out is a result that says why."""
        if call.invalid:
            return _refused(call, f"The arguments of {call.name} are not a JSON object. Call it again.")
        tool = self.tools.get(call.name)
        if tool is None:
            known = ", ".join(sorted(self.tools)) or "none"
            return _refused(call, f"There is no tool {call.name!r} here. Tools: {known}. Answer without it.")
        return await tool.run(call)

    async def run_all(self, calls: Sequence[ToolCall]) -> tuple[ToolResult, ...]:
        """Carry out the calls of one reply in their order; the results are in the same order."""
        seen: set[str] = set()
        results: list[ToolResult] = []
        for place, call in enumerate(calls):
            if place >= MOST_CALLS:
                results.append(_refused(call, f"Not carried out: at most {MOST_CALLS} calls in one reply."))
            elif call.id in seen:
                results.append(_refused(call, "Not carried out: an earlier call has the same id."))
            else:
                results.append(await self.run(call))
            seen.add(call.id)
        return tuple(results)


def _refused(call: ToolCall, why: str) -> ToolResult:
    return ToolResult(call_id=call.id, name=call.name, text=why, is_error=True)
