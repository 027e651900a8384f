"""Whether the files of the last answer still have to be kept: the program may have died, or the disk refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.events import AnswerSubmitted, FilesDelivered, PresentationEnded, Record, TurnStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The files of the answer that `agent` gave in `turn`.

    They are those of `snapshot`, or where the answer was `presented`, what that presentation made of them.
    """

    turn: int
    agent: AgentId
    snapshot: str
    presented: bool


def owed(records: Iterable[Record]) -> Owed | None:
    """What the last answered turn owes; None when it was delivered, or has no files, or nothing is answered yet."""
    turn = 0
    snapshots: dict[str, str] = {}
    last: Owed | None = None
    for record in records:
        match record.event:
            case TurnStarted():
                turn, snapshots = record.event.turn, {}
            case AnswerSubmitted(label=label, snapshot=snapshot):
                snapshots[label] = snapshot
            case PresentationEnded(agent=agent, label=label, source=source):
                snapshot = snapshots.get(label, "")
                last = Owed(turn=turn, agent=agent, snapshot=snapshot, presented=source == "presented")
            case FilesDelivered(turn=delivered) if last is not None and last.turn == delivered:
                last = None
            case _:
                pass
    return last if last is not None and last.snapshot else None
