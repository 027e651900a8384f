"""Where a project keeps sessions besides its usual place, so that they are found without naming their team again.

`.massgen/session_places.json` is a list of what teams said as `session_storage`, the latest first, and is read by the
same rules: what is relative is below `.massgen/`, so that a project can be moved. A place is noted whenever a session
is made or opened there. The list is a pointer and no truth: it is replaced at once, one that is damaged is made anew
with the next session, and what one of two MassGens lost that noted at the same moment is noted again when its session
is opened. Places that have vanished stay in it, because a drive may come back.
"""

import json
import os
from pathlib import Path
from typing import Final

from massgen.errors import SessionError
from massgen.messages import Json
from massgen.session.disk import make_home, open_private, refusal, replace

_MOST: Final = 50
_BYTES: Final = 300_000


def known(pointer: Path) -> tuple[str, ...]:
    """The places in the list, as values of `session_storage`; `SessionError` for a list that cannot be read."""
    try:
        with os.fdopen(open_private(pointer, os.O_RDONLY), "rb") as file:
            listed: Json = json.loads(file.read(_BYTES))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise refusal("read", pointer, error) from error
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        hint = "Name their team once with --config, and they are found again."
        raise SessionError(f"{pointer} is damaged; sessions that are kept elsewhere may be missing here", hint=hint)
    return tuple(dict.fromkeys(each for each in listed if isinstance(each, str) and each and "\0" not in each))[:_MOST]


def note(pointer: Path, sessions_dir: Path) -> None:
    """Remember that sessions are kept in `sessions_dir`; raises `OSError` when the list cannot be written."""
    below = pointer.parent
    place = str(sessions_dir.relative_to(below) if sessions_dir.is_relative_to(below) else sessions_dir)
    try:
        before = known(pointer)
    except SessionError:
        before = ()
    if place not in before:
        make_home(below)
        replace(pointer, json.dumps([place, *before][:_MOST], indent=2) + "\n")
