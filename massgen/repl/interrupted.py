"""A turn in whose middle the program died: what of it stands, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from massgen.agents import AgentId
from massgen.coordination.evolve import evolve
from massgen.coordination.state import State
from massgen.events import Attached, Record, ToolEnded, ToolStarted, TurnEnded, TurnEvent, TurnStarted
from massgen.messages import Stage
from massgen.printable import one_line

_MANY: Final[dict[Stage, str]] = {"draft": "drafts", "ballot": "votes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The last turn of a session, if it has no end.

    In its `stage`, `finished` agents have done their part and `missing` ones have not; `ballot` is 0 outside ballots.
    `tools` had begun in a call that was lost, and nobody knows whether they have done their work. `records` are all of
    the turn. One that is not `told` contradicts itself, as only a log can that another program has changed: it can be
    started over or dropped.
    """

    turn: int
    question: str
    attached: tuple[Attached, ...]
    stage: Stage
    ballot: int
    finished: int
    missing: tuple[AgentId, ...]
    tools: tuple[ToolStarted, ...]
    records: tuple[Record, ...]
    told: bool = True

    @property
    def sentence(self) -> str:
        """How far the turn had come, for the user."""
        where = f" in Coordination Round {self.ballot}" if self.ballot else ""
        return f"Turn {self.turn} was interrupted{where}: {self._standing}."

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence for each tool that may have done its work."""
        return tuple(
            f"{each.agent} was using {one_line(_used(each), 120)}: it may have done its work, so check. "
            "It is not run again by itself."
            for each in self.tools
        )

    @property
    def _standing(self) -> str:
        if not self.told:
            return "its log contradicts itself, so it cannot be gone on with"
        if not self.missing:
            return "only its end is missing"
        who = _listed(self.missing)
        are = "is" if len(self.missing) == 1 else "are"
        if self.stage == "presentation":
            return f"the final answer of {who} is missing"
        whole = self.finished + len(self.missing)
        in_ = "is" if self.finished == 1 else "are"
        return f"{self.finished} of {whole} {_MANY[self.stage]} {in_} in; {who} {are} missing"


def interrupted(records: Sequence[Record]) -> Interrupted | None:
    """The turn that these records of a session leave open; None when the last one has ended."""
    begun: list[Record] = []
    for record in reversed(tuple(records)):
        if isinstance(record.event, TurnEnded):
            return None
        begun.append(record)
        if isinstance(record.event, TurnStarted):
            return _of(record.event, tuple(reversed(begun)))
    return None


def _of(start: TurnStarted, records: tuple[Record, ...]) -> Interrupted:
    events = [record.event for record in records]
    told = True
    try:
        state = reduce(evolve, (event for event in events if isinstance(event, TurnEvent)), State())
        missing = _missing(state)
    except (LookupError, StopIteration, TypeError, ValueError):  # an agent or an answer that there is not
        state, missing, told = State(), (), False
    ended = {(each.agent, each.call, each.id) for each in events if isinstance(each, ToolEnded)}
    began = [each for each in events if isinstance(each, ToolStarted)]
    return Interrupted(
        turn=start.turn,
        question=start.question,
        attached=start.attached,
        stage=_stage(state),
        ballot=state.ballot.number if state.ballot and state.stage == "ballot" else 0,
        finished=sum(seat.standing == "done" for seat in state.seats.values()),
        missing=missing,
        tools=tuple(
            each
            for each in began
            if (each.agent, each.call, each.id) not in ended and state.open_call(each.agent, each.call)
        ),
        records=records,
        told=told,
    )


def _missing(state: State) -> tuple[AgentId, ...]:
    if state.presented is not None:
        return ()
    if state.stage == "presentation":
        return (state.answer(state.winner).agent,)
    return tuple(agent for agent, seat in state.seats.items() if seat.busy or seat.standing == "idle")


def _stage(state: State) -> Stage:
    alone = any(seat.last is not None and seat.last.stage == "presentation" for seat in state.seats.values())
    if state.stage == "presentation" or alone:
        return "presentation"
    return "ballot" if state.stage == "ballot" else "draft"


def _used(tool: ToolStarted) -> str:
    on = next((value for value in tool.arguments.values() if isinstance(value, str)), "")
    return f"{tool.name} {on}".rstrip()


def _listed(agents: Sequence[AgentId]) -> str:
    *most, last = map(one_line, agents)
    return f"{', '.join(most)} and {last}" if most else last
