"""Whether the files of the last answer still have to be kept: the program may have died, or the disk refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from massgen.agents import AgentId
from massgen.events import (
    AnswerPromoted,
    AnswerSubmitted,
    FilesDelivered,
    PresentationEnded,
    Record,
    TurnStarted,
    TurnUndone,
)

_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The files of the answer that `agent` gave in `turn`.

    They are those of `snapshot`, or where the answer was `presented`, what that presentation made of them. `promoted`:
    the user goes on from this answer, which had not won.
    """

    turn: int
    agent: AgentId
    snapshot: str
    presented: bool
    promoted: bool = False

    @property
    def place(self) -> str:
        """Where they belong, seen from the session's directory."""
        return f"turn_{self.turn}/workspace" + (f"-{self.agent}" if self.promoted else "")


def owed(records: Iterable[Record]) -> Owed | None:
    """What the last answer owes; None when it was delivered, or has no files, or nothing is answered yet."""
    turn = 0
    snapshots: dict[tuple[int, str], str] = {}
    finals: dict[int, Owed] = {}
    last: Owed | None = None
    for record in records:
        match record.event:
            case TurnStarted():
                turn = record.event.turn
            case AnswerSubmitted(label=label, snapshot=snapshot):
                snapshots[turn, label] = snapshot
            case PresentationEnded(agent=agent, label=label, source=source):
                snapshot = snapshots.get((turn, label), "")
                last = Owed(turn=turn, agent=agent, snapshot=snapshot, presented=source == "presented")
                finals[turn] = last
            case AnswerPromoted(turn=of, agent=agent, label=label):
                last = _promoted(of, agent, snapshots.get((of, label), ""), finals.get(of))
            case FilesDelivered(turn=of, path=path) if last is not None and (last.turn, last.place) == (of, path):
                last = None
            case TurnUndone(turn=of) if last is not None and last.turn == of:
                last = None
            case _:
                pass
    return last if last is not None and last.snapshot else None


def _promoted(turn: int, agent: AgentId, snapshot: str, final: Owed | None) -> Owed | None:
    """What an answer is owed that the user goes on from; the author's name came with a log, and becomes a file's."""
    if final is not None and final.agent == agent:
        return final
    if not _FILE_NAME.fullmatch(agent):
        return None
    return Owed(turn=turn, agent=agent, snapshot=snapshot, presented=False, promoted=True)
