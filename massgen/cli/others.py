"""The other sessions of this directory, for the commands of a chat that list them or lead to one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from massgen.cli.options import LAST, Options
from massgen.errors import SessionError
from massgen.printable import clean, one_line

_PREFIX = "session_"


class OtherSessions:
    """What `--list-sessions` and `--resume` know of, with these options, seen from inside a chat."""

    def __init__(self, root: Path, options: Options, environ: Mapping[str, str]) -> None:
        self._root = root
        self._options = options
        self._environ = environ

    def listing(self, current: Path | None) -> Sequence[str]:
        """A line for each session, the newest first, with a mark before the current one."""
        from massgen.cli.sessions import kept_in, listing

        open_now = current.name if current else ""
        lines = clean(listing(kept_in(self._root, self._options, self._environ).near, open_now)).splitlines()
        return [f"{'*' if line.partition(' ')[0] == open_now else ' '} {line}" for line in lines]

    def find(self, word: str, current: Path | None) -> Path:
        """The other session that is meant by an id or its beginning; `last`, or nothing, is the last one not open.

        Raises `SessionError` without exactly one.
        """
        from massgen.cli.sessions import kept_in, named

        kept = kept_in(self._root, self._options, self._environ)
        for stores in (kept.near, kept.far):
            ids = {each for store in stores for each in store.ids()} - ({current.name} if current else set())
            if found := _meant(word, sorted(ids)):
                return named(found, kept)
        if current is not None and current.name in (word, _PREFIX + word):
            raise SessionError(f"{current.name} is the session that is open.")
        if word in ("", LAST):
            raise SessionError("There is no other session here.", hint="/fork makes one from this.")
        raise SessionError(f"There is no other session {one_line(word, 60)!r} here.", hint="/sessions lists all.")


def _meant(word: str, ids: Sequence[str]) -> str:
    """The one of these that the word means, the last one for `last`; empty for none."""
    if word in ("", LAST):
        return ids[-1] if ids else ""
    found = [each for each in ids if each in (word, _PREFIX + word)] or [
        each for each in ids if each.startswith((word, _PREFIX + word))
    ]
    if len(found) > 1:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise SessionError(f"{one_line(word, 60)} could be {', '.join(found[:3])}{more}.", hint="/sessions lists all.")
    return "".join(found)
