"""The files of the answers of one session: kept when a turn is over, late if need be, and given to the next turn."""

import logging
from pathlib import Path

from massgen.coordination.state import State
from massgen.errors import SessionError
from massgen.events import AnswerSubmitted, FilesDelivered
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Files
from massgen.repl.owed import owed
from massgen.repl.sitting import Sitting
from massgen.session.transcript import FOLDED

logger = logging.getLogger(__name__)


async def deliver(sitting: Sitting, bus: Bus, state: State, *, stored: bool) -> Path | None:
    """Keep the presenter's files, or tell where those of no answer are; a disk that refuses takes no answer.

    `stored`: the final answer is the text that was voted on, so its files are the ones of then.
    """
    files, session = sitting.files, sitting.session
    if files is None or session is None:
        return None
    if not state.winner:
        await files.tell_left()
        return None
    place = Path(f"turn_{state.turn}", "workspace")
    try:
        kept = await files.deliver(state, session.directory / place, stored=stored)
    except SessionError as error:
        logger.warning("the files of this turn are not kept: %s. %s", error, error.hint)
        return None
    if kept is not None:
        agent = state.answer(state.winner).agent
        await bus.publish(FilesDelivered(turn=state.turn, agent=agent, path=place.as_posix()))
    return kept


async def keep_owed(sitting: Sitting, bus: Bus, files: Files) -> Path | None:
    """Keep the files of the last answer now, if that could not be done when it was given; returns where they are."""
    assert sitting.session is not None, "a turn has a session"
    debt = owed(sitting.records.only(*FOLDED, AnswerSubmitted))
    if debt is None:
        return None
    place = Path(f"turn_{debt.turn}", "workspace")
    kept = sitting.session.directory / place
    if kept.is_dir() or await files.deliver_late(debt.agent, debt.turn, debt.snapshot, kept, presented=debt.presented):
        await bus.publish(FilesDelivered(turn=debt.turn, agent=debt.agent, path=place.as_posix()))
        return kept
    return None


def delivered(sitting: Sitting) -> Path | None:
    """The last deliverable of the session."""
    assert sitting.session is not None, "a turn has a session"
    for turn in range(sitting.transcript.turns, 0, -1):  # the copy appears whole, and its event a moment later
        kept = sitting.session.directory / f"turn_{turn}" / "workspace"
        if kept.is_dir() or sitting.transcript.delivered == f"turn_{turn}/workspace":
            return kept
    return None
