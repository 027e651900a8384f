"""Deleting sessions: all that are named or none, and nothing else."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from massgen.cli.session_commands.confirming import confirmed
from massgen.printable import clean
from massgen.session.disk import open_private, refusal
from massgen.session.glance import glance
from massgen.session.lock import lock, pid_file
from massgen.session.store import LOG_NAME

_GOING: Final = ".deleted-"
"""Before the name of a session that is being deleted, so that no half of one is ever listed."""


def delete(directories: Sequence[Path], *, without_asking: bool) -> None:
    """Delete these sessions after a yes; `SessionError`, and none is deleted, when one of them is in use."""
    with ExitStack() as held:
        for each in directories:
            _take(each, held)
        for seen in map(glance, directories):
            number = f"{seen.turns} {'turn' if seen.turns == 1 else 'turns'}"
            sys.stdout.write(clean(f"{seen.session}: {', '.join(filter(None, (number, seen.question)))}\n"))
        what = "this session" if len(directories) == 1 else f"these {len(directories)} sessions"
        if not confirmed(f"Delete {what} with all files?", without_asking=without_asking):
            return
        going = [_renamed(each) for each in directories]
    for each, was in zip(going, directories, strict=True):
        _remove(each, was)
    sys.stdout.write("".join(f"{each.name} is deleted.\n" for each in directories))


def _take(directory: Path, held: ExitStack) -> None:
    """Keep everybody else out of a session until `held` is left."""
    path = directory / LOG_NAME
    try:
        opened = open_private(path, os.O_RDWR)
        held.callback(os.close, opened)
        lock(opened, path)
        held.callback(pid_file(path).unlink, missing_ok=True)
    except OSError as error:
        raise refusal("open", path, error) from error


def _renamed(directory: Path) -> Path:
    going = directory.with_name(f"{_GOING}{directory.name}")
    try:
        directory.rename(going)
    except OSError as error:
        raise refusal("delete", directory, error) from error
    return going


def _remove(going: Path, was: Path) -> None:
    """Links are removed, and never followed."""
    try:
        shutil.rmtree(going)
    except OSError as error:
        place = Path(error.filename) if isinstance(error.filename, str) else was
        raise refusal("delete all of", place, error) from error
