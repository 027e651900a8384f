"""The list of sessions: lines for people, or JSON for a program."""

import json
from collections.abc import Iterable
from typing import Final, TextIO

from massgen.cli.sessions import glances, last_used, listing
from massgen.printable import clean
from massgen.session.store import Store

FORMAT: Final = 1


def write(stores: Iterable[Store], stdout: TextIO, *, as_json: bool) -> None:
    """Write what is kept in these places."""
    if as_json:
        stdout.write(json.dumps(document(stores), indent=2) + "\n")
    else:
        stdout.write(clean(listing(stores)))


def document(stores: Iterable[Store]) -> dict[str, object]:
    """The list as JSON values, which `docs/programs.md` explains."""
    return {
        "type": "sessions",
        "v": FORMAT,
        "sessions": [
            {
                "session": seen.session,
                "directory": str(directory),
                "turns": seen.turns,
                "question": seen.question,
                "last_used": used.isoformat(timespec="seconds") if (used := last_used(seen)) else None,
                "state": seen.state or None,
            }
            for directory, seen in glances(stores)
        ],
    }
