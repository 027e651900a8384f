"""Whether two directories hold the same, and whether one is what it was.

What cannot be read is never the same: then both are kept.
"""

import hashlib
import os
from pathlib import Path

from massgen.workspace.beneath import Directory, Entry
from massgen.workspace.ways import Parts

_CHUNK = 1 << 20


def same(one: Path, other: Path) -> bool:
    """Whether one is a full copy of the other: names, texts, links, and which files are programs."""
    try:
        with Directory(one) as first, Directory(other) as second:
            return _same(first, second)
    except OSError:
        return False


def state(directory: Path) -> str:
    """What tells the directory as it is from what any later write makes of it; `OSError` if it cannot be entered."""
    digest = hashlib.sha256()
    with Directory(directory) as top:
        ahead: list[Parts] = [()]
        for here in ahead:
            try:
                stamps = sorted(top.stamps(here).items())
            except OSError as error:
                digest.update(repr((here, error.errno)).encode())
                continue
            for name, stamp in stamps:
                digest.update(repr((here, name, stamp)).encode())
                if stamp.kind == "directory":
                    ahead.append((*here, name))
    return digest.hexdigest()


def is_still(directory: Path, was: str) -> bool:
    """Whether the directory is in that `state`."""
    try:
        return state(directory) == was
    except OSError:
        return False


def _same(first: Directory, second: Directory) -> bool:
    ahead: list[Parts] = [()]
    for here in ahead:
        entries = first.entries(here)
        if [*map(_told, entries)] != [*map(_told, second.entries(here))]:
            return False
        for entry in entries:
            path = (*here, entry.name)
            match entry.kind:
                case "directory":
                    ahead.append(path)
                case "file" if not _same_bytes(first, second, path):
                    return False
                case "special":
                    return False
                case _:
                    pass
    return True


def _told(entry: Entry) -> tuple[str, str, int, bool, str]:
    """What of an entry a copy keeps."""
    file = entry.kind == "file"
    return entry.name, entry.kind, entry.size if file else 0, file and bool(entry.mode & 0o100), entry.target


def _same_bytes(first: Directory, second: Directory, path: Parts) -> bool:
    with first.open(path) as one, second.open(path) as other:
        while mine := os.read(one, _CHUNK):
            if mine != os.read(other, len(mine)):
                return False
        return not os.read(other, 1)
