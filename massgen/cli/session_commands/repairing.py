"""Repairing a session: what is damaged and what that costs is said first, and then it is done."""

import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from massgen.cli.logs import hold_warnings
from massgen.cli.report import warn
from massgen.cli.session_commands.confirming import confirmed
from massgen.printable import clean
from massgen.session.artifacts import SUMMARY_NAME, VIEW_NAME, Artifacts
from massgen.session.log import open_log
from massgen.session.reading import read
from massgen.session.redaction import Redactor
from massgen.session.repairing import Found, aside_of, examine, taken
from massgen.session.repairing import repair as rewrite
from massgen.session.store import LOG_NAME


def repair(directory: Path, *, without_asking: bool) -> None:
    """Repair the log in `directory` after a yes; one that is whole is left as it is."""
    held = hold_warnings(Redactor(()))
    path = directory / LOG_NAME
    with taken(path) as opened:
        found = examine(opened, path)
        if found.is_damaged:
            _say(_damage(directory.name, path, found))
            if not confirmed("Write it anew?", without_asking=without_asking):
                return
            aside = rewrite(path, found, at=time.time())
    if found.is_damaged:
        _make_views(directory, found.turns)
        _say(f"{directory.name} is repaired; the damaged log is kept as {aside}.")
    elif found.torn:
        log, _ = open_log(path)
        log.close()
        _say(f"{directory.name} is whole up to its end, and can be gone on with.")
    else:
        _say(f"{directory.name} is whole: {_count(found.good, 'record')}. Nothing was changed.")
    for line in held.take():
        warn(line)


def _damage(session: str, path: Path, found: Found) -> str:
    turns = f"{_count(len(found.turns), 'turn')} with {_count(len(found.kept), 'record')}"
    return (
        f"{session} is damaged after record {found.good} (byte {found.size} of {path}).\n"
        f"Can be kept: {turns}. {found.lost}\n"
        f"The damaged log would stay beside the new one as {aside_of(path).name}."
    )


def _make_views(directory: Path, turns: Iterable[int]) -> None:
    """What was made from the damaged log is made from the new one; of a turn that is lost it is all that is left."""
    views = [directory / f"turn_{each}" / VIEW_NAME for each in turns]
    try:
        for view in (*views, directory / SUMMARY_NAME):
            view.unlink(missing_ok=True)
    except OSError as error:  # a view is never read back, so an old one misleads nobody but people
        warn(f"cannot write the files of {directory} anew: {error.strerror}")
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "astimezone gives one"
    earlier = read(directory / LOG_NAME).saved
    Artifacts(directory, logging_enabled=False, zone=zone, earlier=earlier).restore()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _say(text: str) -> None:
    sys.stdout.write(clean(f"{text}\n"))
