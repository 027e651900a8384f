"""The files of the answers of one session: kept when a turn is over, late if need be, and given to the next turn."""

import logging
import re
from pathlib import Path

from massgen.coordination.state import State
from massgen.errors import SessionError
from massgen.events import AnswerSubmitted, FilesDelivered
from massgen.orchestrator.bus import Bus
from massgen.orchestrator.surroundings import Files
from massgen.repl.owed import Owed, owed
from massgen.repl.sitting import Sitting
from massgen.session.transcript import FOLDED

logger = logging.getLogger(__name__)

_PLACE = re.compile(r"turn_[0-9]{1,9}/workspace(-[A-Za-z0-9_.-]{1,64})?")
"""Where deliverables are, seen from the session's directory; a log may come from anywhere and name another place."""


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
    """Keep the files of the last answer now, if they are not kept yet; returns where they are."""
    assert sitting.session is not None, "a turn has a session"
    debt = owed(sitting.records.only(*FOLDED, AnswerSubmitted))
    if debt is None:
        return None
    kept = sitting.session.directory / debt.place
    if kept.is_dir() or await _keep(files, debt, kept):
        await bus.publish(FilesDelivered(turn=debt.turn, agent=debt.agent, path=debt.place))
        return kept
    return None


async def _keep(files: Files, debt: Owed, kept: Path) -> bool:
    if not debt.promoted:
        return await files.deliver_late(debt.agent, debt.turn, debt.snapshot, kept, presented=debt.presented)
    is_there = await files.deliver_kept(debt.agent, debt.snapshot, kept)
    if not is_there:
        logger.warning("the files of the answer of %s in turn %s are not there any more", debt.agent, debt.turn)
    return is_there


def delivered(sitting: Sitting) -> Path | None:
    """The files that the next turn begins with: those of the last answer that stands. The disk may have lost them."""
    place = sitting.transcript.delivered
    if sitting.session is None or not _PLACE.fullmatch(place):
        return None
    return sitting.session.directory / place
