"""What surrounds a call: the files its agent may touch, and the tools to do so.

A call opens its place just before it asks, because other answers' files are shown under the labels of that very call,
and a presenter begins from the files that were voted on.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from massgen.agents import AgentId
from massgen.coordination.state import Call, State
from massgen.orchestrator.request import rivals
from massgen.tools.files import file_tools
from massgen.tools.toolbox import Toolbox
from massgen.workspace.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one call is given: tools, and a paragraph about them for the system text."""

    tools: Toolbox = field(default_factory=Toolbox)
    paragraph: str = ""


class Surroundings(Protocol):
    """Where the calls of a session happen. What a disk refuses is a `SessionError`."""

    async def open(self, state: State, agent: AgentId, call: Call) -> Place:
        """The place of this call; `state` is the turn as it was when the call was planned."""
        ...

    async def keep(self, state: State, agent: AgentId, call: Call) -> str:
        """Keep the agent's files as they are now; returns the name of the snapshot, or "" without files."""
        ...


class Nowhere:
    """A session without files."""

    async def open(self, state: State, agent: AgentId, call: Call) -> Place:  # noqa: ARG002 - the same everywhere
        """No tools."""
        return Place()

    async def keep(self, state: State, agent: AgentId, call: Call) -> str:  # noqa: ARG002 - nothing to keep
        """No snapshot."""
        return ""


class Files:
    """Workspaces, context paths and other answers' files, through tools that any model can call.

    Agents that are `native` have a backend with file tools of its own: they get the places, and none of our tools.
    """

    def __init__(self, workspaces: Workspaces, *, is_native: Callable[[AgentId], bool]) -> None:
        self._workspaces = workspaces
        self._is_native = is_native
        self._delivered: Path | None = None

    async def open(self, state: State, agent: AgentId, call: Call) -> Place:
        """The agent's own workspace, what the user shares, and the files of the answers this call is about."""
        return await asyncio.to_thread(self._open, state, agent, call)

    async def keep(self, state: State, agent: AgentId, call: Call) -> str:
        """Copy the agent's workspace."""
        return await asyncio.to_thread(self._workspaces.snapshot, agent, state.turn, call.number)

    async def begin_turn(self, turn: int, delivered: Path | None) -> None:
        """Let every workspace begin as the last deliverable."""
        self._delivered = delivered
        await asyncio.to_thread(self._workspaces.begin_turn, turn, delivered)

    async def resume_turn(self, state: State, delivered: Path | None) -> None:
        """Let every workspace be what it was with its agent's newest answer of the turn, or when that began."""
        self._delivered = delivered
        answered = {answer.agent: answer.snapshot for answer in state.answers}
        await asyncio.to_thread(self._workspaces.resume_turn, state.turn, delivered, answered)

    async def tell_left(self) -> None:
        """After a turn without an answer: tell the user where its files are."""
        await asyncio.to_thread(self._workspaces.tell_left, self._delivered)

    async def deliver(self, state: State, to: Path, *, stored: bool) -> Path | None:
        """Copy the winner's workspace to `to`; where the stored text is the answer, as it was with that text."""
        return await asyncio.to_thread(self._deliver, state, to, stored)

    async def deliver_late(self, agent: AgentId, turn: int, snapshot: str, to: Path, *, presented: bool) -> bool:
        """Copy the files of an earlier turn to `to`; false when they are lost. The user is told either way."""
        return await asyncio.to_thread(self._workspaces.deliver_late, agent, turn, snapshot, to, presented=presented)

    async def deliver_kept(self, agent: AgentId, snapshot: str, to: Path) -> bool:
        """Copy the files of an answer to `to`, as they were with it; false when they are lost."""
        return await asyncio.to_thread(self._workspaces.deliver_kept, agent, snapshot, to)

    def _open(self, state: State, agent: AgentId, call: Call) -> Place:
        presenting = call.stage == "presentation"
        if presenting and state.winner:
            self._restore(agent, state.answer(state.winner).snapshot)
        elif call.attempt > 1:
            self._rewind(state, agent)
        shown = _shown(state, call)
        peers = {} if shown is None else self._workspaces.show(agent, shown)
        writing = presenting or not state.rules.planning
        access = self._workspaces.access(agent, writing=writing, presenting=presenting, peers=peers)
        if self._is_native(agent):
            return Place(paragraph=access.paragraph(natively=True))
        return Place(tools=Toolbox(file_tools(access)), paragraph=access.paragraph())

    def _rewind(self, state: State, agent: AgentId) -> None:
        """Take back what a failed try has left: back to the agent's newest answer, or to where the turn began."""
        kept = [answer.snapshot for answer in state.answers if answer.agent == agent and answer.snapshot]
        if kept:
            self._workspaces.restore(agent, kept[-1])
        else:
            self._workspaces.reset(agent, self._delivered)

    def _deliver(self, state: State, to: Path, stored: bool) -> Path | None:
        answer = state.answer(state.winner)
        if stored:
            self._restore(answer.agent, answer.snapshot)
        return self._workspaces.deliver(answer.agent, to)

    def _restore(self, agent: AgentId, snapshot: str) -> None:
        if snapshot:
            self._workspaces.restore(agent, snapshot)


def _shown(state: State, call: Call) -> Mapping[str, str] | None:
    """The snapshots of the answers that this call is about, under its request's labels; None if it is about none."""
    if call.stage == "ballot" and state.ballot:
        answers = {each.candidate: state.answer(each.label) for each in state.ballot.candidates}
        shown = {each.label: answers[each.candidate] for each in call.shown}
    elif call.stage == "presentation" and state.winner:
        shown = {f"other{place}": answer for place, answer in enumerate(rivals(state), 1)}
    else:
        return None  # what the agent was shown before, of the last turn perhaps, stays where it is
    # The voter's own is among them: what is missing would tell it which answer is its own.
    return {label: answer.snapshot for label, answer in shown.items() if answer.snapshot}
