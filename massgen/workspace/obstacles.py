"""What may stand on the disk where the directories of agents belong, whatever the configuration says."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from massgen.errors import SessionError
from massgen.workspace.layout import Layout


def demand_directories(layout: Layout) -> None:
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
            hint = "Move it out of the way; MassGen makes the directory."
            raise SessionError(f"{path} is a file where MassGen needs a directory", hint=hint)


def _down_to(ends: Iterable[Path], top: Path) -> Iterator[Path]:
    """The top, and all directories from there down to the ends."""
    yield top
    for end in ends:
        yield from (path for path in (*reversed(end.parents), end) if path.is_relative_to(top) and path != top)
