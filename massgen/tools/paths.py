"""From the path a model wrote to an opened place, or to a sentence that says why not."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from massgen.printable import one_line
from massgen.workspace.access import Access
from massgen.workspace.beneath import Directory, Kind
from massgen.workspace.permissions import Refused, Spot, Want, judge, why_not
from massgen.workspace.ways import Parts


class Refusal(Exception):  # noqa: N818  # not an error: an answer to the model, and it never leaves the tools
    """A sentence for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An opened place: `parts` are plain names beneath `directory`; `spot` is where the model meant."""

    spot: Spot
    directory: Directory
    parts: Parts
    kind: Kind | None

    @property
    def key(self) -> tuple[Path, Parts]:
        """Tells this place from every other one."""
        return (self.spot.root.path, self.parts)

    @property
    def shown(self) -> str:
        """How results name it: workspace paths are relative, all others absolute."""
        return shown(self.spot)


def shown(spot: Spot) -> str:
    """How results name a place: workspace paths are relative, all others absolute."""
    if spot.root.kind != "workspace":
        return spot.absolute
    return "/".join(spot.parts) or "your workspace"


@contextmanager
def existing(access: Access, text: object) -> Iterator[Place]:
    """The first thing that exists among what `text` may mean, for reading."""
    for spot in _spots(access, text, "read"):
        with opened(spot, "read") as place:
            if place.kind is not None:
                yield place
                return
    raise Refusal(f"There is no {one_line(str(text), 200)}. Use list_files to see what there is.")


@contextmanager
def writable(access: Access, text: object, *, last: bool = True) -> Iterator[Place]:
    """The place `text` names, for writing; it may not exist yet. `last` says whether a link there is followed."""
    with opened(_spots(access, text, "write")[0], "write", last=last) as place:
        yield place


def all_existing(access: Access, text: object) -> tuple[Spot, ...]:
    """Everything that exists among what `text` may mean."""
    found = []
    for spot in _spots(access, text, "read"):
        with opened(spot, "read") as place:
            if place.kind is not None:
                found.append(spot)
    return tuple(found)


@contextmanager
def opened(spot: Spot, want: Want, *, last: bool = True) -> Iterator[Place]:
    """The place behind a spot, judged once more by the plain names it turned out to have."""
    try:
        with Directory(spot.root.path) as directory:
            parts = directory.real(spot.parts, last=last)
            real = Spot(root=spot.root, parts=parts)
            if why := why_not(real, want, also_protected=_protected(directory, spot)):
                raise Refusal(why)
            yield Place(spot=spot, directory=directory, parts=parts, kind=directory.kind(parts))
    except OSError as error:
        raise Refusal(in_words(error, shown(spot), want)) from error


def in_words(error: OSError, what: str, want: Want) -> str:
    """What the system said, for the model: each code once, with what to do next."""
    match error.errno:
        case errno.ENOENT:
            return f"There is no {what}. Use list_files to see what there is."
        case errno.EISDIR:
            return f"{what} is a directory. Name a file in it."
        case errno.ENOTDIR:
            return f"{what} is not possible: a part of that path is a file and not a directory, or the other way round."
        case errno.EXDEV:
            return f"{what} leads out of the directory it is in, through a link or a mount. That is not followed."
        case errno.ELOOP:
            return f"{what} goes through a link that cannot be followed. Name the file itself."
        case errno.EINVAL | errno.ENXIO:
            return f"{what} is neither a file nor a directory (a pipe, a socket or a device). It cannot be used."
        case errno.EMLINK:
            return (
                f"{what} is a hard link, so writing could change a file elsewhere. Delete it first, or write another."
            )
        case errno.ESTALE:
            return f"{what} has changed since you read it. Read it again, then decide."
        case errno.ENOTEMPTY | errno.EEXIST:
            return f"{what} is a directory that is not empty. Delete what is in it first."
        case errno.EBUSY:
            return f"{what} cannot be deleted."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            verb = "read" if want == "read" else "changed"
            return f"{what} may not be {verb}: its permissions or its disk do not allow it."
        case errno.ENAMETOOLONG:
            return f"{what} is too long a path here. Choose a shorter name."
        case errno.ENOSPC | errno.EDQUOT:
            return f"{what} was not written: the disk is full. What was there before is unharmed."
        case _:
            return f"{what} cannot be used: {error.strerror or error}."


def _spots(access: Access, text: object, want: Want) -> tuple[Spot, ...]:
    verdict = judge(access, text, want)
    if isinstance(verdict, Refused):
        raise Refusal(verdict.why)
    return verdict.spots


def _protected(directory: Directory, spot: Spot) -> list[Parts]:
    found = []
    for each in spot.root.protected:
        with suppress(OSError):  # it leads out of the root, where nothing is written anyway
            found.append(directory.real(each))
    return found
