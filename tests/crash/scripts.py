"""Teams that say the same whenever they are asked the same, so that a turn that goes on can be foreseen.

What an agent says depends on its request alone, and on whether the log already holds that it failed once. No ballot is
decided before everybody has voted, in whatever order they do.
"""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from massgen.coordination.rules import Rules
from massgen.messages import (
    ChatRequest,
    Failed,
    Finished,
    ModelMessage,
    Part,
    Problem,
    Replay,
    TextDelta,
    ToolCall,
    ToolResults,
    Usage,
)
from massgen.prompts.quoting import unquoted

OUTAGE: Final = Problem(kind="overloaded", text="Too many at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A team and its question. `votes` is what each agent looks for in a ballot, `revising` who answers anew first.

    `failing` is the agent whose first draft fails. With `files` every agent writes one while it drafts, and the
    presenter another.
    """

    agents: tuple[str, ...]
    votes: Mapping[str, str] = field(default_factory=dict)
    revising: str = ""
    failing: str = ""
    files: bool = False
    rules: Rules = field(default_factory=Rules)


SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        "one agent": Scenario(agents=("ann",)),
        "two ballots and a revision": Scenario(
            agents=("ann", "bob", "cid"),
            votes={"ann": "Cid says", "cid": "Ann says", "bob": "Ann says"},
            revising="bob",
        ),
        "a retry": Scenario(
            agents=("ann", "bob", "cid"),
            votes={"ann": "Bob says", "bob": "Cid says", "cid": "Ann says"},
            failing="bob",
        ),
        "files and tools": Scenario(
            agents=("ann", "bob"),
            votes={"ann": "Bob says", "bob": "Ann says"},
            files=True,
            rules=Rules(must_present=True),
        ),
    }
)


class Actor:
    """An agent of a scenario; each request that begins a call is noted in the file that is open as `notes`."""

    model = "scripted"

    def __init__(self, agent: str, scenario: Scenario, notes: int, *, has_failed: bool) -> None:
        self._agent = agent
        self._scenario = scenario
        self._notes = notes
        self._has_failed = has_failed

    async def stream(self, request: ChatRequest) -> AsyncIterator[Part]:
        shown = unquoted(getattr(request.messages[-1], "text", ""))
        goes_on = isinstance(request.messages[-1], ToolResults)
        if not goes_on:
            ballot = 2 if any("revision" in text for text in shown.values()) else 1
            stage = f"{request.purpose} {ballot}" if request.purpose == "ballot" else request.purpose
            os.write(self._notes, f"{self._agent} {stage}\n".encode())
        for part in self._said(request, shown, goes_on=goes_on):
            yield part

    async def close(self) -> None:
        """Nothing is open."""

    def _said(self, request: ChatRequest, shown: Mapping[str, str], *, goes_on: bool) -> list[Part]:
        me, scenario = self._agent, self._scenario
        ended = Finished(stop="end", usage=Usage(input_tokens=5, output_tokens=3), replay=Replay("demo", ()))
        if me == scenario.failing and request.purpose == "draft" and not self._has_failed:
            self._has_failed = True
            return [Failed(problem=OUTAGE)]
        if request.purpose == "ballot":
            revised = any("revision" in text for text in shown.values())
            if me == scenario.revising and not revised:
                answer = f"A revision of {me}."
                return [ToolCall(id="t", name="new_answer", arguments={"content": answer}), ended]
            wanted = next(label for label, text in shown.items() if scenario.votes[me] in text)
            return [ToolCall(id="t", name="vote", arguments={"agent_id": wanted, "reason": "So."}), ended]
        if scenario.files and not goes_on:
            name = "final.txt" if request.purpose == "presentation" else f"{me}.txt"
            write = ToolCall(id="w", name="write_file", arguments={"path": name, "content": f"{me}\n"})
            return [TextDelta("I write."), write, ended]
        assert not goes_on or isinstance(request.messages[-2], ModelMessage)
        if request.purpose == "presentation":
            return [TextDelta(f"The last word of {me}."), ended]
        return [TextDelta(f"{me.title()} "), TextDelta("says so."), ended]
