"""Sentences for the user about files that are elsewhere than expected; each stands on one line."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

_NAMED: Final = 5


RESUMED: Final = "the turn goes on with the files of the answers that were given in it"
"""Why a workspace is changed when an interrupted turn goes on."""


def began(delivered: Path | None) -> str:
    """Why a workspace is changed when a turn begins."""
    return f"the turn began with {_beginning(delivered)}"


def moved_aside(moved: Mapping[Path, Path], why: str) -> str:
    """What stood in these workspaces is now there, and why."""
    return f"what stood in {places(moved)} was moved to {places(moved.values())}, because {why}"


def left(homes: Collection[Path], delivered: Path | None) -> str:
    """A turn without an answer has changed these workspaces."""
    return (
        f"there is no answer, but there are files: what this turn wrote is in {places(homes)}; "
        f"the next turn moves it to the snapshots and begins with {_beginning(delivered)}"
    )


def partial(homes: Collection[Path], lacks: str) -> str:
    """These workspaces begin with a deliverable that is not full."""
    return f"not all files of the last answer are in {places(homes)}: what was kept of them is not full. {lacks}"


def restored(home: Path, aside: Path, lacks: str) -> str:
    """A workspace was made what it had been with an answer, as far as that was kept."""
    return f"{home} was restored from a copy that is not full; all that stood in it is in {aside}. {lacks}"


def delivered_late(turn: int, to: Path, *, before_presentation: bool = False) -> str:
    """The files of an earlier turn are kept only now; `before_presentation`: without what that changed."""
    as_when = ", as they were before the final presentation" if before_presentation else ""
    return f"the files of turn {turn} had not been kept; now they are in {to}{as_when}"


def lost(turn: int, snapshot: Path) -> str:
    """The files of an earlier turn cannot be kept any more."""
    return f"the files of turn {turn} had not been kept and cannot be any more: {snapshot} is gone"


def places(paths: Collection[Path]) -> str:
    """One path as it is; several by what they have in common and their names in it."""
    if len(paths) == 1:
        return str(*paths)
    common = Path(os.path.commonpath([path.parent for path in paths]))
    names = [path.relative_to(common).as_posix() for path in paths]
    more = len(names) - _NAMED
    return f"{common} ({', '.join(names[:_NAMED])}{f' and {more} more' if more > 0 else ''})"


def _beginning(delivered: Path | None) -> str:
    return "the files of the last answer" if delivered else "empty workspaces"
