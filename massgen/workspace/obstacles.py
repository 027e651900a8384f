"""What may stand on the disk where our directories belong, whatever the configuration says."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from massgen.errors import SessionError

if TYPE_CHECKING:
    from massgen.workspace.layout import Layout  # a team without files does not pay for it

_MOVE = "Move it out of the way; MassGen makes the directory."


def demand_way_to(directory: Path) -> None:
    """Raise `SessionError` for what stands in the place of this directory or of one above it; makes nothing."""
    for path in (*reversed(directory.parents), directory):
        if os.path.isdir(path) or not os.path.lexists(path):  # noqa: PTH112 - Path raises for what may not be looked at
            continue
        what = "a symbolic link that leads to no directory" if path.is_symlink() else "a file"
        raise SessionError(f"{path} is {what} where MassGen needs a directory", hint=_MOVE)


def demand_directories(layout: "Layout") -> None:
    """Raise `SessionError` for the first place on the way to agents' files that is a link or a file; makes nothing.

    A workspace itself may be a file: whatever stands in its place is moved aside.
    """
    homes, stores = layout.homes.values(), (layout.snapshots, layout.temporary)
    for path in _down_to((*homes, *stores), layout.ours):
        if path.is_symlink():
            hint = "Put a directory in its place: what the link points to, or a new one."
            raise SessionError(
                f"{path} is a symbolic link; agents' files are not kept behind one: it may have come with the project",
                hint=hint,
            )
        if path not in homes and path.exists() and not path.is_dir():
            raise SessionError(f"{path} is a file where MassGen needs a directory", hint=_MOVE)


def _down_to(ends: Iterable[Path], top: Path) -> Iterator[Path]:
    """The top, and all directories from there down to the ends."""
    yield top
    for end in ends:
        yield from (path for path in (*reversed(end.parents), end) if path.is_relative_to(top) and path != top)
