"""The history of a session, printed: the text of `/history` where there is no screen."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from massgen.display import choose, theme
from massgen.display.history import history, of_turn, turns
from massgen.display.keys import HAS_TERMIOS
from massgen.display.lines import Lines
from massgen.display.retold import retold
from massgen.errors import SessionError
from massgen.session import reading
from massgen.session.store import LOG_NAME


def show(directory: Path, turn: int | None, *, stdout: TextIO, environ: Mapping[str, str]) -> None:
    """Print the history of the session in `directory`, or of one turn; who listens gets it in sentences."""
    records = reading.read(directory / LOG_NAME).records
    known = turns(records)
    if turn is not None and turn not in known:
        there_are = "It has no turn yet." if not known else f"It has turns {known[0]} to {known[-1]}."
        there_is = f"It has only turn {known[0]}." if len(known) == 1 else there_are
        raise SessionError(f"{directory.name} has no turn {turn}.", hint=there_is)
    if turn is not None:
        records = of_turn(records, turn)
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None, "astimezone gives one"
    is_spoken = _display(stdout, environ) == "linear"
    looks = theme.choose(encoding=stdout.encoding, environ=environ, isatty=stdout.isatty(), is_spoken=is_spoken)
    if is_spoken:
        told = Lines(stdout, looks)
        for line in retold(records, zone):
            told.write(line)
        return
    rows = history(records, columns=shutil.get_terminal_size().columns, theme=looks, zone=zone)
    stdout.write("".join(f"{looks.paint(row)}\n" for row in rows))


def _display(stdout: TextIO, environ: Mapping[str, str]) -> choose.Kind:
    isatty = stdout.isatty()
    return choose.pick(stdout_isatty=isatty, stderr_isatty=isatty, environ=environ, has_termios=HAS_TERMIOS).kind
