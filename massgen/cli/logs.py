"""Where the program's own log goes: warnings to the user after the turn, everything to a debug log if asked for."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from massgen import __version__
from massgen.config.paths import Paths
from massgen.repl.held import HeldWarnings
from massgen.session.redaction import Redactor

if TYPE_CHECKING:
    from massgen.session.debug import DebugLog


def hold_warnings(redactor: Redactor) -> HeldWarnings:
    """Hold our own warnings for the user; those of libraries say nothing to a user and would break the screen."""
    held = HeldWarnings(redactor)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("massgen").addHandler(held)
    logging.captureWarnings(capture=True)
    return held


def debug(name: str, root: Path, redactor: Redactor) -> "DebugLog":
    """Begin the debug log of this run; raises `SessionError` where it cannot be written."""
    from massgen.session.debug import DebugLog

    now = datetime.now().astimezone()
    assert now.tzinfo is not None, "astimezone gives one"
    path, at = Paths(root).debug_log(f"{now:%Y%m%d_%H%M%S}"), now
    while path.parent.exists():  # another run began in this second
        at += timedelta(seconds=1)
        path = Paths(root).debug_log(f"{at:%Y%m%d_%H%M%S}")
    log = DebugLog(path, redactor=redactor, zone=now.tzinfo)
    logger = logging.getLogger("massgen")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(log)
    logger.info("MassGen %s with %s", __version__, name)
    return log
