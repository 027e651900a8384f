"""What a list of sessions says of one of them, without reading its whole log."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.events import TurnStarted
from massgen.printable import squeezed
from massgen.session.reading import head
from massgen.session.records import understood
from massgen.session.store import LOG_NAME

_RECORDS: Final = 20
_QUESTION_CELLS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A session as a list shows it. `question` is the first one, cut; empty where the log cannot be read."""

    session: str
    turns: int
    question: str


def glance(directory: Path) -> Glance:
    """Look at the first records of the log and at the names of the turns' directories."""
    turns = sum(1 for each in directory.glob("turn_*") if each.is_dir())
    try:
        events = [record.event for entry in head(directory / LOG_NAME, _RECORDS) if (record := understood(entry))]
    except SessionError:
        events = []
    question = squeezed(next((event.question for event in events if isinstance(event, TurnStarted)), ""))
    cut = question if len(question) <= _QUESTION_CELLS else question[: _QUESTION_CELLS - 1] + "…"
    return Glance(session=directory.name, turns=turns, question=cut)
