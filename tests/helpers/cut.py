"""A session whose program died in the middle of its turn, made of one that came to its end: its log ends earlier."""

import shutil
from pathlib import Path

from tests.helpers import teams
from tests.helpers.program import Program

LOG = "events.jsonl"


def answered(place: Path, question: str) -> Path:
    """A project in which a team of three has answered this, to be copied for every test that cuts it."""
    massgen = Program(place)
    massgen("--config", teams.write(massgen.project, teams.THREE), question)
    return massgen.project


def cut_behind(session: Path, kind: str, number: int = 1) -> None:
    """Let the log end behind the last line that belongs to the n-th event of this kind; no view is there yet."""
    log = session / LOG
    lines = log.read_bytes().splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if f'"{kind}"'.encode() in line]
    log.write_bytes(b"".join(lines[: places[number - 1] + 1]))
    for view in session.iterdir():
        if view.is_dir():
            shutil.rmtree(view)
        elif view.name != LOG:
            view.unlink()
